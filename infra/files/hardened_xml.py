"""Read XML from others element by element. Nothing outside the file is read, and entities are not expanded."""

from typing import Any

from lxml import etree

from infra.files.bounded import BoundedFile, UnreadableFile


def hardened(file: BoundedFile) -> Any:
    """The elements of *file*, at their start and at their end.

    Raises etree.XMLSyntaxError, which ``unreadable`` turns into an UnreadableFile.
    """
    return etree.iterparse(
        file, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False,
        dtd_validation=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip


def refuse_document_types(root: Any, standard: str) -> None:
    """Refuse a document with a document type, which can define entities. Raises UnreadableFile."""
    information = root.getroottree().docinfo
    if information.doctype or information.internalDTD is not None:
        raise UnreadableFile(
            "doctype", f"The file declares a document type. A file of {standard} has no document type."
        )


def unreadable(file: BoundedFile, parser: Any, error: etree.XMLSyntaxError, end: bytes, where: str) -> UnreadableFile:
    """Why *parser* stopped at *where* in *file*. A complete file ends with the tag *end*."""
    messages = " ".join(f"{one.type_name} {one.message}" for one in parser.error_log) + str(error.msg)
    return UnreadableFile(*_code_and_sentence(file, messages, end), where)


def _code_and_sentence(file: BoundedFile, messages: str, end: bytes) -> tuple[str, str]:
    """The code and the sentence for the parser's *messages*."""
    if "ENTITY" in messages:
        return "entity", "The file uses an entity that it does not define."
    if "ENCODING" in messages:
        return "encoding", "The file is not in the encoding that it declares."
    if "too long" in messages or "too big" in messages or "Excessive depth" in messages:
        return "row_too_long", "A text in the file is too long, or its elements are nested too deep."
    file.rest()
    if "DOCUMENT_EMPTY" in messages and file.tail.strip():
        return "not_xml", "The file is not XML. Import a table with a mapping (--map)."
    if not file.tail.replace(b"\0", b"").rstrip().endswith(b">") or end not in file.tail:
        return "truncated", "The file ends in the middle. Part of it is missing."
    return "not_xml", "The file is not well-formed XML."
