"""Files of others, read in bounded memory: what cannot be read is told by a code, whatever is wrong with it."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

# A reader gives a row at least once in so many bytes: what goes on for longer, be it a line, a text or a nest of
# brackets, is no row of a register.
LONGEST_ROW = 8 * 1024 * 1024
CHUNK = 64 * 1024


class UnreadableFile(Exception):
    """The file as a whole cannot be read as what it is said to be. *code* is for scripts, *where* for people.

    Nothing of it is recorded.
    """

    def __init__(self, code: str, message: str, where: str | None = None) -> None:
        super().__init__(f"{message} ({where})" if where else message)
        self.code = code


class BoundedFile:
    """A file that is read once from front to end, and never too far without a row.

    *told* is called with the number of bytes that have been read; *tail* are the last of them. ``row()`` says that a
    row has been read.
    """

    def __init__(self, file: BinaryIO, told: Callable[[int], None] = lambda _: None) -> None:
        self._file = file
        self._told = told
        self._digest = hashlib.sha256()
        self._since = 0
        self.read_so_far = 0
        self.tail = b""

    def read(self, size: int = CHUNK) -> bytes:
        """The next bytes. Raises UnreadableFile when there is too much without a row."""
        if self._since > LONGEST_ROW:
            raise UnreadableFile(
                "row_too_long",
                f"More than {LONGEST_ROW // 1024 // 1024} MB without the end of a row: this is no list of grants.",
                f"after byte {self.read_so_far - self._since}",
            )
        # Some readers ask for a few bytes, some for none to see what comes: bytes or text.
        chunk = self._file.read(min(size, CHUNK) if size > 0 else max(size, 0))
        self._digest.update(chunk)
        self._since += len(chunk)
        self.read_so_far += len(chunk)
        self.tail = (self.tail + chunk)[-128:]
        self._told(self.read_so_far)
        return chunk

    def row(self) -> None:
        """A row has been read."""
        self._since = 0

    @property
    def digest(self) -> str:
        """The SHA-256 of what has been read."""
        return self._digest.hexdigest()

    def rest(self) -> None:
        """Read on to the end, for the digest."""
        while self.read(CHUNK):
            self.row()


@contextmanager
def opened(path: Path, told: Callable[[int], None] = lambda _: None) -> Iterator[BoundedFile]:
    """The file at *path*. Raises UnreadableFile when it is missing, a folder, or not to be opened."""
    try:
        with path.open("rb") as file:
            yield BoundedFile(file, told)
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
    """*begins* without a mark of UTF-8. Raises UnreadableFile for what says that it is in another encoding."""
    for mark, name in ENCODINGS.items():
        if begins.startswith(mark):
            raise UnreadableFile("encoding", f"The file is in {name}. Save it in UTF-8.")
    return begins.removeprefix(b"\xef\xbb\xbf")
