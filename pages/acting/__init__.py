"""Forms of a partnership, an award, a round or a scheme, on a page of their own."""
