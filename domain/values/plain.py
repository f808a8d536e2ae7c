"""Numbers of accounts, and references, in the form in which they are compared."""


def plain(name: str) -> str:
    """An account number or reference without spaces, in capital letters."""
    return "".join(name.split()).upper()
