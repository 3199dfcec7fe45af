"""Item 6.4: the service's section in the runbook, in the document's own heading style, behind its siblings."""

from __future__ import annotations

import re
from functools import partial

from wizard.plan.container.probes import NO_PORT, is_silent
from wizard.plan.context import PlanContext
from wizard.plan.docs.runbook_like import like_siblings
from wizard.plan.docs.swarm import filled
from wizard.plan.docs.view import docs_variables
from wizard.plan.splice.markdown import add_section
from wizard.plan.splice.text import Cut, Splice, SpliceRefused, apply, line_start
from wizard.plan.splice.yaml import replace_scalar
from wizard.rules.owners import named
from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import parse
from wizard.values.edit import FileEdit, Refusal
from wizard.values.facts.documents import DocumentFacts, Section
from wizard.values.facts.stack import ServiceFacts
from wizard.values.finding import Status
from wizard.values.pattern import lazy_pattern
from wizard.values.profile import PROFILE

_PROBED = lazy_pattern(r"(?:127\.0\.0\.1|localhost):(\d{4,5})\b")

NEW = "DOCKER_STACK_RUNBOOK.md"
"""The runbook of a stack that has none yet, as the checklist calls it."""


def runbook_edit(ctx: PlanContext) -> FileEdit | Refusal | None:
    """Returns a new section, or the old port replaced in the one that is there; None when 6.4 is met, or when the
    runbook the profile names is not there.
    """
    runbook = ctx.facts.runbook
    text = ctx.text(runbook.path) if runbook else None
    if not ctx.wants("runbook-section"):
        return None
    if runbook is None and not ctx.profile.runbook:
        return _new(ctx)
    if runbook is not None and runbook.unread:
        return Refusal("runbook-section", runbook.path, runbook.unread.message)
    if runbook is None or text is None:
        return None
    if not ctx.spec.port:
        return Refusal("runbook-section", runbook.path, NO_PORT)
    own = own_section(ctx, runbook)
    section = _section(ctx, runbook, text)
    try:
        splice = _corrected(ctx, text, own) if own else _inserted(ctx, runbook, text, section)
    except SpliceRefused as refused:
        return Refusal("runbook-section", runbook.path, refused.reason, section, refused.line)
    why = f"{'correct' if own else 'add'} its section in the runbook"
    return FileEdit(runbook.path, text, splice.after, why, ("runbook-section",))


def _new(ctx: PlanContext) -> FileEdit | Refusal:
    """The runbook of a stack that has none, with the service's section."""
    section = filled(ctx, "docs/runbook_section.md.j2", level=2, **docs_variables(ctx))
    if ctx.exists(NEW) or not ctx.spec.port or (ctx.facts.detected.committed and profile_edit(ctx) is None):
        reason = "the stack has no runbook: make one, and name it as `runbook` in .stack-wizard/stack.yaml"
        return Refusal("runbook-section", NEW, reason, section)
    intro = "# Runbook\n\nHow the services of this stack are started, stopped, watched and restored.\n\n"
    return FileEdit(NEW, None, intro + section, "begin the stack's runbook", ("runbook-section",))


def profile_edit(ctx: PlanContext) -> FileEdit | None:
    """Returns the stack's written profile with the new runbook named in it: such a profile finds no document by
    itself. None where it has no empty `runbook` to fill."""
    text = ctx.text(PROFILE)
    if text is None or ctx.profile.runbook:
        return None
    try:
        splice = replace_scalar(parse(text), ("runbook",), NEW).splice
    except (SpliceRefused, SyntaxTrouble):
        return None
    return FileEdit(PROFILE, text, splice.after, "name the runbook", ("runbook-section",))


def _section(ctx: PlanContext, runbook: DocumentFacts, text: str) -> str:
    """The new section: as a sibling has it, else as the template says."""
    heading = section_title(ctx, runbook)
    siblings = [(s, owner) for s in _service_sections(ctx, runbook) if (owner := _owner(ctx, s)) is not None]
    variables = docs_variables(ctx)
    plain = filled(ctx, "docs/runbook_section.md.j2", heading=heading, **variables)
    if is_silent(ctx):
        return plain
    health = str(variables["health_path"]) if variables["has_health"] else ""
    return like_siblings(ctx, text, siblings, heading, plain, health, partial(_renamed, ctx)) or plain


def _owner(ctx: PlanContext, section: Section) -> ServiceFacts | None:
    """The other service a section is of."""
    others = (s for s in ctx.facts.services if s.name != ctx.spec.name)
    return next((s for s in others if _is_of(section.title, s.name, ctx)), None)


def own_section(ctx: PlanContext, runbook: DocumentFacts) -> Section | None:
    """Returns the service's section: by its heading, or the one that the report says is stale."""
    named_so = next((s for s in runbook.sections if s.level > 1 and _is_of(s.title, ctx.spec.name, ctx)), None)
    if named_so is not None or ctx.status("runbook-section") is not Status.BROKEN:
        return named_so
    finding = ctx.finding("runbook-section")
    sources = finding.sources if finding is not None else ()
    lines = [s.line for s in sources if s.path == runbook.path and s.line]
    around = [s for s in runbook.sections if s.level > 1 and any(s.source.line <= n <= s.end_line for n in lines)]
    return max(around, key=lambda s: s.level, default=None)


