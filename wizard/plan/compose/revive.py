"""Brings a commented-out service block back to life: the comment signs go, and nothing else of the file changes."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from wizard.plan.splice.text import Cut, SpliceRefused, apply, next_line
from wizard.plan.splice.yaml import YamlEdit
from wizard.plan.splice.yaml_proof import prove
from wizard.syntax.yaml import Node, YamlDocument, get
from wizard.values.facts.compose import ComposeModel, ComposeService
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_COMMENTED = lazy_pattern(r"([ \t]*)#( ?)(.*)", re.DOTALL)


def revive(document: YamlDocument, block: ComposeService) -> YamlEdit:
    """Takes the comment signs of one block away. Raises `SpliceRefused`: it would not stand among the services."""
    text, first = document.text, block.declared[-1].line
    start = _offset(text, first)
    end = _offset(text, (block.end_line or first) + 1)
    services = get(document.root, "services")
    if services is None or services.kind != "mapping" or services.style != "block" or not services.pairs:
        raise SpliceRefused("there is no service beside it whose indentation it could have", line=first)
    wanted = _column(text, services.pairs[0][0].start)
    lines = text[start:end].splitlines(keepends=True)
    splice = apply(text, [Cut(start, end, "".join(_living(lines, wanted, first)))])
    after = prove(document, splice, (), "")
    living = get(get(after.root, "services"), block.key)
    if living is None:
        raise SpliceRefused("it would not be one of the services", line=first)
    twice = next(_twice(living), None)
    if twice is not None:
        line = text.count("\n", 0, twice.start) + 1
        raise SpliceRefused(f"{twice.value} stands twice in it, and Compose would read no service any more", line=line)
    return YamlEdit(after, splice)


def _twice(node: Node) -> Iterator[Node]:
    """Yields each key that a mapping has already, at any depth."""
    seen: set[str] = set()
    for key, value in node.pairs:
        if key.value in seen and key.value != "<<":
            yield key
        seen.add(key.value)
        yield from _twice(value)
    for item in node.items:
        yield from _twice(item)


def refuse_missing(model: ComposeModel, block: ComposeService, after: YamlDocument, made: Container[str] = ()) -> None:
    """Raises `SpliceRefused` for a block that names what no file has any more: Compose would start no service of the
    stack then. `after`: the file with the block alive. `made`: secrets that are declared in the same edit."""
    for entry in block.depends_on:
        if model.service(entry.service) is None and entry.service != block.key:  # Compose wants even optional ones
            raise SpliceRefused(_gone("depends on", entry.service), line=entry.source.line)
    declared = {"default", *(fact.value for fact in model.networks)}
    volumes = {fact.value for fact in model.volumes}
    secrets = {name for name, _, _ in model.secrets}
    named = [("is in the network", fact, fact.value in declared) for fact in block.networks]
    named += [("mounts the volume", fact, fact.value in volumes) for fact in _volumes(after, block)]
    named += [("is given the secret", fact, fact.value in secrets or fact.value in made) for fact in block.secrets]
    for verb, fact, there in named:
        if not there and "$" not in fact.value:
            raise SpliceRefused(_gone(verb, fact.value), line=fact.source.line)
    for problem in block.problems:
        if "env_file" in problem.message:
            raise SpliceRefused(f"{problem.message}: Compose would start no service", line=problem.source.line)


def _gone(verb: str, name: str) -> str:
    return f"it {verb} {name}, which no compose file has: Compose would start no service"


def _volumes(after: YamlDocument, block: ComposeService) -> Iterator[Fact[str]]:
    """Yields the names of the volumes that the living block mounts, without folders of the host."""
    mounts = get(get(get(after.root, "services"), block.key), "volumes")
    for mount in mounts.items if mounts is not None else ():
        long, (source, colon, _) = mount.kind == "mapping", mount.value.partition(":")
        kind, named = (get(mount, "type"), get(mount, "source")) if long else (None, None)
        if long:
            source = named.value if named is not None and kind is not None and kind.value == "volume" else ""
        elif not colon or re.match(r"[./~$]|[A-Za-z]:[\\/]", mount.value):
            source = ""
        if source:
            yield Fact(source, Source(block.declared[-1].path, mount.line))


def _living(lines: list[str], wanted: int, first: int) -> list[str]:
    """The lines without their sign: `# x` or `#x` becomes `x`, or the sign a blank, whichever puts the key in line."""
    matches = [_COMMENTED.fullmatch(line) for line in lines]
    if not all(match or not line.strip() for match, line in zip(matches, lines, strict=True)) or matches[0] is None:
        raise SpliceRefused("lines that are no comment stand in it", line=first)
    if any("\t" in re.match(r"[ \t]*#?[ \t]*", line)[0] for line in lines):  # type: ignore[index]
        raise SpliceRefused("a tab stands before its keys, where YAML takes blanks only", line=first)
    for form in (r"\1\3", r"\1\2\3", r"\1 \2\3"):
        living = [match.expand(form) if match else line for match, line in zip(matches, lines, strict=True)]
        if len(living[0]) - len(living[0].lstrip(" ")) == wanted:
            return [line if line.strip() else line.lstrip(" ") for line in living]
    raise SpliceRefused("its key would not stand in line with the other services", line=first)


def _offset(text: str, line: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = next_line(text, at)
    return at


def _column(text: str, at: int) -> int:
    return at - (text.rfind("\n", 0, at) + 1)
