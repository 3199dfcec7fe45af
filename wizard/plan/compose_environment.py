"""Item 3.2: the variables and secrets a block lacks, in the form (map or list) and quotes of those that are there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wizard.plan.compose_files import ComposeEdits, Edit
from wizard.plan.compose_place import block_line, file_of, own_node
from wizard.plan.context import PlanContext
from wizard.plan.shape import Setting
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
    reads = _read(ctx)
    if not reads:
        unknown = [v.name for v in ctx.spec.variables if v.default is None and not v.value]
        return tuple(Setting(name, value) for name, value in known.items()), tuple(unknown)
    image = ctx.service.dockerfile.env if ctx.service and ctx.service.dockerfile else ()
    given = {name.upper() for name, _, _ in image}
    settings, unknown = [], []
    for name in sorted(reads, key=lambda name: list(known).index(name) if name in known else len(known)):
        variable = reads[name]
        if variable.secret or name.upper() in given:
            continue
        value = known.get(name) or (_by_convention(ctx, name) if variable.required else None)
        if value is not None:
            settings.append(Setting(name, value))
        elif variable.required:
            unknown.append(name)
    return tuple(settings), tuple(unknown)


def planned_secrets(ctx: PlanContext) -> tuple[str, ...]:
    """The secrets a new block mounts: none for code that reads no secret."""
    reads = _read(ctx)
    return ctx.shape.secrets if not reads or any(variable.secret for variable in reads.values()) else ()


def _missing(ctx: PlanContext, block: ComposeService) -> Iterator[tuple[str, str | None]]:
    """(name, value) of each variable to set; the value is None when nothing says it."""
    given = {entry.name.upper() for entry in block.environment}
    settings, unknown = planned_settings(ctx)
    reads = _read(ctx)
    for setting in settings:
        variable = reads.get(setting.name)
        needed = variable is None or variable.required or variable.default != setting.value
        if needed and not given & {setting.name.upper(), f"{setting.name.upper()}_FILE"}:
            yield setting.name, setting.value
    yield from ((name, None) for name in unknown if name.upper() not in given)


def _read(ctx: PlanContext) -> dict[str, SettingVar]:
    files = ctx.service.python if ctx.service else ()
    return {variable.name: variable for file in files for variable in file.variables if variable.name}


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
    reads = _read(ctx)
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
