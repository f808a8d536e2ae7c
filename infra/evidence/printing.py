"""The PDF of a statement, made by WeasyPrint in a process of its own.

WeasyPrint needs libpango from the system. It takes seconds and much memory for a long statement, and a statement has
words that anybody wrote: so it runs apart from the service, for a limited time, and may load nothing.
"""

import subprocess
import sys

SECONDS = 60.0
NO_WEASYPRINT = 3
MISSING = "WeasyPrint or the library libpango is not installed where it was made."
FAILED = "It could not be made of this statement."
TOO_LONG = f"The statement is so long that it would take more than {SECONDS:.0f} seconds to make."


class NoPdf(Exception):
    """There is no PDF. The message says why."""


def printed(html: str, *, seconds: float = SECONDS) -> bytes:
    """The PDF of *html*. Raises NoPdf."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            (sys.executable, "-m", __name__), input=html.encode(), capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise NoPdf(TOO_LONG) from error
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        raise NoPdf(MISSING if done.returncode == NO_WEASYPRINT else FAILED)
    return done.stdout


def main() -> None:
    """Write the PDF of the HTML on standard input to standard output."""
    try:
        # It needs a library of the system, which may be missing.
        from weasyprint import HTML  # noqa: PLC0415
        from weasyprint.urls import URLFetcher  # noqa: PLC0415
    except (ImportError, OSError):
        sys.exit(NO_WEASYPRINT)
    nothing = URLFetcher(allowed_protocols=())
    found = HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=nothing).write_pdf()
    sys.stdout.buffer.write(found)


if __name__ == "__main__":
    main()
