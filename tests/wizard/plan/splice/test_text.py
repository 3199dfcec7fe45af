"""In which encoding a file is decides what may be put into it."""

from __future__ import annotations

import pytest

from wizard.plan.splice.text import Cut, SpliceRefused, apply

WORDS = "eins\nzwei\n"


def decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("text", "new", "why"),
    [
        (decoded(b"\xff\xfe" + WORDS.encode("utf-16-le")), "x", "UTF-16"),
        (decoded(b"\xfe\xff" + WORDS.encode("utf-16-be")), "x", "UTF-16"),
        (WORDS + "\0", "x", "NUL"),
        (decoded("größe\n".encode("latin-1")), "grüße", "line 1 is not UTF-8"),
        (decoded("eins\ngröße\n".encode("cp1252")), "…", "line 2 is not UTF-8"),
    ],
)
def test_a_change_that_would_spoil_the_file_is_refused(text: str, new: str, why: str) -> None:
    with pytest.raises(SpliceRefused, match=why) as refused:
        apply(text, [Cut(0, 0, new)])
    assert refused.value.paste == new


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("größe\n", "grüße …"),
        ("\ufeffgröße\n", "ü"),
        (decoded("größe\n".encode("latin-1")), "plain"),
        (WORDS, "ü"),
        ("", "ü"),
    ],
)
def test_any_other_is_made(text: str, new: str) -> None:
    assert apply(text, [Cut(0, 0, new)]).after == new + text


def test_no_change_is_never_refused() -> None:
    text = decoded(b"\xff\xfe" + WORDS.encode("utf-16-le"))
    assert apply(text, []).after == text
