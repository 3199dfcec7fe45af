"""Phase 3: one service block spliced into the edit file, or the missing keys of a block that is there; and the
registry line."""

from __future__ import annotations

from wizard.plan.compose_block import complete_block
from wizard.plan.compose_environment import planned_secrets, planned_settings, refuse_unknown
from wizard.plan.compose_files import ComposeEdits
from wizard.plan.compose_place import fragment, indented, service_body
from wizard.plan.compose_start import entrypoint
from wizard.plan.context import PlanContext
from wizard.plan.probes import NO_PORT, SILENT, is_silent
from wizard.plan.registry import registry_edit
from wizard.plan.splice_text import SpliceRefused
from wizard.plan.splice_yaml import add_pair
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.phase import Phase

ITEMS = ("3.1", "3.2", "3.3", "3.4", "3.5")


def plan(ctx: PlanContext) -> ChangeSet:
    """Nothing when all five items are met. What was right is not touched; what cannot be done safely is refused with
    its text."""
    wanted = tuple(item for item in ITEMS if ctx.wants(item))
    if not wanted:
        return ChangeSet(ctx.spec.name, Phase.COMPOSE)
    edits = ComposeEdits(ctx)
    if ctx.service is not None and ctx.service.compose is not None:
        complete_block(ctx, ctx.service.compose, edits)
    elif ctx.spec.port:
        _new_block(ctx, edits)
    else:
        edits.refuse("3.5", ctx.profile.edit_file, NO_PORT)
    return _change_set(ctx, edits)


def _change_set(ctx: PlanContext, edits: ComposeEdits) -> ChangeSet:
    files: tuple[FileEdit, ...] = edits.file_edits()
    refusals: tuple[Refusal, ...] = tuple(edits.refusals)
    wanted = ctx.wants("3.5") and not is_silent(ctx)
    registry = registry_edit(ctx) if wanted and (files or not refusals) else None
    if registry is None and not files and not refusals and not edits.notes:
        edits.notes += [f"{f.item}: {f.summary}" for f in ctx.report.of_phase(Phase.COMPOSE) if ctx.wants(f.item)]
    if isinstance(registry, FileEdit):
        files += (registry,)
    elif registry is not None:
        refusals += (registry,)
    return ChangeSet(ctx.spec.name, Phase.COMPOSE, files, refusals, tuple(edits.notes))


def _new_block(ctx: PlanContext, edits: ComposeEdits) -> None:
    """The whole block, behind the last service of the edit file. A commented-out block of the service stays where it
    is."""
    settings, unknown = planned_settings(ctx)
    silent = is_silent(ctx)
    body = service_body(ctx, environment=settings, secrets=planned_secrets(ctx), start=entrypoint(ctx), silent=silent)
    path = ctx.profile.edit_file
    if not path:
        edits.refuse(
            "3.1", "docker-compose.yml", "the stack has no compose file to add services to", _pasted(ctx, body)
        )
        return
    if ctx.text(path) is None:
        edits.create(path, f"services:\n{_pasted(ctx, body)}", "add the service (3.1 to 3.5)", ITEMS)
    else:
        try:
            edits.change(
                path, lambda document: add_pair(document, ("services",), ctx.key, body), ITEMS, "add the service"
            )
        except SpliceRefused as refused:
            edits.refuse("3.1", path, refused.reason, _pasted(ctx, body), refused.line)
            return
    for item, key in (("3.4", "healthcheck"), ("3.5", "ports")) if silent else ():
        edits.refuse(item, path, SILENT, f"{key}:\n{indented(fragment(ctx, key))}")
    for name in unknown:
        refuse_unknown(edits, path, name, 0)
    for block in ctx.service.commented if ctx.service else ():
        first = block.declared[0]
        last = f"-{block.end_line}" if block.end_line else ""
        where = f"{first.path}:{first.line}{last}"
        edits.notes.append(f"{where} holds a commented-out block of it; it stays, remove it when it is not needed")


def _pasted(ctx: PlanContext, body: str) -> str:
    lines = [f"  {ctx.key}:", *(f"    {line}" if line else "" for line in body.rstrip("\n").split("\n"))]
    return "\n".join(lines) + "\n"
