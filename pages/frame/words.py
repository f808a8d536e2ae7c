"""Names of kinds as people read them."""


def in_words(name: str) -> str:
    """The name of a kind, as words: PaymentReleased and payment_released become Payment released."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip().replace("_", " ")
    return words[:1].upper() + words[1:]
