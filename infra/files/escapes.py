r"""Escapes in JSON: characters above U+FFFF are two of them (``\ud83d\ude00``), and half of such a pair is none.

The reader of JSON makes a question mark of a half, which nobody wrote.
"""

import re

from infra.files.bounded import UnreadableFile

# Every escape from its backslash on, so that an escaped backslash before a u is none of these.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
# The longest escape: a pair.
_PAIR = 12


class Halves:
    """Looks for halves of pairs in bytes that come in pieces."""

    def __init__(self) -> None:
        self._kept = b""

    def refuse(self, piece: bytes) -> None:
        """Look through *piece*, after those before it; no bytes end the text. Raises UnreadableFile."""
        text, self._kept, end = self._kept + piece, b"", 0
        for found in _ESCAPE.finditer(text):
            end = found.end()
            if piece and found.start() > len(text) - _PAIR:
                # It may go on in the next piece.
                self._kept = text[found.start() :]
                return
            if found["half"]:
                raise UnreadableFile(
                    "half_a_character",
                    f"The file has \\{found['half'].decode()}, half of a character without the other: export it again.",
                )
        if (lone := text.find(b"\\", end)) >= 0:
            self._kept = text[lone:]
