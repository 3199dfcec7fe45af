"""Lines of requirements files that people wrote: a further one, or a bare one pinned."""

from __future__ import annotations

import re

from wizard.plan.splice.text import Cut, Splice, SpliceRefused, apply, check_utf8, newline_at
from wizard.values.pattern import lazy_pattern

_RANGE = lazy_pattern(
    r"\s*[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\]\s*)?(?P<range>(?:[<>=!~]=?=?\s*[\w.*+!-]+\s*,?\s*)*[<>=!~]=?=?\s*[\w.*+!-]+)"
    r"(?=\s*(?:;.*|#.*)?\r?\Z)"
)
"""A requirement's line with its versions, and what may stand behind them: a marker, a comment."""


def append_requirement(text: str, line: str) -> Splice:
    """Appends a requirement. Refused for a file of hashed requirements, where pip wants a hash of every one."""
    check_utf8(text, line + "\n")
    if "--hash=" in text:
        raise SpliceRefused(
            (
                "the file pins by hash: add this where it is made from (requirements.in), and make it again"
                " (`uv pip compile --universal --generate-hashes requirements.in -o requirements.txt`)"
            ),
            line + "\n",
        )
    newline = newline_at(text, len(text))
    if text and not text.endswith("\n"):
        if text.endswith("\\"):
            raise SpliceRefused("the last line is not finished", line + "\n", text.count("\n") + 1)
        return apply(text, [Cut(len(text), len(text), newline + line)])
    if text.removesuffix("\n").removesuffix("\r").endswith("\\"):
        raise SpliceRefused("the last line is not finished", line + "\n", text.count("\n"))
    return apply(text, [Cut(len(text), len(text), line + newline)])


def pin_requirement(text: str, line: int, name: str, pinned: str) -> Splice:
    """Replaces a bare requirement (`flask`, no version, a comment may follow) on a line by its pinned form
    (`flask==3.1.3`).
    """
    check_utf8(text, pinned + "\n", line)
    lines = text.split("\n")
    source = lines[line - 1] if 0 < line <= len(lines) else ""
    match = re.match(rf"(\s*)({re.escape(name)})(?=\s*(?:#.*)?\r?\Z)", source.replace("_", "-"), re.IGNORECASE)
    if not match or "--hash=" in text:
        raise SpliceRefused(
            f"{name} has a version range of its own; which version you want is yours to say", pinned + "\n", line
        )
    start = sum(len(part) + 1 for part in lines[: line - 1]) + match.start(2)
    return apply(text, [Cut(start, start + len(match[2]), pinned)])


def narrow_requirement(text: str, line: int, name: str, version: str) -> Splice:
    """Replaces the version range of a requirement (`flask[async]>=3 ; python_version > "3.8"  # why`) by one version
    that the range allows. Refused for a line that says more than that, and for hashed files.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    check_utf8(text, f"{name}=={version}\n", line)
    lines = text.split("\n")
    source = lines[line - 1] if 0 < line <= len(lines) else ""
    match = _RANGE.match(source)
    refused = SpliceRefused(f"which version of {name} you want is yours to say", f"{name}=={version}\n", line)
    if match is None or "--hash=" in text:
        raise refused
    new = source[: match.start("range")] + f"=={version}" + source[match.end("range") :]
    try:
        old, now = (Requirement(part.partition(" #")[0].strip()) for part in (source, new))
    except InvalidRequirement:
        raise refused from None
    same = (old.name, old.extras, str(old.marker)) == (now.name, now.extras, str(now.marker))
    if not same or not old.specifier.contains(version) or str(now.specifier) != f"=={version}":
        raise refused
    start = sum(len(part) + 1 for part in lines[: line - 1])
    return apply(text, [Cut(start + match.start("range"), start + match.end("range"), f"=={version}")])
