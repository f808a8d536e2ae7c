"""Half of a pair of escapes is not a character, and is refused wherever the bytes of the file are cut."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.files.bounded import UnreadableFile
from infra.files.escapes import HalfPairs


def look(text: bytes, size: int) -> None:
    halves = HalfPairs()
    for start in range(0, len(text), size):
        halves.refuse(text[start : start + size])
    halves.refuse(b"")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 12, 13, 1000])
@pytest.mark.parametrize(
    "text", [rb'"\ud83d"', rb'"\ude00"', rb'"\ud83d\ud83d\ude00"', rb'"\\\ud83dx"', rb'"\uDBFF\n"', rb'"a\ud83d\u0041"']
)
def test_half_a_character_is_refused(text: bytes, size: int) -> None:
    with pytest.raises(UnreadableFile, match="half of a character"):
        look(text, size)


@given(st.text(), st.integers(1, 40))
def test_whatever_can_be_written_is_read(text: str, size: int) -> None:
    look(json.dumps(text).encode(), size)
    look(json.dumps(json.dumps(text)).encode(), size)


@pytest.mark.parametrize("text", [rb'"\\ud83d"', rb'"\\\\ud83d"', b'"\\\\"'])
def test_an_escaped_backslash_begins_no_escape(text: bytes) -> None:
    look(text, 1)
    look(text, 1000)


@given(st.text(alphabet='\\ud83e0"n'), st.integers(1, 40))
def test_a_half_is_found_exactly_where_a_reader_of_json_finds_one(text: str, size: int) -> None:
    try:
        read = json.loads(f'"{text}"')
    except ValueError:
        return  # No JSON: others say so.
    halved = any(0xD800 <= ord(letter) <= 0xDFFF for letter in read)
    try:
        look(f'"{text}"'.encode(), size)
    except UnreadableFile:
        assert halved
    else:
        assert not halved
