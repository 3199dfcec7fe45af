"""Phase 6 without the runbook: the service's README."""

from __future__ import annotations

import re

from wizard.audit.context import Context, listed
from wizard.audit.docs.documents import (
    documented_routes,
    find,
    lines_of,
    plain_path,
    symptoms,
    trouble_section,
)
from wizard.audit.environment import further_ports, mounted, near
from wizard.rules.document_ports import documented_ports
from wizard.rules.text import plural
from wizard.rules.variables import is_platform
from wizard.values.facts.documents import DocumentFacts
from wizard.values.finding import Finding
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_TESTS = lazy_pattern(r"\bpytest\b|\btox\b|\bnox\b|\bmake [\w-]*test|\bunittest\b|run_tests?\b")
SAVE_AS_TEXT = "Save the file as UTF-8 text that you may read."
_TOKEN = lazy_pattern(r"`([A-Za-z0-9][\w.:-]*)`")


def readme(ctx: Context) -> Finding:
    """Judges item 6.1: purpose, port, channels, variables, tests; each as in the code."""
    document = _readable(ctx)
    if isinstance(document, Finding):
        return document
    wrong = _wrong_port(ctx, document) or _wrong_channel(ctx, document) or _wrong_variable(ctx, document)
    if wrong:
        return wrong
    missing = _missing(ctx, document)
    if missing:
        return ctx.unmet(f"does not name {listed(missing, 6)}", Source(document.path))
    return ctx.met("names purpose, port, channels, variables and tests as the code has them", *_proof(ctx, document))


def _readable(ctx: Context) -> DocumentFacts | Finding:
    """The README, or the finding of every item of it where there is none to read."""
    document = ctx.service.readme if ctx.service else None
    if document is None:
        return ctx.unmet("there is no README.md", ctx.own("README.md"))
    if document.unread:
        return ctx.unknown(document.unread.message, document.unread.source, hint=SAVE_AS_TEXT)
    return document


def own_ports(ctx: Context, document: DocumentFacts, first: int = 1, last: int = 0) -> list[Fact[int]]:
    """Returns the ports a text gives for this service: those that are neither another service's nor a server's.

    A README of several services says whose port it is too seldom to be held against one of them. Where the right one is
    named, any other must be named as plainly to count: a mere address may be anybody's.
    """
    if document.path in ctx.facts.shared_readmes:
        return []
    servers = {ctx.facts.profile.redis.port, ctx.facts.profile.postgres.port}
    said = [p for p in documented_ports(document, ctx.index.names - {ctx.name}, first, last) if p.port not in servers]
    if any(p.port == ctx.spec.port for p in said):
        said = [p for p in said if p.port == ctx.spec.port or (p.plain and not _has_holder(ctx, p.port))]
    return [Fact(p.port, p.source) for p in said]


def _has_holder(ctx: Context, port: int) -> bool:
    """True for a port that the registry or Compose gives to somebody else, or to this service as a further one."""
    if any(e.owner and e.service != ctx.name for e in ctx.index.registry.get(port, ())):
        return True
    return bool(ctx.index.published.get(port)) or port in further_ports(ctx)


def _wrong_port(ctx: Context, document: DocumentFacts) -> Finding | None:
    ports = own_ports(ctx, document)
    published = {port.published for port in ctx.compose.ports} if ctx.compose else set()
    wrong = [f for f in ports if f.value not in ctx.container_ports | published]
    if not wrong or not ctx.spec.port:
        return None
    says, lines = ctx.expected_port_clause()
    return ctx.broken(f"documents port {wrong[0].value}, {says}", *(f.source for f in wrong[:4]), *lines)


def _channels(ctx: Context) -> list[str]:
    return [c.name for c in (*ctx.spec.inputs, *ctx.spec.outputs)]


def wrong_channels(ctx: Context, document: DocumentFacts) -> list[tuple[str, str, Source]]:
    """Returns (documented, meant, line) of names in code style that misspell a channel which the document lacks."""
    lost = [name for name in _channels(ctx) if find(document, name) is None]
    found = []
    for number, line in lines_of(document) if lost else ():
        for token in _TOKEN.findall(line):
            meant = near(token, lost)
            if meant:
                found.append((token, meant, Source(document.path, number)))
    return found


def _wrong_channel(ctx: Context, document: DocumentFacts) -> Finding | None:
    for token, meant, source in wrong_channels(ctx, document):
        uses = tuple(use.source for use in ctx.code.redis if use.value == meant)[:1]
        return ctx.broken(f"documents the channel {token}, the service has {meant}", source, *uses)
    return None


def _wrong_variable(ctx: Context, document: DocumentFacts) -> Finding | None:
    """A variable with the service's prefix that neither code nor compose knows."""
    known = {v.name.upper() for v in ctx.code.variables} | set(ctx.env) | {v.name.upper() for v in ctx.spec.variables}
    if ctx.code.problems or not ctx.code.variables or any(not v.name for v in ctx.code.variables):
        return None
    pattern = re.compile(rf"`({re.escape(ctx.name.upper())}_[A-Z0-9_]+)`")
    for number, line in lines_of(document):
        for name in pattern.findall(line):
            if name not in known and not name.endswith("_SECRETS_DIR"):
                return ctx.broken(f"documents {name}, which nothing reads", Source(document.path, number))
    return None


