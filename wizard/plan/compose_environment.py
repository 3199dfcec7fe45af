"""Item 3.2: the variables and secrets a block lacks, in the form (map or list) and quotes of those that are there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wizard.plan.compose_files import ComposeEdits, Edit
from wizard.plan.compose_place import block_line, file_of, own_node
from wizard.plan.compose_start import exported_secrets, variables_by_name
from wizard.plan.context import PlanContext
from wizard.plan.modules import is_generated
from wizard.plan.shape import Setting
from wizard.plan.siblings import value_elsewhere
from wizard.plan.splice_yaml import add_item, add_pair, replace_scalar
from wizard.plan.splice_yaml_style import quote_style, scalar_source
from wizard.syntax.yaml import Node
from wizard.values.code_facts import SettingVar
from wizard.values.compose_facts import ComposeService, EnvEntry


def complete_environment(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """Variables the code needs and nothing sets, the service's own port, and the secrets of the servers it uses."""
    path = file_of(ctx, edits, block, "environment")
    for name, value in _missing(ctx, block):
        if value is None:
            refuse_unknown(edits, path, name, block_line(block, path))
        else:
            add_variable(ctx, block, edits, path, name, value)
    _own_port(ctx, block, edits)
    for secret in _missing_secrets(ctx, block):
        _add_secret(ctx, block, edits, secret)


def refuse_unknown(edits: ComposeEdits, path: str, name: str, line: int) -> None:
    """A required variable whose value nothing in the stack says: never set to something made up."""
    reason = f"the code requires {name}; its value is known to nobody but you"
    edits.refuse("3.2", path, reason, f"environment:\n  {name}: …\n", line)


def add_variable(
    ctx: PlanContext, block: ComposeService, edits: ComposeEdits, path: str, name: str, value: str
) -> None:
    """One variable, as a further entry or with the key `environment` of its own."""
    place = ("services", block.key, "environment")
    node = own_node(edits, path, block.key, "environment")
    held = value.replace("$", "$$")
    edit: Edit
    if node is None:
        source = scalar_source(held, '"')
        edit = partial(add_pair, path=place[:-1], key="environment", fragment=f"{name}: {source}")
    elif node.kind == "sequence":
        edit = partial(add_item, path=place, value=f"{name}={held}")
    else:
        source = scalar_source(held, quote_style([value for _, value in node.pairs]))
        edit = partial(add_pair, path=place, key=name, fragment=source)
    edits.attempt("3.2", path, edit, f"set {name}", paste=f"{name}: {held}\n", line=block_line(block, path))


def planned_settings(ctx: PlanContext) -> tuple[tuple[Setting, ...], tuple[str, ...]]:
    """(what a new block sets, required names whose value nobody knows). Code that is there decides which names are
    read; a variable with a default of its own is set only when the stack's value differs."""
    known = {setting.name: setting.value for setting in ctx.shape.environment if setting.value}
    reads = variables_by_name(ctx)
    if not reads:
        unknown = [v.name for v in ctx.spec.variables if v.default is None and not v.value]
        return tuple(Setting(name, value) for name, value in known.items()), tuple(unknown)
    order = sorted(reads, key=lambda name: list(known).index(name) if name in known else len(known))
    wanted = [name for name in order if not _is_given(ctx, name)]
    settings = {name: _setting(ctx, reads[name], known.get(name)) for name in wanted}
    unknown = [n for n, made in settings.items() if made is None and reads[n].required and not reads[n].secret]
    return tuple(made for made in settings.values() if made is not None), tuple(unknown)


def _is_given(ctx: PlanContext, name: str) -> bool:
    image = ctx.service.dockerfile.env if ctx.service and ctx.service.dockerfile else ()
    return name.upper() in {variable.upper() for variable, _, _ in image}


def _setting(ctx: PlanContext, variable: SettingVar, known: str | None) -> Setting | None:
    """One variable of a new block; None for what the code's default says, and for what nobody knows."""
    name = variable.name
    elsewhere = value_elsewhere(ctx.facts, ctx.key, name) if variable.secret or variable.required else ""
    if variable.secret:
        return Setting(name, "", elsewhere) if "$" in elsewhere and name not in exported_secrets(ctx) else None
    value = known or (_by_convention(ctx, name) if variable.required else None)
    if not is_generated(ctx) and not variable.required and value == variable.default and not _is_port(ctx, variable):
        return None
    if "$" in elsewhere:
        return Setting(name, value or "", elsewhere)
    return Setting(name, value or elsewhere) if value or elsewhere else None


