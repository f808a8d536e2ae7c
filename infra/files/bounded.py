"""Read files from others in bounded memory. A file that cannot be read is refused with a code."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from domain.values.portable import Portable

# The most bytes that a reader may read without finding the end of a row. A longer line, text or nest of brackets is not
# a row of a register.
LONGEST_ROW = 8 * 1024 * 1024
CHUNK = 64 * 1024


class UnreadableFile(Portable):
    """The whole file cannot be read. Nothing of it is recorded.

    *code* is for scripts. *where* is the place in the file, for people.
    """

    def __init__(self, code: str, message: str, where: str | None = None) -> None:
        super().__init__(f"{message} ({where})" if where else message)
        self.code = code


class BoundedFile:
    """A file that is read once from start to end, with a limit on the bytes between two rows.

    *on_read* is called with the number of bytes read so far. *tail* holds the last 128 of them. The reader calls
    ``row()`` at the end of each row.
    """

    def __init__(self, file: BinaryIO, on_read: Callable[[int], None] = lambda _: None) -> None:
        self._file = file
        self._on_read = on_read
        self._digest = hashlib.sha256()
        self._since_row = 0
        self.read_so_far = 0
        self.tail = b""

    def read(self, size: int = CHUNK) -> bytes:
        """The next bytes. Raises UnreadableFile after too many bytes without a row."""
        if self._since_row > LONGEST_ROW:
            raise UnreadableFile(
                "row_too_long",
                f"The file has more than {LONGEST_ROW // 1024 // 1024} MB without the end of a row."
                " It is not a list of grants.",
                f"after byte {self.read_so_far - self._since_row}",
            )
        # Some readers ask for a few bytes. Some ask for none, to learn whether they get bytes or text.
        chunk = self._file.read(min(size, CHUNK) if size > 0 else max(size, 0))
        self._digest.update(chunk)
        self._since_row += len(chunk)
        self.read_so_far += len(chunk)
        self.tail = (self.tail + chunk)[-128:]
        self._on_read(self.read_so_far)
        return chunk

    def row(self) -> None:
        """Note that a row has been read."""
        self._since_row = 0

    @property
    def digest(self) -> str:
        """The SHA-256 digest of all bytes read so far, in hexadecimal."""
        return self._digest.hexdigest()

    def rest(self) -> None:
        """Read to the end of the file, so that the digest covers all of it."""
        while self.read(CHUNK):
            self.row()


@contextmanager
def opened(path: Path, on_read: Callable[[int], None] = lambda _: None) -> Iterator[BoundedFile]:
    """The file at *path*. Raises UnreadableFile when it is missing, is a folder, or cannot be opened."""
    try:
        with path.open("rb") as file:
            yield BoundedFile(file, on_read)
    except FileNotFoundError as error:
        raise UnreadableFile("file_missing", f"There is no file {path.name}.") from error
    except OSError as error:
        raise UnreadableFile("file_unreadable", f"{path.name} cannot be read: {error.strerror}.") from error


ENCODINGS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"\x00\x00\xfe\xff": "UTF-32",
}


def refuse_other_encodings(begins: bytes) -> bytes:
    """The first bytes of a file, without the byte order mark of UTF-8.

    Raises UnreadableFile for the byte order mark of another encoding.
    """
    for mark, name in ENCODINGS.items():
        if begins.startswith(mark):
            raise UnreadableFile("encoding", f"The file is in {name}. Save it in UTF-8.")
    return begins.removeprefix(b"\xef\xbb\xbf")
