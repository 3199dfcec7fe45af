"""Takes edits out of a plan: what a person leaves, now or in an earlier session, with the reason."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.rules.merge_markers import conflict_line, unfinished_at
from wizard.values.choice import Choice, Left
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.facts.stack import StackFacts
from wizard.values.lean import replace
from wizard.values.spec import manifest_path


def left_before(facts: StackFacts, name: str) -> tuple[Left, ...]:
    """Returns what the manifest says was left out."""
    service = facts.service(name)
    return service.manifest.left if service is not None and service.manifest is not None else ()


def without_unmerged(changes: ChangeSet, facts: StackFacts) -> ChangeSet:
    """Refuses every edit of a file with conflict markers: it would be one of both sides."""
    texts = {edit.path: edit.before or "" for edit in changes.edits}
    texts |= {refusal.path: facts.texts.get(refusal.path, "") for refusal in changes.refusals}
    lines = {path: line for path, text in texts.items() if (line := conflict_line(text))}
    if not lines:
        return changes
    kept = tuple(refusal for refusal in changes.refusals if refusal.path not in lines)
    told = {(refusal.item, refusal.path) for refusal in changes.refusals if refusal.path in lines}
    told |= {(item, edit.path) for edit in changes.edits if edit.path in lines for item in edit.items or ("",)}
    refused = (Refusal(item, path, unfinished_at(path, lines[path]), line=lines[path]) for item, path in sorted(told))
    edits = tuple(edit for edit in changes.edits if edit.path not in lines)
    return replace(changes, edits=edits, refusals=(*kept, *refused))


def is_for(word: str, path: str, items: tuple[str, ...]) -> bool:
    """Tells whether a word names an edit: one of its items, its path, or the end of its path (`dev.yml`)."""
    return word in items or _is_path(word, path)


def _is_path(word: str, path: str) -> bool:
    return path == word or path.endswith(f"/{word}")


def unused(word: str, plans: Iterable[ChangeSet]) -> bool:
    """Tells whether a word names no edit of these plans, neither a taken nor a left one."""
    return not any(
        any(is_for(word, edit.path, edit.items) for edit in plan.edits)
        or any(word == one.what or is_for(word, one.what, one.items) for one in plan.left)
        for plan in plans
    )


def chosen(changes: ChangeSet, choice: Choice, before: tuple[Left, ...] = ()) -> tuple[ChangeSet, tuple[Left, ...]]:
    """Returns the change set without the edits that are left, and what the manifest has to remember.

    `before`: what an earlier session left; it stays out until `only` or `again` names it. What `only` passes over is
    left for this time and not remembered. An edit that serves other items, too, is only left by its path: the rest
    would be lost.
    """
    taken = (*choice.only, *choice.again)
    kept = tuple(one for one in before if not any(is_for(word, one.what, (one.what,)) for word in taken))
    again = {one.what for one in choice.skip}
    wanted = (*(one for one in kept if one.what not in again), *choice.skip)
    edits: list[FileEdit] = []
    left: list[Left] = []
    notes: list[str] = []
    for edit in changes.edits:
        reasons = _reasons(edit, wanted)
        if edit.path == manifest_path(changes.service):
            edits.append(edit)
        elif reasons:
            left += reasons
        elif choice.only and not any(is_for(word, edit.path, edit.items) for word in choice.only):
            left.append(Left(edit.path, f"only {', '.join(choice.only)} was taken", edit.items))
        else:
            notes += _shared(edit, wanted)
            edits.append(edit)
    named = {one.what for one in wanted}
    new = tuple(one for one in left if one.what in named and one.what not in {old.what for old in kept})
    changed = {one.what: one for one in left if one.what in again}
    remembered = (*(changed.get(one.what, one) for one in kept), *dict.fromkeys(new))
    said = tuple(f"left out: {one.what} ({one.reason})" for one in dict.fromkeys(left))
    return replace(changes, edits=tuple(edits), left=tuple(left), notes=(*changes.notes, *notes, *said)), remembered


def still_left(
    changes: ChangeSet, before: tuple[Left, ...], items: Iterable[str]
) -> tuple[ChangeSet, tuple[Left, ...]]:
    """Returns what an earlier session left and is still there to be left, and the change set that says what is not:
    the file changed since, and nothing would be written there. `items`: those whose plan this is and that a person did
    not waive; what is about others is none of its business.
    """
    mine = set(items)
    there = [(edit.path, edit.items) for edit in changes.edits]
    there += [(offer.path, (offer.item,)) for offer in changes.offers]
    there += [(refusal.path, (refusal.item,)) for refusal in changes.refusals]
    kept = tuple(
        one
        for one in before
        if not (set(one.items) or {one.what}) <= mine or any(is_for(one.what, path, of) for path, of in there)
    )
    gone = tuple(
        f"no longer left out: {one.what} ({one.reason}): no edit is there any more" for one in before if one not in kept
    )
    return replace(changes, notes=(*changes.notes, *gone)), kept


def _reasons(edit: FileEdit, wanted: tuple[Left, ...]) -> list[Left]:
    """Returns why an edit is left: its path, or every one of its items."""
    by_path = next((one for one in wanted if _is_path(one.what, edit.path)), None)
    if by_path is not None:
        return [replace(by_path, items=edit.items)]
    items = {one.what: one for one in wanted if one.what in edit.items}
    return [items[item] for item in edit.items] if items and len(items) == len(edit.items) else []


def _shared(edit: FileEdit, wanted: tuple[Left, ...]) -> list[str]:
    """Returns a note where an item is left and its edit serves others, too."""
    named = [one.what for one in wanted if one.what in edit.items]
    others = [item for item in edit.items if item not in named]
    if not named:
        return []
    return [f"{edit.path} is written for {', '.join(others)} as well as {', '.join(named)}: leave it out by its path"]
