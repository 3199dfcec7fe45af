"""A change set as a unified diff, line by line, for every door alike."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from wizard.rules.secret_lines import file_spans
from wizard.rules.secrets import mask_spans
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.lean import dataclass

CONTEXT = 3
NO_NEWLINE = "\\ No newline at end of file"
CARRIAGE_RETURN = "␍"


class _Hidden:
    """The secrets that the engineer's own lines hold; what the wizard adds by itself is shown as it is written."""

    def __init__(self, before: list[str], after: list[str], *, code: bool) -> None:
        self._before = file_spans(before, code=code)
        known = {line[start:end] for line, row in zip(before, self._before, strict=True) for start, end in row}
        self._after = (
            tuple(
                tuple(span for span in row if line[slice(*span)] in known)
                for line, row in zip(after, file_spans(after, code=code), strict=True)
            )
            if known
            else ((),) * len(after)
        )

    def before(self, lines: list[str], first: int, end: int) -> list[str]:
        """Returns these lines of the old text for the eyes."""
        return [mask_spans(lines[n], self._before[n]) for n in range(first, end)]

    def after(self, lines: list[str], first: int, end: int) -> list[str]:
        """Returns these lines of the new text for the eyes."""
        return [mask_spans(lines[n], self._after[n]) for n in range(first, end)]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a diff. `kind`: file, hunk, context, add, remove, or note (`\\ No newline at end of file`).

    `text` carries its sign and no newline; it is outside text, to be cleaned before it is shown.
    """

    kind: str
    text: str


def unified_diff(changeset: ChangeSet) -> tuple[DiffLine, ...]:
    """Returns all files of a change set in order; a new file is shown against `/dev/null`, as git does."""
    return tuple(line for edit in changeset.edits for line in file_diff(edit))


def file_diff(edit: FileEdit) -> Iterator[DiffLine]:
    """Yields the lines of one file, for the eyes: a secret that stands in the file is `***`, on whatever line.

    A carriage return is shown only where a file mixes line endings or an edit changes them.
    """
    if edit.before == edit.after:
        return
    yield DiffLine("file", f"--- {'/dev/null' if edit.before is None else 'a/' + edit.path}")
    yield DiffLine("file", f"+++ {'/dev/null' if edit.after is None else 'b/' + edit.path}")
    show_cr = _mixed((edit.before or "") + (edit.after or ""))
    before, after = _lines(edit.before or ""), _lines(edit.after or "")
    hides = _Hidden(before, after, code=edit.path.endswith((".py", ".pyi")))
    for group in difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT):
        yield DiffLine("hunk", _hunk(group))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from _marked("context", " ", hides.before(before, i1, i2), show_cr)
                continue
            yield from _marked("remove", "-", hides.before(before, i1, i2), show_cr)
            yield from _marked("add", "+", hides.after(after, j1, j2), show_cr)


def counts(edit: FileEdit) -> tuple[int, int]:
    """Returns how many lines an edit adds and removes."""
    kinds = [line.kind for line in file_diff(edit)]
    return kinds.count("add"), kinds.count("remove")


def _marked(kind: str, sign: str, lines: list[str], show_cr: bool) -> Iterator[DiffLine]:
    for line in lines:
        body = line.removesuffix("\n")
        if body.endswith("\r"):
            body = body[:-1] + (CARRIAGE_RETURN if show_cr else "")
        yield DiffLine(kind, sign + body)
        if not line.endswith("\n"):
            yield DiffLine("note", NO_NEWLINE)


def _hunk(group: list[tuple[str, int, int, int, int]]) -> str:
    first, last = group[0], group[-1]
    return f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@"


def _range(start: int, stop: int) -> str:
    """As `diff -u` counts: an empty range names the line before it, a single line has no length."""
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _lines(text: str) -> list[str]:
    """Lines with their newline; only LF ends a line, whatever else `splitlines` would split at."""
    parts = text.split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _mixed(text: str) -> bool:
    crlf = text.count("\r\n")
    return 0 < crlf < text.count("\n")
