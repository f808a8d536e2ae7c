"""Support: concerns about partnerships and organisations, and help in resolving them."""
