"""Edits of Dockerfiles that people wrote: USER, HEALTHCHECK, digests. Each is proved by parsing again: every other
instruction is the same."""

from __future__ import annotations

import re
from collections.abc import Callable

from wizard.plan.splice.text import (
    Cut,
    Splice,
    SpliceRefused,
    apply,
    in_breaks,
    line_end,
    line_start,
    newline_at,
)
from wizard.rules.images import is_digest
from wizard.syntax.dockerfile import DockerfileDocument, Instruction, parse
from wizard.syntax.trouble import SyntaxTrouble

_BUILDS = frozenset({"RUN", "COPY", "ADD", "WORKDIR", "VOLUME"})


def set_user(text: str, user: str, target: str = "") -> Splice:
    """Makes the built stage (`target`, without one the last) end as `user`.

    The last USER's value is replaced when nothing is built after it, else a USER is put right before CMD/ENTRYPOINT (at
    the end without those).
    """
    document = _read(text, paste := f"USER {user}\n")
    stage = _stage(document, paste, target)
    start = _start(stage)
    users = [i for i in stage if i.word == "USER"]
    if users and not _built_after(stage, users[-1]) and (start is None or users[-1].start < start.start):
        cut = Cut(users[-1].value_start, users[-1].end, user)
        return _proved(document, cut, paste, "USER", lambda i: i.value == user, replaced=users[-1])
    if start is not None and _built_after(stage, start):
        raise SpliceRefused("the image is still built after CMD/ENTRYPOINT", paste, start.line)
    return _insert(document, stage, ["USER " + user], paste, "USER", lambda i: i.value == user)


def add_healthcheck(text: str, source: str, target: str = "") -> Splice:
    """Puts a HEALTHCHECK (its source, LF, backslash continuation) before CMD/ENTRYPOINT of the built stage, or at its
    end; a `HEALTHCHECK NONE` is replaced.
    """
    document = _read(text, source + "\n")
    stage = _stage(document, source + "\n", target)
    if any(i.word == "HEALTHCHECK" for i in stage):
        return replace_healthcheck(text, source, target)
    lines = source.replace("\\\n", document.escape + "\n").split("\n")
    return _insert(document, stage, lines, source + "\n", "HEALTHCHECK", _like(source))


def replace_healthcheck(text: str, source: str, target: str = "") -> Splice:
    """Puts another HEALTHCHECK in the place of the built stage's last one. Refused when comments stand inside it."""
    document = _read(text, source + "\n")
    check = _healthcheck(document, source + "\n", target)
    if any(line.strip().startswith("#") for line in text[check.start : check.end].split("\n")):
        raise SpliceRefused("the HEALTHCHECK holds comments", source + "\n", check.line)
    new = in_breaks(source.replace("\\\n", document.escape + "\n"), newline_at(text, check.start))
    return _proved(
        document, Cut(check.start, check.end, new), source + "\n", "HEALTHCHECK", _like(source), replaced=check
    )


def replace_healthcheck_port(text: str, old: int, new: int, target: str = "") -> Splice:
    """Writes another port where the built stage's HEALTHCHECK names the old one; nothing else of it changes."""
    paste = f"# HEALTHCHECK: {old} -> {new}\n"
    document = _read(text, paste)
    check = _healthcheck(document, paste, target)
    pattern = re.compile(rf"(?<![\w.]){old}(?![\w.])")
    cuts = [Cut(m.start(), m.end(), str(new)) for m in pattern.finditer(text, check.start, check.end)]
    if not cuts:
        raise SpliceRefused(f"the HEALTHCHECK does not name {old} literally", paste, check.line)
    wanted = pattern.sub(str(new), check.value)
    return _proved(document, cuts, paste, "HEALTHCHECK", lambda i: i.value == wanted, replaced=check)


def pin_from(text: str, line: int, digest: str) -> Splice:
    """Writes `@sha256:…` behind the image of the FROM on this line, its tag kept; another digest there is replaced.

    Refused for an image that takes a build argument: the digest would stay while the argument changes.
    """
    document = _read(text, paste := f"@{digest}\n")
    found = next((i for i in document.instructions if i.word == "FROM" and i.line == line), None)
    if found is None or not is_digest(digest):
        raise SpliceRefused("there is no FROM on this line, or the digest is none", paste, line)
    match = re.compile(r"\S+").match(text, found.value_start)
    if match is None or match.end() > line_end(text, found.start) or match[0].endswith(document.escape):
        raise SpliceRefused("the image stands on another line than its FROM", paste, line)
    if "$" in match[0]:
        raise SpliceRefused(f"{match[0]} takes a build argument, which a digest would outlive", paste, line)
    image, _, old = match[0].partition("@")
    cut = Cut(match.start() + len(image), match.end(), "@" + digest)
    wanted = f"{image}@{digest}" + found.value[len(image) + len(old) + bool(old) :]
    return _proved(document, cut, paste, "FROM", lambda i: i.value == wanted, replaced=found)


