"""Phase 6: the service's README, whole or section by section at its end; what stands there is left alone."""

from __future__ import annotations

import posixpath

from wizard.plan.context import PlanContext, with_edit
from wizard.plan.docs_view import docs_variables
from wizard.plan.runbook import runbook_edit
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.finding import Status
from wizard.values.phase import Phase

# section template -> (item, words of which one is in the heading of a section that already says it)
_SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "endpoints": ("6.2", ("endpoint", "api", "route")),
    "channels": ("6.1", ("channel", "event", "message")),
    "configuration": ("6.1", ("config", "environment", "variable", "setting")),
    "tests": ("6.1", ("test",)),
    "troubleshooting": ("6.3", ("troubleshoot", "problem", "trouble")),
}


def plan(ctx: PlanContext) -> ChangeSet:
    """A new README, or the sections an existing one lacks; and the runbook's section."""
    return with_edit(_readme(ctx), runbook_edit(ctx) if ctx.wants("6.4") else None)


def _readme(ctx: PlanContext) -> ChangeSet:
    path = readme_path(ctx)
    before = ctx.text(path)
    if not any(ctx.wants(item) for item in ("6.1", "6.2", "6.3")):
        return ChangeSet(ctx.spec.name, Phase.DOCS)
    variables = docs_variables(ctx)
    if not ctx.exists(path):
        edit = FileEdit(path, None, ctx.fill("docs/readme.md.j2", **variables), "describe the service (6.1, 6.2, 6.3)")
        return ChangeSet(ctx.spec.name, Phase.DOCS, (edit,))
    return _completed(ctx, path, before or "", variables)


def readme_path(ctx: PlanContext) -> str:
    """The README the service has, or will have."""
    if ctx.service and ctx.service.readme:
        return ctx.service.readme.path
    return posixpath.join(ctx.folder, "README.md")


def _completed(ctx: PlanContext, path: str, before: str, variables: dict[str, object]) -> ChangeSet:
    """Sections appended to an existing README; a section that is there but wrong is refused with the text to paste."""
    added: list[tuple[str, str]] = []
    refusals: list[Refusal] = []
    for section, (item, words) in _SECTIONS.items():
        if not ctx.wants(item):
            continue
        text = ctx.fill(f"docs/{section}.md.j2", **variables)
        line = _heading_line(ctx, words)
        if line is None:
            added.append((item, text))
        elif item != "6.1" or ctx.status(item) is Status.BROKEN:
            refusals.append(Refusal(item, path, "the section is there and is not rewritten", text, line))
    edits = (_appended(path, before, added),) if added else ()
    return ChangeSet(ctx.spec.name, Phase.DOCS, edits, tuple(refusals))


def _appended(path: str, before: str, added: list[tuple[str, str]]) -> FileEdit:
    """The sections at the end of the file, in its own line endings, one blank line before each."""
    newline = "\r\n" if "\r\n" in before else "\n"
    gap = newline * (0 if not before or before.endswith(newline * 2) else 1 if before.endswith(newline) else 2)
    body = "\n".join(text for _, text in added).replace("\n", newline)
    items = tuple(dict.fromkeys(item for item, _ in added))
    return FileEdit(path, before, before + gap + body, f"complete the README ({', '.join(items)})", items)


def _heading_line(ctx: PlanContext, words: tuple[str, ...]) -> int | None:
    sections = ctx.service.readme.sections if ctx.service and ctx.service.readme else ()
    for section in sections:
        if section.level > 1 and any(word in section.title.lower() for word in words):
            return section.source.line
    return None
