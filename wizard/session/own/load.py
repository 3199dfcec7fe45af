"""The checklist of one stack: the shipped one, the patterns', and the stack's own, as one value."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.adapters.files.files import Files
from wizard.checklist.load import load
from wizard.values.checklist import Checklist
from wizard.values.lean import replace
from wizard.values.memo import Memo

CHECKLIST = ".stack-wizard/checklist.yaml"
PATTERNS = ".stack-wizard/patterns"


def load_checklist(files: Files, memo: Memo | None = None) -> Checklist:
    """Returns the checklist that a stack is judged by.

    Raises `UnreadableError` with path and line for an own file that is not right: half a checklist would let pass what
    the other half forbids. `RefusedError`: it is a link that leaves the stack.
    """
    texts = own_texts(files)
    if not texts:
        return load()
    key = ("checklist", *(part for entry in texts.items() for part in entry))
    return (memo or Memo()).made(key, lambda: merged(texts))


def own_texts(files: Files) -> dict[str, str]:
    """Reads the own checklists that there are: path -> text, in the order in which they are added."""
    return {path: files.read(path) for path in _paths(files)}


def _paths(files: Files) -> Iterator[str]:
    """Yields the own files that there are, the patterns' first: the stack has the last word."""
    home, _, name = CHECKLIST.rpartition("/")
    here = files.list(home)
    if "patterns" in here:
        yield from (
            f"{PATTERNS}/{pattern}/{name}"
            for pattern in files.list(PATTERNS)
            if name in files.list(f"{PATTERNS}/{pattern}")
        )
    if name in here:
        yield CHECKLIST


def merged(texts: dict[str, str]) -> Checklist:
    """Returns the shipped checklist with these files, path -> text, in this order. Raises as `load_checklist` does."""
    if not texts:
        return load()
    from hashlib import sha256

    from wizard.session.own.merge import OwnSource, merge  # pydantic: not for a stack without a checklist
    from wizard.session.own.shape import read_own, trouble

    sources = [OwnSource(path, *read_own(text, path)) for path, text in texts.items()]
    checklist, bad = merge(load(), sources)
    if bad is not None:
        raise trouble(bad[0], *bad[1])
    digest = sha256()
    for path, text in texts.items():
        for part in (path, text):
            data = part.encode("utf-8", "surrogateescape")
            digest.update(len(data).to_bytes(8, "big") + data)
    return replace(checklist, content=digest.hexdigest())
