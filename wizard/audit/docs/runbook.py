"""Item 6.4: the service's section in the stack's runbook."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from wizard.audit.context import Context, listed
from wizard.audit.docs.documents import find
from wizard.audit.docs.readme import SAVE_AS_TEXT, own_ports
from wizard.rules.topics import TOPICS
from wizard.values.facts.documents import DocumentFacts, Section
from wizard.values.finding import Finding
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_DOCKER = lazy_pattern(
    r"\b(?:docker|podman)\s+(?:container\s+)?(?:logs|stop|start|restart|exec|inspect|kill|rm|stats|top|port|attach|cp)\s+(?P<rest>[^|;&>`\n]+)"
)
_COMPOSE = lazy_pattern(
    r"(?:\b(?:docker|podman)[ -]compose|(?<![\w/-])\$?\{?(?:dc|DC|COMPOSE)\}?)(?![\w-])[^|;&>`\n]*?\s"
    r"(?P<verb>up|stop|start|restart|logs|exec|build|ps|kill|rm|pull|run|port)\b(?P<rest>[^|;&>`\n]*)"
)
_VALUED = frozenset(
    {"--user", "-u", "-e", "--env", "-w", "--workdir", "--format", "-p", "--tail", "--since", "--until", "--timeout"}
)
_NAME = lazy_pattern(r"[a-z][a-z0-9_.-]*\Z")
_MADE = lazy_pattern(r"\b(?:docker|podman)\s+(?:container\s+)?(?:run|create)\b[^|;&\n]*?\s--name[= ]\s*[\"']?([\w.-]+)")
"""The name that a command gives to a container of its own."""


def runbook_section(ctx: Context) -> Finding:
    """Judges item 6.4: start, stop, health, logs, restore, with the right container and port."""
    runbook = ctx.facts.runbook
    if runbook is None:
        return ctx.unmet("the stack has no runbook", Source(ctx.facts.profile.runbook or "DOCKER_STACK_RUNBOOK.md"))
    if runbook.unread:
        return ctx.unknown(runbook.unread.message, runbook.unread.source, hint=SAVE_AS_TEXT)
    section = service_section(ctx)
    if section is None:
        mention = find(runbook, ctx.key) or find(runbook, ctx.name)
        if mention:
            return ctx.unmet("the runbook mentions it, but has no section for it", mention)
        return ctx.unmet("the runbook has no section for it", Source(runbook.path))
    return _judge(ctx, runbook, section)


def service_section(ctx: Context) -> Section | None:
    """Returns the runbook's section whose heading names the service."""
    names = {ctx.name, ctx.key}
    if ctx.compose and ctx.compose.container_name:
        names.add(ctx.compose.container_name.value.lower())
    found = [section for name in names if (section := _headed(ctx, name))]
    return min(found, key=lambda section: section.source.line, default=None)


def _headed(ctx: Context, name: str) -> Section | None:
    """The first section whose heading has the name, or all words of it."""
    headings = ctx.index.headings
    whole = headings.get(name, ())
    if whole:
        return whole[0]
    first, *others = name.split("_")
    lines = [{s.source for s in headings.get(word, ())} for word in others]
    return next((s for s in headings.get(first, ()) if all(s.source in known for known in lines)), None)


def _judge(ctx: Context, runbook: DocumentFacts, section: Section) -> Finding:
    stale = stale_containers(ctx, section.commands)
    if stale:
        valid = listed(sorted(container_names(ctx)))
        return ctx.broken(f"names the container {stale[0].value}; it is {valid}", *(f.source for f in stale[:4]))
    wrong = [f for f in own_ports(ctx, runbook, section.source.line, section.end_line) if f.value != ctx.spec.port]
    if wrong and ctx.spec.port:
        says, lines = ctx.expected_port_clause()
        return ctx.broken(f"names port {wrong[0].value}, {says}", *(f.source for f in wrong[:4]), *lines)
    text = f"{section.title}\n{section.body}"
    missing = [topic for topic, pattern in TOPICS.items() if not pattern.search(text)]
    if missing:
        return ctx.unmet(f"the section does not say how to: {listed(missing, 5)}", section.source)
    return ctx.met("start, stop, health, logs and restore are there", section.source)


def container_names(ctx: Context) -> frozenset[str]:
    """Returns what commands may call the service."""
    names = {ctx.key}
    if ctx.compose and ctx.compose.container_name:
        names.add(ctx.compose.container_name.value)
    return frozenset(names)


def stale_containers(ctx: Context, commands: Iterable[Fact[str]]) -> list[Fact[str]]:
    """Returns names in docker commands that no compose file has, that are not the expected one, and that none of the
    commands makes itself (`docker run --name NAME`)."""
    given = tuple(commands)
    named = [Fact(name, fact.source) for fact in given for name in called(fact.value)]
    if not named:
        return []
    made = {name for fact in given for name in _MADE.findall(fact.value)}
    known = ctx.index.containers | container_names(ctx) | made
    return [fact for fact in named if fact.value not in known and not _replica(fact.value, known)]


def _replica(name: str, known: frozenset[str]) -> bool:
    """`project-market-1` is the name Compose makes for `market`."""
    match = re.fullmatch(r"[a-z0-9_-]+?[-_](.+)[-_]\d+", name)
    return bool(match and match[1] in known)


def called(command: str) -> list[str]:
    """Returns the containers or services a docker command names: the words after the verb that are no options."""
    names = [name for m in _DOCKER.finditer(command) for name in _words(m["rest"])[:1]]
    for match in _COMPOSE.finditer(command):
        words = _words(match["rest"])
        names += words[:1] if match["verb"] in ("exec", "run", "port") else words
    return [name for name in names if _NAME.match(name)]


def _words(text: str) -> list[str]:
    """The words of a command line without options and their values."""
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        words = text.split()
    names, skip = [], False
    for word in words:
        if skip or word.startswith("-"):
            skip = not skip and word in _VALUED
        else:
            names.append(word)
    return names
