"""Phase 6: the service's README, whole or section by section at its end; what stands there is left alone."""

from __future__ import annotations

import posixpath

from wizard.plan.context import PlanContext, with_edit
from wizard.plan.docs.runbook import NEW, profile_edit, runbook_edit
from wizard.plan.docs.swarm import filled
from wizard.plan.docs.view import docs_variables
from wizard.plan.splice.text import Cut, SpliceRefused, apply
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.finding import Status

# section template -> (item, words of which one is in the heading of a section that already says it)
README_ITEMS = ("readme", "readme-endpoints", "readme-troubleshooting")
_SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "endpoints": ("readme-endpoints", ("endpoint", "api", "route")),
    "channels": ("readme", ("channel", "event", "message")),
    "configuration": ("readme", ("config", "environment", "variable", "setting")),
    "tests": ("readme", ("test",)),
    "troubleshooting": ("readme-troubleshooting", ("troubleshoot", "problem", "trouble")),
}


def plan(ctx: PlanContext) -> ChangeSet:
    """Plans a new README, or the sections an existing one lacks; and the runbook's section."""
    made = with_edit(_readme(ctx), runbook_edit(ctx) if ctx.wants("runbook-section") else None)
    new = any(edit.path == NEW and edit.before is None for edit in made.edits)
    return with_edit(made, profile_edit(ctx)) if new else made


def _readme(ctx: PlanContext) -> ChangeSet:
    path = readme_path(ctx)
    before = ctx.text(path)
    if not any(ctx.wants(item) for item in README_ITEMS):
        return ChangeSet(ctx.spec.name, ctx.phase)
    unread = ctx.service.readme.unread if ctx.service and ctx.service.readme else None
    if unread:
        refused = tuple(Refusal(item, path, unread.message) for item in README_ITEMS if ctx.wants(item))
        return ChangeSet(ctx.spec.name, ctx.phase, refusals=refused)
    variables = docs_variables(ctx)
    if not ctx.exists(path):
        text = filled(ctx, "docs/readme.md.j2", **variables)
        edit = FileEdit(path, None, text, "describe the service", README_ITEMS)
        return ChangeSet(ctx.spec.name, ctx.phase, (edit,))
    return _completed(ctx, path, before or "", variables)


def readme_path(ctx: PlanContext) -> str:
    """Returns the README the service has, or will have."""
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
        text = filled(ctx, f"docs/{section}.md.j2", **variables)
        line = _heading_line(ctx, words)
        if line is None:
            added.append((item, text))
        elif item != "readme" or ctx.status(item) is Status.BROKEN:
            refusals.append(Refusal(item, path, "the section is there and is not rewritten", text, line))
    try:
        edits = (_appended(path, before, added),) if added else ()
    except SpliceRefused as refused:
        edits = ()
        refusals += [Refusal(item, path, refused.reason, text, refused.line) for item, text in added]
    return ChangeSet(ctx.spec.name, ctx.phase, edits, tuple(refusals))


def _appended(path: str, before: str, added: list[tuple[str, str]]) -> FileEdit:
    """The sections at the end of the file, in its own line endings, one blank line before each."""
    newline = "\r\n" if "\r\n" in before else "\n"
    gap = newline * (0 if not before or before.endswith(newline * 2) else 1 if before.endswith(newline) else 2)
    body = "\n".join(text for _, text in added).replace("\n", newline)
    items = tuple(dict.fromkeys(item for item, _ in added))
    splice = apply(before, [Cut(len(before), len(before), gap + body)])
    return FileEdit(path, before, splice.after, "complete the README", items)


def _heading_line(ctx: PlanContext, words: tuple[str, ...]) -> int | None:
    sections = ctx.service.readme.sections if ctx.service and ctx.service.readme else ()
    for section in sections:
        if section.level > 1 and any(word in section.title.lower() for word in words):
            return section.source.line
    return None