def _is_of(title: str, name: str, ctx: PlanContext) -> bool:
    """True when a heading, the part of it outside brackets, or the part inside names a service."""
    bare = re.sub(r"^[\d.)\s]+|[`*]", "", title)
    parts = {bare, re.sub(r"\s*[(\[].*?[)\]]", "", bare).strip(), *re.findall(r"[(\[](.*?)[)\]]", bare)}
    prefix = ctx.profile.prefix
    return any(part in (name, prefix + name) or named(part, [name], prefix) == name for part in parts)


def _service_sections(ctx: PlanContext, runbook: DocumentFacts) -> list[Section]:
    """The sections of the stack's other services, at the level most of them have."""
    names = [s.name for s in ctx.facts.services if s.name != ctx.spec.name]
    found = [s for s in runbook.sections if s.level > 1 and any(_is_of(s.title, name, ctx) for name in names)]
    levels = [s.level for s in found]
    common = max(set(levels), key=levels.count) if levels else 0
    return [s for s in found if s.level == common]


def _inserted(ctx: PlanContext, runbook: DocumentFacts, text: str, section: str) -> Splice:
    siblings = _service_sections(ctx, runbook)
    if siblings:
        return add_section(text, section, after=siblings[-1].source.line)
    parent = next(
        (s for s in runbook.sections if s.level > 1 and re.search(r"\bservices?\b|\bdienste\b", s.title, re.I)), None
    )
    return add_section(text, section, under=parent.source.line if parent else 0)


def section_title(ctx: PlanContext, runbook: DocumentFacts) -> str:
    """Returns what the runbook would call this service: its last sibling's heading with that one's key, name and title
    exchanged; a sibling that still carries an old key is no model.
    """
    prefix = ctx.profile.prefix
    for sibling in reversed(_service_sections(ctx, runbook)):
        title = _exchanged(ctx, re.sub(r"^\d+(?:\.\d+)*[.):]?\s+", "", sibling.title))
        keys = re.findall(rf"(?<![\w-]){re.escape(prefix)}[\w-]+", title) if prefix else []
        if title and set(keys) <= {ctx.key}:
            return title
    return ctx.key


def _exchanged(ctx: PlanContext, heading: str) -> str:
    """Another service's heading for this service; '' when nothing in it could be exchanged."""
    name = next(s.name for s in ctx.facts.services if s.name != ctx.spec.name and _is_of(heading, s.name, ctx))
    title = _renamed(ctx, heading, name)
    return title if title != heading else ""


def _renamed(ctx: PlanContext, heading: str, name: str) -> str:
    """A line with another service's key and name exchanged for this one's."""
    words = r"[ _-]?".join(re.escape(word) for word in name.split("_"))
    key = re.escape(ctx.profile.prefix + name)
    return re.sub(
        rf"(?P<key>{key})|(?P<words>(?<![\w-]){words}(?![\w-]))",
        lambda m: ctx.key if m["key"] and ctx.profile.prefix else _cased(ctx.spec.name, m[0]),
        heading,
        flags=re.IGNORECASE,
    )


def _cased(name: str, like: str) -> str:
    """A name's words joined and cased like another service's (`Signal-Engine`, `signal_engine`, `Signal engine`)."""
    joint = re.search(r"[ _-]", like)
    joined = name.replace("_", joint[0] if joint else ("_" if like.islower() else " "))
    if like.islower():
        return joined
    if like.isupper():
        return joined.upper()
    return joined.capitalize() if joint and like[joint.end()].islower() else joined.title()


def _corrected(ctx: PlanContext, text: str, own: Section) -> Splice:
    """The port in the section's addresses, and compose keys no service has. Anything else that is stale is the
    engineer's."""
    start, end = _offset(text, own.source.line), _offset(text, own.end_line + 1)
    old = {int(match[1]) for match in _PROBED.finditer(text, start, end)} - {ctx.spec.port} - _others(ctx)
    words = {str(port): str(ctx.spec.port) for port in old} | dict.fromkeys(_strangers(ctx, text[start:end]), ctx.key)
    cuts = [
        Cut(m.start(), m.end(), new)
        for word, new in words.items()
        for m in re.compile(rf"(?<![\w.-]){re.escape(word)}(?![\w-])").finditer(text, start, end)
    ]
    if not cuts:
        finding = ctx.finding("runbook-section")
        reason = finding.summary if finding is not None else "it is stale"
        raise SpliceRefused(f"the section is there, but {reason}", line=own.source.line)
    return apply(text, cuts)


def _strangers(ctx: PlanContext, section: str) -> set[str]:
    """Words with the stack's prefix that look like a compose key and name nothing of the stack."""
    if not ctx.profile.prefix or ctx.status("runbook-section") is not Status.BROKEN:
        return set()
    compose = ctx.facts.compose
    known = {s.key for s in (*compose.services, *compose.commented)} | {
        ctx.key,
        ctx.profile.network,
        ctx.profile.project,
    }
    known |= {f.value for f in (*compose.networks, *compose.volumes)} | {name for name, _, _ in compose.secrets}
    pattern = rf"(?<![\w.-]){re.escape(ctx.profile.prefix)}[a-z0-9_]+(?![\w-])"
    return set(re.findall(pattern, section)) - known


def _others(ctx: PlanContext) -> set[int]:
    """Ports that other services publish: the section may rightly name them."""
    return {p.published for s in ctx.facts.compose.services if s.key != ctx.key for p in s.ports if p.published}


def _offset(text: str, line: int) -> int:
    at = 0
    for _ in range(line - 1):
        found = text.find("\n", at)
        if found < 0:
            return len(text)
        at = found + 1
    return line_start(text, at) if at < len(text) else at