def _read(text: str, paste: str) -> DockerfileDocument:
    try:
        return parse(text)
    except SyntaxTrouble as trouble:
        raise SpliceRefused(f"the Dockerfile cannot be read: {trouble.message}", paste, trouble.line) from trouble


def _stage(document: DockerfileDocument, paste: str, target: str) -> tuple[Instruction, ...]:
    """The stage of this name or number, the last one for ''."""
    if not document.stages:
        raise SpliceRefused("the Dockerfile has no FROM", paste)
    if target.isdecimal() and int(target) < len(document.stages):
        return document.stages[int(target)]
    named = [s for s in document.stages if s[0].value.lower().split()[-2:] == ["as", target.lower()]]
    if target and not named:
        raise SpliceRefused(f"the Dockerfile has no stage {target!r}", paste)
    return named[-1] if named else document.stages[-1]


def _start(stage: tuple[Instruction, ...]) -> Instruction | None:
    return next((i for i in stage if i.word in ("CMD", "ENTRYPOINT")), None)


def _built_after(stage: tuple[Instruction, ...], other: Instruction) -> bool:
    return any(i.word in _BUILDS and i.start > other.start for i in stage)


def _healthcheck(document: DockerfileDocument, paste: str, target: str) -> Instruction:
    found = [i for i in _stage(document, paste, target) if i.word == "HEALTHCHECK"]
    if not found:
        raise SpliceRefused("the stage that is built has no HEALTHCHECK", paste)
    return found[-1]


def _like(source: str) -> Callable[[Instruction], bool]:
    wanted = parse(source).instructions[0]
    return lambda i: i.value.split() == wanted.value.split() and i.flags == wanted.flags


def _insert(
    document: DockerfileDocument,
    stage: tuple[Instruction, ...],
    lines: list[str],
    paste: str,
    word: str,
    fits: Callable[[Instruction], bool],
) -> Splice:
    """New lines before the stage's CMD/ENTRYPOINT and the comments right above it; in lower case when that one is."""
    text = document.text
    start = _start(stage)
    model = start or stage[-1]
    newline = newline_at(text, model.start)
    if text[model.start : model.start + len(model.word)].islower():
        lines = [lines[0].replace(word, word.lower(), 1), *lines[1:]]
    new = newline.join(lines)
    if start is None:
        above = text[: _above_comments(text, line_start(text, stage[-1].start))]
        gap = newline if above.endswith(("\n\n", "\n\r\n")) else ""
        cut = Cut(stage[-1].end, stage[-1].end, newline + gap + new)
        return _proved(document, cut, paste, word, fits)
    at = _above_comments(text, line_start(text, start.start))
    gap = (
        newline
        if not text[:at].rstrip(" \t").removesuffix("\n").removesuffix("\r").endswith(("\n", "\r"))
        else newline * 2
    )
    return _proved(document, Cut(at, at, new + gap), paste, word, fits)


def _above_comments(text: str, at: int) -> int:
    """The beginning of the comment lines right above a line: they belong to it."""
    while at > 0:
        above = line_start(text, at - 1)
        if above >= at or not text[above:at].lstrip().startswith("#"):
            return at
        at = above
    return at


def _proved(
    document: DockerfileDocument,
    cuts: Cut | list[Cut],
    paste: str,
    word: str,
    fits: Callable[[Instruction], bool],
    replaced: Instruction | None = None,
) -> Splice:
    """Cut, parse again, and compare every instruction but the meant one."""
    splice = apply(document.text, cuts if isinstance(cuts, list) else [cuts])
    try:
        after = parse(splice.after)
    except SyntaxTrouble as trouble:
        raise SpliceRefused(f"the file would not parse any more: {trouble.message}", paste, splice.line) from trouble
    before = [_essence(i) for i in document.instructions if i is not replaced]
    fresh = [i for i in after.instructions if _touched(i, splice)]
    rest = [_essence(i) for i in after.instructions if not _touched(i, splice)]
    same = before == rest and after.escape == document.escape and after.directives == document.directives
    if not same or len(fresh) != 1 or fresh[0].word != word or not fits(fresh[0]):
        raise SpliceRefused("the change would alter another instruction", paste, splice.line)
    return splice


def _touched(instruction: Instruction, splice: Splice) -> bool:
    return any(instruction.start < end and start < instruction.end for start, end in splice.new_spans)


def _essence(i: Instruction) -> tuple[object, ...]:
    return i.word, i.value, i.flags, tuple((h.name, h.body) for h in i.heredocs)
