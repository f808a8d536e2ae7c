"""Who a request comes from: settings, tokens, sessions, sign-in, and the people behind accounts."""
