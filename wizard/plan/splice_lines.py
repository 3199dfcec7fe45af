"""Lines of requirements files that people wrote: a further one, or a bare one pinned."""

from __future__ import annotations

import re

from wizard.plan.splice_text import Cut, Splice, SpliceRefused, apply, newline_at


def append_requirement(text: str, line: str) -> Splice:
    """Append a requirement. Refused for a file of hashed requirements, where pip wants a hash of every one."""
    if "--hash=" in text:
        raise SpliceRefused("the file pins by hash: add the requirement with its hashes", line + "\n")
    newline = newline_at(text, len(text))
    if text and not text.endswith("\n"):
        if text.endswith("\\"):
            raise SpliceRefused("the last line is not finished", line + "\n", text.count("\n") + 1)
        return apply(text, [Cut(len(text), len(text), newline + line)])
    if text.removesuffix("\n").removesuffix("\r").endswith("\\"):
        raise SpliceRefused("the last line is not finished", line + "\n", text.count("\n"))
    return apply(text, [Cut(len(text), len(text), line + newline)])


def pin_requirement(text: str, line: int, name: str, pinned: str) -> Splice:
    """Replace a bare requirement (`flask`, no version, a comment may follow) on a line by its pinned form
    (`flask==3.1.3`)."""
    lines = text.split("\n")
    source = lines[line - 1] if 0 < line <= len(lines) else ""
    match = re.match(rf"(\s*)({re.escape(name)})(?=\s*(?:#.*)?\r?\Z)", source.replace("_", "-"), re.IGNORECASE)
    if not match or "--hash=" in text:
        raise SpliceRefused(
            f"{name} has a version range of its own; which version you want is yours to say", pinned + "\n", line
        )
    start = sum(len(part) + 1 for part in lines[: line - 1]) + match.start(2)
    return apply(text, [Cut(start, start + len(match[2]), pinned)])
