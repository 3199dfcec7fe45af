"""Which lines of which files a branch changes, against the commit where it left another one."""

from __future__ import annotations

from wizard.adapters.git.run import run
from wizard.adapters.git.state import Place
from wizard.errors import UsageError
from wizard.rules.text import one_line, program_output
from wizard.values.lean import dataclass, field
from wizard.values.pattern import lazy_pattern

_HUNK = lazy_pattern(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")


@dataclass(slots=True)
class ChangedFile:
    """A file that differs. `lines`: its numbers now (a removal counts as the line it stood before); `words`: the text
    that was added or taken away. Binary and renamed files have no lines."""

    lines: set[int] = field(default_factory=set)
    words: list[str] = field(default_factory=list)


def changed_lines(place: Place, base: str) -> dict[str, ChangedFile]:
    """Returns the files that differ from where HEAD left `base`, uncommitted and untracked ones included.

    Raises `UsageError` for a base that is no commit here.
    """
    if base.startswith("-"):
        raise UsageError(f"{one_line(base)!r} is no branch", next_step="name a branch or a commit")
    found = run(place.root, "merge-base", base, "HEAD")
    if not found.ok:
        said = program_output(found.err).split("\n")[0]
        raise UsageError(
            f"{one_line(base)} cannot be compared with: {said or 'no common commit'}",
            next_step=f"fetch it (in CI: the whole history, or `git fetch origin {one_line(base)}`)",
        )
    words = (
        "-c",
        "core.quotePath=false",
        "diff",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
        "--no-color",
        "-U0",
    )
    diff = run(place.root, *words, "--relative", "--src-prefix=a/", "--dst-prefix=b/", found.out.strip(), "--", ".")
    files = _parse(diff.out)
    listed = run(place.root, "ls-files", "--others", "--exclude-standard", "-z")
    for name in place.own(name for name in listed.out.split("\0") if name):
        files.setdefault(name, ChangedFile())
    return files


def _parse(diff: str) -> dict[str, ChangedFile]:
    files: dict[str, ChangedFile] = {}
    current = ChangedFile()
    in_header = False
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            in_header = True
            current = ChangedFile()
        elif in_header and line.startswith(("--- a/", "+++ b/")):
            files.setdefault(line[6:].rstrip("\t"), current)
        elif match := _HUNK.match(line):
            in_header = False
            first, count = int(match[1]), int(match[2] or 1)
            current.lines.update(range(first, first + count) if count else (first, first + 1))
        elif not in_header and line[:1] in ("+", "-"):
            current.words.append(line[1:])
    return files
