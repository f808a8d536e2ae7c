"""The page of permissions is what the code decides, and every part of every way in is decided."""

from graphql import GraphQLInterfaceType, GraphQLObjectType

from api.answering.seen import AREA_OF, AREAS, is_open
from api.schema import schema
from infra.exports.catalogue import NAMES, areas_of_export
from pages.addresses import ADDRESSES
from tests.docs.permissions import PAGE, page


def test_the_page_of_permissions_is_what_the_code_decides() -> None:
    """After a change, run `make permissions`."""
    assert page() == PAGE.read_text(encoding="utf-8")


def test_every_type_with_fields_is_decided_once() -> None:
    kinds = {
        name
        for name, kind in schema._schema.type_map.items()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    }
    assert {name for name in kinds if not is_open(name)} == set(AREA_OF)
    assert len(AREA_OF) == sum(map(len, AREAS.values()))


def test_every_page_and_every_export_is_decided() -> None:
    # Everybody may know who may do what. Home and the list of what needs attention show what
    # belongs to the areas of their reader.
    assert ["/", "/attention", "/permissions"] == [path for path, address in ADDRESSES.items() if not address.areas]
    assert [] == [name for name in NAMES if not areas_of_export(name)]
