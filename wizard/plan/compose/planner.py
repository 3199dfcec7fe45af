"""Phase 3: one service block spliced into the edit file, or the missing keys of a block that is there; and the
registry line."""

from __future__ import annotations

from functools import partial

from wizard.plan.compose.alike import add_limits, add_shared, habits, limits_file, without_shared
from wizard.plan.compose.block import complete_block
from wizard.plan.compose.environment import declare_secret, planned_secrets, planned_settings, refuse_unknown
from wizard.plan.compose.files import HEALTH_CHECK, ITEMS, PORTS, SERVICE, ComposeEdits
from wizard.plan.compose.place import fragment, indented, service_body
from wizard.plan.compose.port_registry import registry_edit
from wizard.plan.compose.revive import refuse_missing, revive
from wizard.plan.compose.start import entrypoint
from wizard.plan.compose.swarm import NO_IMAGE, image_of
from wizard.plan.compose.swarm_block import asks_for_deploy
from wizard.plan.container.probes import NO_PORT, SILENT, is_silent, lacks_health
from wizard.plan.context import PlanContext
from wizard.plan.splice.text import SpliceRefused
from wizard.plan.splice.yaml import YamlEdit, add_pair
from wizard.syntax.yaml import YamlDocument
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.facts.compose import ComposeService
from wizard.values.lean import replace

REVIVED = "compose-block"
"""The recipe that brings a commented-out block to life."""


def plan(ctx: PlanContext) -> ChangeSet:
    """Plans the block, whole or what it lacks; nothing when all five items are met. What was right is not touched; what
    cannot be done safely is refused with its text.
    """
    wanted = tuple(item for item in ITEMS if ctx.wants(item))
    block = ctx.service.compose if ctx.service is not None else None
    if not wanted and not (block is not None and asks_for_deploy(ctx, block)):
        return ChangeSet(ctx.spec.name, ctx.phase)
    edits = ComposeEdits(ctx)
    if ctx.service is not None and ctx.service.compose is not None:
        complete_block(ctx, ctx.service.compose, edits)
    elif ctx.choice.takes(REVIVED, ctx.item_of(SERVICE), "unsafe") and revivable(ctx) and ctx.service is not None:
        _revived(ctx, ctx.service.commented[0], edits)
    elif ctx.spec.port:
        _new_block(ctx, edits)
    else:
        edits.refuse(PORTS, ctx.profile.edit_file, NO_PORT)
    return _change_set(ctx, edits)


def _change_set(ctx: PlanContext, edits: ComposeEdits) -> ChangeSet:
    files: tuple[FileEdit, ...] = edits.file_edits()
    refusals: tuple[Refusal, ...] = tuple(edits.refusals)
    wanted = ctx.wants(PORTS) and not is_silent(ctx)
    registry = registry_edit(ctx) if wanted and (files or not refusals) else None
    if registry is None and not files and not refusals and not edits.notes:
        edits.notes += [f"{f.item}: {f.summary}" for f in ctx.findings if ctx.wants(f.item)]
    if isinstance(registry, FileEdit):
        files += (registry,)
    elif registry is not None:
        refusals += (registry,)
    return ChangeSet(ctx.spec.name, ctx.phase, files, refusals, tuple(edits.notes))


def revivable(ctx: PlanContext) -> bool:
    """Tells whether there is one commented-out block of the service, in a file that the plan may edit, and no other."""
    service = ctx.service
    if service is None or service.compose is not None or len(service.commented) != 1:
        return False
    return service.commented[0].declared[-1].path in ctx.profile.compose_files


