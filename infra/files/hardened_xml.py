"""XML of others, read element by element: nothing outside the file is looked at, and no entity is made."""

from typing import Any

from lxml import etree

from infra.files.bounded import BoundedFile, UnreadableFile


def hardened(file: BoundedFile) -> Any:
    """The elements of *file* as they begin and end. Raises etree.XMLSyntaxError, which ``unreadable`` tells."""
    return etree.iterparse(
        file, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False,
        dtd_validation=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip


def refuse_document_types(root: Any, standard: str) -> None:
    """Refuse a document that declares a type, where entities are made. Raises UnreadableFile."""
    information = root.getroottree().docinfo
    if information.doctype or information.internalDTD is not None:
        raise UnreadableFile(
            "doctype", f"The file declares a document type, which {standard} has none of: it is not read."
        )


def unreadable(file: BoundedFile, parser: Any, error: etree.XMLSyntaxError, end: bytes, where: str) -> UnreadableFile:
    """Why *parser* cannot read on in *file*, which is whole when it ends with the tag *end*."""
    told = " ".join(f"{one.type_name} {one.message}" for one in parser.error_log) + str(error.msg)
    return UnreadableFile(*_broken(file, told, end), where)


def _broken(file: BoundedFile, told: str, end: bytes) -> tuple[str, str]:
    """The code and sentence for what the parser *told*."""
    if "ENTITY" in told:
        return "entity", "The file uses entities that nobody has made: it is not read."
    if "ENCODING" in told:
        return "encoding", "The file is not in the encoding that it declares."
    if "too long" in told or "too big" in told or "Excessive depth" in told:
        return "row_too_long", "A text of the file is far too long, or its elements lie far too deep."
    file.rest()
    if "DOCUMENT_EMPTY" in told and file.tail.strip():
        return "not_xml", "The file is no XML. A table is read by a mapping (--map)."
    if not file.tail.replace(b"\0", b"").rstrip().endswith(b">") or end not in file.tail:
        return "truncated", "The file ends in the middle: it is not whole."
    return "not_xml", "The file is not well-formed XML."
