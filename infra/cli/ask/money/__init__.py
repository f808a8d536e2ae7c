"""Commands that print money: the ladder, its years and its periods."""
