"""From a checked document to the bytes of its answer."""
