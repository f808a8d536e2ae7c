r"""Find broken escapes in JSON.

A character above U+FFFF is a pair of escapes (``\ud83d\ude00``). Half of a pair is not a character. The JSON reader
would turn it into a question mark, which the publisher did not write.
"""

import re

from infra.files.bounded import UnreadableFile

# Matches each escape from its backslash, so that an escaped backslash before a "u" is not taken for the start of one.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
# The length of the longest escape, a pair, in bytes.
_PAIR = 12


class HalfPairs:
    """Finds halves of pairs in bytes that arrive in pieces."""

    def __init__(self) -> None:
        self._kept = b""

    def refuse(self, piece: bytes) -> None:
        """Check *piece*, which follows the pieces before it. An empty *piece* ends the text.

        Raises UnreadableFile for half of a pair.
        """
        text, self._kept, end = self._kept + piece, b"", 0
        for found in _ESCAPE.finditer(text):
            end = found.end()
            if piece and found.start() > len(text) - _PAIR:
                # The escape may continue in the next piece.
                self._kept = text[found.start() :]
                return
            if found["half"]:
                raise UnreadableFile(
                    "half_a_character",
                    f"The file has \\{found['half'].decode()}, which is half of a character. Export the file again.",
                )
        if (lone := text.find(b"\\", end)) >= 0:
            self._kept = text[lone:]
