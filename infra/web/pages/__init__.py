"""The web pages over HTTP, and the forms that are sent from them."""