def _missing(ctx: Context, document: DocumentFacts) -> list[str]:
    missing = []
    if document.path in ctx.facts.shared_readmes and not any(find(document, name) for name in (ctx.name, ctx.key)):
        missing.append(ctx.key)
    if not _has_prose(document):
        missing.append("its purpose")
    if ctx.spec.port and not re.search(rf"(?<!\d){ctx.spec.port}(?!\d)", document.text):
        missing.append(f"port {ctx.spec.port}")
    missing += [f"channel {name}" for name in _channels(ctx) if find(document, name) is None]
    for name, secret in _variables(ctx).items():
        if not any(find(document, word) for word in _names_of(ctx, name, secret)):
            missing.append(name)
    if not _TESTS.search(document.text):
        missing.append("how to run the tests")
    return missing


def _variables(ctx: Context) -> dict[str, bool]:
    """The variables a reader must know: name -> whether it is a secret."""
    found = {v.name: v.secret for v in ctx.code.variables if v.name and not is_platform(v.name)}
    return {name: secret for name, secret in found.items() if not name.upper().endswith("_SECRETS_DIR")}


def _names_of(ctx: Context, name: str, secret: bool) -> list[str]:
    """What a document may call a variable: a secret also by its file."""
    if not secret:
        return [name]
    file = mounted(ctx, name)
    return [name, name.lower(), f"{name}_FILE", *([file.value] if file else [])]


def _has_prose(document: DocumentFacts) -> bool:
    """At least one line of ordinary text of some words."""
    marks = ("#", "|", "-", "*", ">", "```", "[", "!", "<")
    return any(len(line.split()) >= 4 and not line.lstrip().startswith(marks) for _, line in lines_of(document))


def _proof(ctx: Context, document: DocumentFacts) -> tuple[Source, ...]:
    texts = [str(ctx.spec.port), *_channels(ctx)]
    found = [find(document, text) for text in texts]
    return tuple(source for source in found if source)[:4] or (Source(document.path),)


def readme_endpoints(ctx: Context) -> Finding:
    """Judges item 6.2: the routes of the code and the README's endpoint table are the same."""
    document = _readable(ctx)
    if isinstance(document, Finding):
        return document
    routes = {plain_path(r.path): r for r in ctx.code.routes if not r.path.startswith("/static")}
    documented, promised = documented_routes(document)
    paths = {fact.value for fact in documented}
    if ctx.code.problems:
        return ctx.unknown(
            f"the routes cannot be read whole: {ctx.code.problems[0].message}", ctx.code.problems[0].source
        )
    if not paths and not routes and ctx.code.files:
        return ctx.met("the code has no routes, and none are promised", Source(document.path))
    if not paths:
        return ctx.unmet(
            "the README lists no endpoint", Source(document.path), *(r.source for r in ctx.code.routes[:3])
        )
    hidden = [path for path in routes if path not in paths]
    if hidden:
        return ctx.broken(
            f"not documented: {listed(hidden)}", *(routes[p].source for p in hidden[:3]), documented[0].source
        )
    gone = [fact for fact in promised if fact.value not in routes]
    if gone and ctx.code.unread_routes:
        words = f"whether the code has {listed([f.value for f in gone])} cannot be read"
        return ctx.unknown(words, *(f.source for f in gone[:2]), *ctx.code.unread_routes[:2])
    if gone:
        return ctx.broken(
            f"documented, but not in the code: {listed([f.value for f in gone])}", *(f.source for f in gone[:4])
        )
    if not routes:
        return ctx.unmet("the code has no route that could be documented", Source(document.path))
    return ctx.met(f"{plural(len(routes), 'route')} documented", *(f.source for f in documented[:4]))


def readme_troubleshooting(ctx: Context) -> Finding:
    """Judges item 6.3: the section is there and each symptom has a command."""
    document = _readable(ctx)
    if isinstance(document, Finding):
        return document
    section = trouble_section(document)
    if section is None:
        return ctx.unmet("the README has no troubleshooting section", Source(document.path))
    if not section.body.strip():
        return ctx.broken(f"nothing stands under {section.title!r}", section.source)
    found = list(symptoms(section))
    if not found:
        return ctx.unmet(f"{section.title!r} has no symptom with a command", section.source)
    bare = [(name, line) for name, line, command in found if not command]
    if bare:
        lines = tuple(Source(document.path, section.source.line + line) for _, line in bare[:4])
        return ctx.unmet(f"no command for: {listed([name[:50] for name, _ in bare])}", *lines)
    return ctx.met(f"{plural(len(found), 'symptom')}, each with a command", section.source)
