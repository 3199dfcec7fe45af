"""Another port for a service that has one: every place that says the old one, in one change set, or none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from wizard.rules.ports import PortMention, mapped_ports, port_mentions
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.source import Source

# Kinds that stand for the file they are in: an image's and a README's every mention of the number is the service's.
_WHOLE_FILE = frozenset({"expose", "command", "image_env", "image_check"})
# Kinds that decide where the program listens: without one of them a move would leave it behind.
LISTENING = frozenset({"given", "default", "start", "code"})


def port_to_leave(facts: StackFacts, name: str, wanted: int) -> int | None:
    """Returns the port that a service publishes and would leave for `wanted`; None where there is nothing to move.

    Where a file of it says `wanted` already, the files contradict each other: each place is put right by its own item.
    """
    left = ports_to_leave(facts, name, wanted)
    return left[0] if left else None


def ports_to_leave(facts: StackFacts, name: str, wanted: int) -> tuple[int, ...]:
    """Returns the port that a service publishes and would leave, and the one in its container where that is another."""
    service = facts.service(name)
    block = service.compose if service else None
    if service is None or block is None or not wanted:
        return ()
    said = Counter(mention.port for mention in said_by(facts, service))
    published = [port.published or port.target for port in block.ports]
    if wanted in said or wanted in {port.target for port in block.ports} or not published:
        return ()
    inside = {outside: target for target, outside in mapped_ports(service).items()}
    old = max(published, key=lambda port: said[port] + said[inside.get(port, 0)])
    left = tuple(port for port in (old, inside.get(old)) if port is not None)
    return left if sum(said[port] for port in left) > 1 else ()


def said_by(facts: StackFacts, service: ServiceFacts) -> tuple[PortMention, ...]:
    """Returns the active mentions of a service's port: what is commented out moves nothing."""
    found = port_mentions(service, facts.service_names, facts.profile.prefix)
    return tuple(mention for mention in found if not mention.kind.startswith("draft_"))


def moved_texts(facts: StackFacts, service: ServiceFacts, old: tuple[int, ...], new: int) -> dict[str, str]:
    """Returns the new text of every file of the service that says an old port: of its own lines, its image, README and
    section of the runbook."""
    number = re.compile(rf"(?<![\w.])(?:{_any_of(old)})(?![\w.]*\w)")
    said = [mention for mention in said_by(facts, service) if mention.port in old]
    lines: dict[str, set[int]] = {mention.source.path: set() for mention in said}
    for mention in said:
        lines[mention.source.path].add(mention.source.line)
    for path, own in _block_lines(service).items():
        lines.setdefault(path, set()).update(own)
    whole = {s.source.path for s in said if s.kind in _WHOLE_FILE}
    whole |= {service.readme.path} if service.readme else set()
    made = {path: _replaced(facts.texts[path], number, new, None) for path in whole if path in facts.texts}
    for path, wanted in lines.items():
        if path not in whole and path in facts.texts:
            made[path] = _replaced(facts.texts[path], number, new, wanted)
    if facts.runbook is not None:
        made[facts.runbook.path] = _in_section(facts, service, number, new)
    address = _address(service, old)
    for path, text in facts.texts.items():
        if _is_own(path, service):
            made[path] = address.sub(rf"\g<1>:{new}", made.get(path, text))
    return {path: text for path, text in made.items() if text != facts.texts[path]}


def callers(facts: StackFacts, service: ServiceFacts, old: tuple[int, ...]) -> list[Source]:
    """Returns the lines of other files that call the service by name and port: they are not the service's to change."""
    address, own = _address(service, old), _block_lines(service)
    found = []
    for path, text in facts.texts.items():
        if not _is_own(path, service) and address.search(text):
            lines = (number for number, line in enumerate(text.split("\n"), 1) if address.search(line))
            found += [Source(path, number) for number in lines if number not in own.get(path, ())]
    return found


def _block_lines(service: ServiceFacts) -> dict[str, range]:
    block = service.compose
    return {block.declared[-1].path: range(block.declared[-1].line, block.end_line + 1)} if block else {}


def _address(service: ServiceFacts, ports: tuple[int, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, _hosts(service)))}):(?:{_any_of(ports)})(?!\d)")


def _any_of(ports: tuple[int, ...]) -> str:
    return "|".join(map(str, ports))


def _is_own(path: str, service: ServiceFacts) -> bool:
    """Whether a file may be changed for the service: its folder's, its tests', and every document."""
    tests = {file.path for files in service.tests.values() for file in files}
    folder = f"{service.folder}/" if service.folder not in ("", ".") else ""
    return bool(folder and path.startswith(folder)) or path in tests or path.lower().endswith(".md")


def _hosts(service: ServiceFacts) -> list[str]:
    block: ComposeService | None = service.compose
    names = [service.name, block.key if block else ""]
    names.append(block.container_name.value if block and block.container_name else "")
    return [name for name in dict.fromkeys(names) if name]


def _replaced(text: str, number: re.Pattern[str], new: int, lines: Iterable[int] | None) -> str:
    if lines is None:
        return number.sub(str(new), text)
    wanted = set(lines)
    parts = text.split("\n")
    return "\n".join(number.sub(str(new), part) if at in wanted else part for at, part in enumerate(parts, 1))


def _in_section(facts: StackFacts, service: ServiceFacts, number: re.Pattern[str], new: int) -> str:
    """The runbook with the number replaced in the sections that are headed by the service."""
    runbook = facts.runbook
    assert runbook is not None  # noqa: S101 - asked by the caller
    text = facts.texts.get(runbook.path, runbook.text)
    named = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, _hosts(service)))})(?![\w-])", re.IGNORECASE)
    lines: set[int] = set()
    for section in runbook.sections:
        if named.search(section.title.replace(" ", "_")) or named.search(section.title):
            lines.update(range(section.source.line, section.end_line + 1))
    return _replaced(text, number, new, lines)