def _revived(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """The block without its comment signs, and what it lacks."""
    first = block.declared[-1]
    why = "bring the commented-out block to life"

    def change(document: YamlDocument) -> YamlEdit:
        edit = revive(document, block)
        refuse_missing(ctx.facts.compose, block, edit.document, planned_secrets(ctx))
        return edit

    if edits.attempt(SERVICE, first.path, change, why, line=first.line):
        complete_block(ctx, replace(block, commented=False), edits)
        edits.notes = [note for note in edits.notes if "commented" not in note]  # it no longer is one


def _new_block(ctx: PlanContext, edits: ComposeEdits) -> None:
    """The whole block, behind the last service of the edit file. A commented-out block of the service stays where it
    is."""
    settings, unknown = planned_settings(ctx)
    left = {"silent": is_silent(ctx), "unasked": lacks_health(ctx)}
    body = service_body(ctx, environment=settings, secrets=planned_secrets(ctx), start=entrypoint(ctx), **left)
    path = ctx.profile.edit_file
    if not path:
        edits.refuse(
            SERVICE,
            "docker-compose.yml",
            "the stack has no compose file to add services to",
            _pasted(ctx, body),
        )
        return
    elsewhere = _elsewhere(ctx) or (NO_IMAGE if ctx.profile.on_swarm and not image_of(ctx) else "")
    if elsewhere:
        edits.refuse(SERVICE, path, elsewhere, _pasted(ctx, body))
        return
    if ctx.text(path) is None:
        edits.create(path, f"services:\n{_pasted(ctx, body)}", "add the service", ITEMS)
    else:
        try:
            _as_siblings(ctx, edits, path, body)
        except SpliceRefused as refused:
            edits.refuse(SERVICE, path, refused.reason, _pasted(ctx, body), refused.line)
            return
    for secret in planned_secrets(ctx):
        declare_secret(ctx, edits, secret)
        edits.notes += _to_set(ctx, secret)
    for item, key in [(HEALTH_CHECK, "healthcheck")] * left["unasked"] + [(PORTS, "ports")] * left["silent"]:
        edits.refuse(item, path, SILENT, f"{key}:\n{indented(fragment(ctx, key))}")
    for name in unknown:
        refuse_unknown(edits, path, name, 0)
    for block in ctx.service.commented if ctx.service else ():
        first = block.declared[0]
        last = f"-{block.end_line}" if block.end_line else ""
        where = f"{first.path}:{first.line}{last}"
        edits.notes.append(f"{where} holds a commented-out block of it; it stays, remove it when it is not needed")


def _as_siblings(ctx: PlanContext, edits: ComposeEdits, path: str, body: str) -> None:
    """Writes the block in the form that its siblings have; raises `SpliceRefused` when not even the plain one can be.

    What cannot be shared safely is written out.
    """
    if ctx.profile.on_swarm:  # what Compose's blocks share is mostly what a Swarm ignores
        edits.change(path, partial(add_pair, path=("services",), key=ctx.key, fragment=body), ITEMS, "add the service")
        return
    shared = habits(ctx, edits, path)
    beside, limits = limits_file(ctx, edits)
    before = edits.kept()
    try:
        own = without_shared(body, shared, ctx.shape.network, limits)
        edits.change(path, partial(add_pair, path=("services",), key=ctx.key, fragment=own), ITEMS, "add the service")
        add_shared(ctx, edits, path, shared)
        if beside:
            add_limits(ctx, edits, beside, limits)
    except SpliceRefused:
        edits.back_to(before)
        edits.change(path, partial(add_pair, path=("services",), key=ctx.key, fragment=body), ITEMS, "add the service")


def _to_set(ctx: PlanContext, secret: str) -> list[str]:
    """Returns what a person has to set: a password that stands open in the stack's files, or in an env file of the
    server alone, is not written down again."""
    asked_for = [asked for asked in ctx.facts.credentials if ctx.facts.secret_of(asked.server) == secret]
    return [
        f"{asked.key} has its password from {asked.file}; the secret {secret} takes it from {asked.variable} of "
        f"Compose's own environment: set that in .env, too, before {ctx.key} is started"
        for asked in asked_for
        if asked.file
    ] + [
        f"the password of {asked.key} stands open in {asked.source}; the secret {secret} takes it from "
        f"{asked.variable}: set that in .env before {ctx.key} is started, and better let {asked.key} have it from there"
        for asked in asked_for
        if asked.kind == "literal"
    ]


def _elsewhere(ctx: PlanContext) -> str:
    """Why the edit file may be the wrong place for a new block, '' when it is not."""
    beside = next((service for service in ctx.facts.compose.beside if service.key == ctx.key), None)
    if beside is not None and (beside.build or beside.image):
        return f"{beside.declared[0]} has a service {ctx.key} already, in a file that the stack's own files do not load"
    if "edit_file" in ctx.facts.detected.unsure:
        guess = ctx.facts.detected.why.get("edit_file", "the edit file is a guess")
        return f"{guess}; name the right one as edit_file in .stack-wizard/stack.yaml (`stack-wizard init` writes it)"
    return ""


def _pasted(ctx: PlanContext, body: str) -> str:
    lines = [f"  {ctx.key}:", *(f"    {line}" if line else "" for line in body.rstrip("\n").split("\n"))]
    return "\n".join(lines) + "\n"
