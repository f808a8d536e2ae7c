"""Signed notes and checkpoints are those of the public specifications, and nothing else is believed."""

from contextlib import suppress

import pytest

from infra.seals.notes import (
    COSIGNATURE,
    BadNote,
    Checkpoint,
    checkpoint_in,
    checkpoint_of,
    new_signer,
    opened,
    signer_of,
    verifier_of,
)

# The example of c2sp.org/signed-note.
KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n— example.com/foo"
    " Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
TEXT = Checkpoint("example.org/log/1", 12, bytes(range(32))).text


def test_the_example_of_the_specification_is_believed() -> None:
    key = verifier_of(KEY)
    assert KEY == key.text
    assert ("This is an example message.\n", [key]) == opened(NOTE, [key])


def test_a_note_with_any_byte_changed_is_not_believed() -> None:
    key, believed = verifier_of(KEY), []
    for place in range(len(NOTE)):
        for sign in ("x", "A", "\n", " ", "="):
            changed = NOTE[:place] + sign + NOTE[place + 1 :]
            if changed == NOTE:
                continue
            with suppress(BadNote):
                believed.append(opened(changed, [key]))
    assert [] == believed


def test_a_checkpoint_is_read_as_it_was_signed() -> None:
    signer = new_signer("example.org/log")
    note = signer.sign(TEXT)
    assert Checkpoint("example.org/log/1", 12, bytes(range(32))) == checkpoint_of(note, [signer.verifier])
    assert 1 == checkpoint_of(note, [signer.verifier]).epoch


def test_a_key_is_the_same_after_it_was_kept() -> None:
    signer = new_signer("example.org/log")
    assert signer.verifier == signer_of(signer.secret).verifier
    assert signer.sign(TEXT) == signer_of(signer.secret).sign(TEXT)
    assert signer.verifier == verifier_of(f"{signer.verifier.text}\n")


def test_a_signature_of_another_key_of_the_same_name_is_ignored_and_alone_not_enough() -> None:
    signer, other = new_signer("example.org/log"), new_signer("example.org/log")
    with pytest.raises(BadNote, match="None of the keys that are trusted has signed it"):
        opened(other.sign(TEXT), [signer.verifier])
    both = signer.sign(TEXT) + other.signature(TEXT)
    assert [signer.verifier] == opened(both, [signer.verifier])[1]


def test_a_wrong_signature_of_a_trusted_key_spoils_the_note_though_another_one_is_right() -> None:
    signer, witness = new_signer("example.org/log"), new_signer("witness.example", COSIGNATURE)
    wrong = witness.signature("another text\n", 5)
    with pytest.raises(BadNote, match=r"The signature of witness\.example is not one of this text"):
        opened(signer.sign(TEXT) + wrong, [signer.verifier, witness.verifier])
    # The control: who does not trust the witness does not look at its signature.
    assert [signer.verifier] == opened(signer.sign(TEXT) + wrong, [signer.verifier])[1]


def test_a_cosignature_covers_the_second_at_which_it_was_given() -> None:
    signer, witness = new_signer("example.org/log"), new_signer("witness.example", COSIGNATURE)
    line = witness.signature(TEXT, 1_900_000_000)
    keys = [signer.verifier, witness.verifier]
    assert keys == opened(signer.sign(TEXT) + line, keys)[1]


@pytest.mark.parametrize(
    "text",
    [
        "example.org/log/1\n12\n",
        "example.org/log/1\n012\n" + "A" * 43 + "=\n",
        "example.org/log/1\n-1\n" + "A" * 43 + "=\n",
        "example.org/log/1\n12\nAAAA\n",
        "\n12\n" + "A" * 43 + "=\n",
        "example.org/log/1\n12\n" + "A" * 42 + "B=\n",
        "example.org/log/1\n12\n" + "A" * 43 + "=",
        "",
    ],
)
def test_what_is_not_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        checkpoint_in(text)


@pytest.mark.parametrize("key", ["", "a+b", "a+00000000+AAAA", KEY.replace("530d903a", "530d903b"), KEY[:-4]])
def test_what_is_not_a_key_is_refused(key: str) -> None:
    with pytest.raises(BadNote):
        verifier_of(key)


@pytest.mark.parametrize("secret", ["", "PRIVATE+KEY+a+b+c", KEY])
def test_what_is_not_a_private_key_is_refused_and_never_shown(secret: str) -> None:
    with pytest.raises(BadNote) as refused:
        signer_of(secret)
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "x" * 201])
def test_a_name_that_would_spoil_a_note_is_refused(name: str) -> None:
    with pytest.raises(BadNote, match="cannot be the name of a key"):
        new_signer(name)
