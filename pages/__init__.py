"""Web pages: what people look at, rendered on the server from the read models. Nothing here needs JavaScript."""
