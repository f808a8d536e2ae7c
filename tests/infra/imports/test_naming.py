"""Ids that are the same in every import of a register."""

from uuid import uuid5

from hypothesis import given
from hypothesis import strategies as st

from infra.imports.rows.naming import NAMESPACE, identity

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(NAMES, st.lists(NAMES, min_size=1, max_size=3))
def test_an_id_is_the_uuid_of_its_names_as_the_standard_library_makes_it(kind: str, names: list[str]) -> None:
    assert f"{kind}-{uuid5(NAMESPACE, chr(0).join((kind, *names)))}" == identity(kind, *names)