def _is_port(ctx: PlanContext, variable: SettingVar) -> bool:
    return variable.name in (ctx.env_prefix + "PORT", "PORT") or variable.default == str(ctx.spec.port)


def planned_secrets(ctx: PlanContext) -> tuple[str, ...]:
    """The secrets a new block mounts: none for code that reads no secret."""
    reads = variables_by_name(ctx)
    exports = exported_secrets(ctx)
    if exports:
        return tuple(dict.fromkeys(exports.values()))
    return ctx.shape.secrets if not reads or any(variable.secret for variable in reads.values()) else ()


def _missing(ctx: PlanContext, block: ComposeService) -> Iterator[tuple[str, str | None]]:
    """(name, value) of each variable to set; the value is None when nothing says it."""
    given = {entry.name.upper() for entry in block.environment}
    settings, unknown = planned_settings(ctx)
    reads = variables_by_name(ctx)
    for setting in settings:
        variable = reads.get(setting.name)
        needed = variable is None or variable.required or variable.default != setting.value
        if needed and not given & {setting.name.upper(), f"{setting.name.upper()}_FILE"}:
            yield setting.name, setting.value
    yield from ((name, None) for name in unknown if name.upper() not in given)


def _by_convention(ctx: PlanContext, name: str) -> str | None:
    """The value of a variable under another prefix than the service's: `REDIS_HOST`, `DB_PORT` …"""
    shape = ctx.shape
    values = {
        "REDIS_HOST": shape.redis_host,
        "REDIS_PORT": str(shape.redis_port),
        "POSTGRES_HOST": shape.postgres_host,
        "POSTGRES_PORT": str(shape.postgres_port),
        "POSTGRES_USER": shape.postgres_user,
        "POSTGRES_DB": shape.postgres_db,
        "LOG_LEVEL": "INFO",
        "SERVICE_PORT": str(shape.port),
    }
    rest = name.upper().removeprefix(shape.env_prefix)
    return values.get(rest) or (str(shape.port) if rest == "PORT" else None)


def _own_port(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """`NAME_PORT` that says another port than the spec: its value is replaced where it stands."""
    name = ctx.env_prefix + "PORT"
    entry = next((e for e in block.environment if e.name == name and not e.file), None)
    if entry is None or not (entry.value or "").isdigit() or entry.value == str(ctx.spec.port):
        return
    edit = _replacing(edits, block, entry, str(ctx.spec.port))
    paste = f'{name}: "{ctx.spec.port}"\n'
    if edit is None:
        edits.refuse(
            "3.2", entry.source.path, f"{name} is set to {entry.value} in a place of its own", paste, entry.source.line
        )
    else:
        edits.attempt(
            "3.2", entry.source.path, edit, f"set {name} to {ctx.spec.port}", paste=paste, line=entry.source.line
        )


def _replacing(edits: ComposeEdits, block: ComposeService, entry: EnvEntry, value: str) -> Edit | None:
    node = own_node(edits, entry.source.path, block.key, "environment")
    place = ("services", block.key, "environment")
    if node is not None and node.kind == "mapping":
        return partial(replace_scalar, path=(*place, entry.name), value=value)
    index = _index(node, entry.name + "=")
    return None if index < 0 else partial(replace_scalar, path=(*place, index), value=f"{entry.name}={value}")


def _index(node: Node | None, start: str) -> int:
    items = node.items if node is not None else ()
    return next((i for i, item in enumerate(items) if item.value.startswith(start)), -1)


def _missing_secrets(ctx: PlanContext, block: ComposeService) -> tuple[str, ...]:
    reads = variables_by_name(ctx)
    given = {entry.name.upper() for entry in block.environment}
    if any(v.secret and (v.name.upper() in given or f"{v.name.upper()}_FILE" in given) for v in reads.values()):
        return ()
    have = {fact.value for fact in block.secrets}
    return tuple(secret for secret in planned_secrets(ctx) if secret not in have)


def _add_secret(ctx: PlanContext, block: ComposeService, edits: ComposeEdits, secret: str) -> None:
    path = file_of(ctx, edits, block, "secrets")
    node = own_node(edits, path, block.key, "secrets")
    edit: Edit
    if node is None:
        edit = partial(add_pair, path=("services", block.key), key="secrets", fragment=f"- {secret}")
    else:
        edit = partial(add_item, path=("services", block.key, "secrets"), value=secret)
    edits.attempt("3.2", path, edit, f"mount {secret}", paste=f"secrets:\n  - {secret}\n", line=block_line(block, path))
