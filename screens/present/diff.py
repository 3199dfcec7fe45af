"""File edits as the lines of a diff: a head with counts an edit, numbered lines; what was left and what is offered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from screens.present.hints import in_app
from screens.widgets.layout import Line
from wizard.plan.diff import DiffLine, file_diff
from wizard.values.choice import Choice, Left, Offer
from wizard.values.edit import FileEdit, Refusal

KINDS = {"file": "muted", "hunk": "hunk", "add": "add", "remove": "remove", "context": "plain", "note": "muted"}
EDIT, LEFT, OFFER, TAKEN, REFUSAL = "edit", "left", "offer", "taken", "refusal"


def key_of(kind: str, what: str) -> str:
    """Returns what the lines of one edit, left edit or recipe have in common."""
    return f"{kind}:{what}"


def read_key(key: str) -> tuple[str, str]:
    """Returns (kind, what) of a key, empty ones of a line that belongs to nothing."""
    kind, _, what = key.partition(":")
    return kind, what


def edit_lines(edit: FileEdit, box: str = "", within: str = "") -> Iterator[Line]:
    """Yields one file: `box` (whether it is taken), verb, path, counts and reason; then its diff, numbered. `within`:
    what tells it from another edit of the same file.
    """
    diff = list(file_diff(edit))
    added = sum(line.kind == "add" for line in diff)
    removed = sum(line.kind == "remove" for line in diff)
    count = f"+{added}" + (f" −{removed}" if removed else "")
    verb = "new" if edit.before is None else "edit" if edit.after is not None else "remove"
    mine = key_of(EDIT, f"{edit.path}{within}")
    short = f"{box}{verb} {edit.path}  {count}"
    yield Line(f"{short}  {edit.why}".rstrip(), "heading", key=mine, path=edit.path, short=short)
    yield from _numbered((line for line in diff if line.kind != "file"), mine, edit.path)
    yield Line("")


def _numbered(diff: Iterable[DiffLine], mine: str, path: str) -> Iterator[Line]:
    """Yields the lines of a diff with their numbers: a removed one by the file before, the others by the file after."""
    old = new = 0
    for line in diff:
        kind = KINDS[line.kind]
        if line.kind == "hunk":
            old, new = (int(part.partition(",")[0]) for part in re.findall(r"[-+](\d+(?:,\d+)?)", line.text)[:2])
            yield Line(line.text, kind, key=mine, path=path)
            continue
        number = {"remove": old, "note": 0}.get(line.kind, new)
        yield Line(line.text, kind, number, old if line.kind == "context" else 0, mine, path)
        old += line.kind in ("remove", "context")
        new += line.kind in ("add", "context")


def left_line(left: Left) -> Line:
    """Returns what a person left out, with the reason."""
    items = f" ({', '.join(left.items)})" if left.items and left.what not in left.items else ""
    return Line(f"[ ] left out {left.what}{items}: {left.reason}", "offer", key=key_of(LEFT, left.what), path=left.what)


def offer_lines(offers: Iterable[Offer], choice: Choice) -> Iterator[Line]:
    """Yields the recipes for hand-written code: those that could be taken, and those that were."""
    places: dict[str, list[Offer]] = {}
    for offer in offers:
        places.setdefault(offer.recipe, []).append(offer)
    for recipe, alike in places.items():
        one, paths = alike[0], ", ".join(dict.fromkeys(offer.path for offer in alike))
        taken = choice.names(recipe, one.item)
        box = "   " if one.safety == "shown" else "[x]" if taken else "[ ]"
        how = f"{one.safety}: {one.changes}" if one.changes else one.safety
        said = f"{box} {'taken' if taken else 'offered'} {one.says} in {paths} ({one.item}, {how})"
        yield Line(said, "offer", key=key_of(TAKEN if taken else OFFER, recipe), path=one.path)


def refusal_lines(refusal: Refusal) -> Iterator[Line]:
    """Yields an edit that is not made: the reason, and what to paste instead."""
    place = f"{refusal.path}:{refusal.line}" if refusal.line else refusal.path
    mine = key_of(REFUSAL, refusal.item)
    said = f"not done ({refusal.item}) {place}: {in_app(refusal.reason)}"
    yield Line(said, "remove", key=mine, path=refusal.path)
    for line in refusal.paste.rstrip("\n").split("\n") if refusal.paste else ():
        yield Line(f"  paste: {line}", "muted", key=mine, path=refusal.path)
