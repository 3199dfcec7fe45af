"""Which texts hold an unfinished merge, and which only look so."""

from __future__ import annotations

import pytest

from wizard.rules.merge_markers import conflict_line

WHOLE = "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> theirs\nc: 3\n"
UNFINISHED = {
    "git's own": (WHOLE, 2),
    "with the base (diff3)": (WHOLE.replace("=======\n", "||||||| 1a2b3c4\nb: 0\n=======\n"), 2),
    "Windows lines": (WHOLE.replace("\n", "\r\n"), 2),
    "a byte order mark before the first line": ("\ufeff" + WHOLE[5:], 1),
    "without labels": (WHOLE.replace(" HEAD", "").replace(" theirs", ""), 2),
    "the first half left": ("x\n\n<<<<<<< Updated upstream\nb\n=======\nc\n", 3),
    "the divider taken out": ("<<<<<<< HEAD\nb\nc\n>>>>>>> theirs\n", 1),
    "the last line without an end": (WHOLE[:-6].removesuffix("\n"), 2),
    "the second of two, the first is an example": (f"```\n{WHOLE[5:-5]}```\n{WHOLE}", 9),
    "inside a block that holds more": (f"```bash\nmake\n{WHOLE[5:-5]}make test\n```\n", 3),
}
FINISHED = {
    "empty": "",
    "an example in a document": f"# Merging\n\n```diff\n{WHOLE[5:-5]}```\n",
    "tildes": f"~~~\n{WHOLE[5:-5]}~~~\n",
    "a heading with equals signs": "Title\n=======\n\n<<<<<<<< eight\n",
    "quotations": ">>>>>>> seven deep\n\ntext\n=======\n",
    "a begin alone": "<<<<<<< HEAD\nx\n",
    "indented, as a text in code": "".join(f"    {line}\n" for line in WHOLE.splitlines()),
    "shell": "cat <<EOF\n<<<<<<<EOF\n=======\nEOF\n",
    "longer rules": "<<<<<<<\t\n========\n>>>>>>>>\n",
}


@pytest.mark.parametrize(("text", "line"), UNFINISHED.values(), ids=UNFINISHED)
def test_an_unfinished_merge_has_a_line(text: str, line: int) -> None:
    assert conflict_line(text) == line


@pytest.mark.parametrize("text", FINISHED.values(), ids=FINISHED)
def test_what_only_looks_like_one_has_none(text: str) -> None:
    assert conflict_line(text) == 0
