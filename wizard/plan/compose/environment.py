"""Item 3.2: the variables and secrets a block lacks, in the form (map or list) and quotes of those that are there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wizard.plan.compose.files import ENVIRONMENT, ComposeEdits, Edit
from wizard.plan.compose.house_style import log_level, value_elsewhere
from wizard.plan.compose.place import block_line, file_of, own_node
from wizard.plan.compose.start import exported_secrets, variables_by_name
from wizard.plan.container.probes import inside
from wizard.plan.context import PlanContext
from wizard.plan.service.modules import is_generated, is_wired, port_variables
from wizard.plan.service.shape import Setting
from wizard.plan.splice.yaml import add_item, add_pair, replace_scalar
from wizard.plan.splice.yaml_style import quote_style, scalar_source
from wizard.rules.secrets import SECRETS_FOLDER, server_of
from wizard.rules.secrets import file_of as secret_of_file
from wizard.rules.variables import server_variable
from wizard.syntax.yaml import Node
from wizard.values.facts.code import SettingVar
from wizard.values.facts.compose import ComposeService, EnvEntry
from wizard.values.lean import replace


def complete_environment(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """Plans the variables the code needs and nothing sets, the service's own port, and the secrets of the servers it
    uses.
    """
    path = file_of(ctx, edits, block, "environment")
    for setting in _missing(ctx, block):
        if isinstance(setting, str):
            refuse_unknown(edits, path, setting, block_line(block, path))
        else:
            add_variable(block, edits, path, setting)
    _own_port(ctx, block, edits)
    for secret in _missing_secrets(ctx, block):
        _add_secret(ctx, block, edits, secret)
        declare_secret(ctx, edits, secret)


def refuse_unknown(edits: ComposeEdits, path: str, name: str, line: int) -> None:
    """Refuses a required variable whose value nothing in the stack says: it is never set to something made up."""
    reason = f"the code requires {name}; its value is known to nobody but you"
    edits.refuse(ENVIRONMENT, path, reason, f"environment:\n  {name}: …\n", line)


def declare_secret(ctx: PlanContext, edits: ComposeEdits, secret: str) -> None:
    """Adds the top-level secret that takes its text from the variable which gives the server its password."""
    variable = dict(ctx.shape.secret_variables).get(secret)
    if variable is None or any(name == secret for name, _, _ in ctx.facts.compose.secrets):
        return
    source = "external: true" if ctx.profile.on_swarm else f"environment: {variable}"
    edit = partial(add_pair, path=("secrets",), key=secret, fragment=source)
    paste = f"secrets:\n  {secret}:\n    {source}\n"
    if ctx.profile.on_swarm:
        edits.notes.append(f"create the secret before the deploy: docker secret create {secret} FILE")
    edits.attempt(ENVIRONMENT, ctx.profile.edit_file, edit, f"declare {secret}", paste=paste)


def add_variable(block: ComposeService, edits: ComposeEdits, path: str, setting: Setting) -> None:
    """Adds one variable, as a further entry or with the key `environment` of its own."""
    name = setting.name
    place = ("services", block.key, "environment")
    node = own_node(edits, path, block.key, "environment")
    held = setting.raw or setting.value.replace("$", "$$")
    edit: Edit
    if node is None:
        source = scalar_source(held, '"')
        edit = partial(add_pair, path=place[:-1], key="environment", fragment=f"{name}: {source}")
    elif node.kind == "sequence":
        edit = partial(add_item, path=place, value=f"{name}={held}")
    else:
        source = scalar_source(held, quote_style([value for _, value in node.pairs]))
        edit = partial(add_pair, path=place, key=name, fragment=source)
    edits.attempt(ENVIRONMENT, path, edit, f"set {name}", paste=f"{name}: {held}\n", line=block_line(block, path))


def planned_settings(ctx: PlanContext) -> tuple[tuple[Setting, ...], tuple[str, ...]]:
    """Returns (what a new block sets, required names whose value nobody knows). Code that is there decides which names
    are read; a variable with a default of its own is set only when the stack's value differs.
    """
    known = {setting.name: setting.value for setting in ctx.shape.environment if setting.value}
    reads = variables_by_name(ctx)
    level = (f"{ctx.env_prefix}LOG_LEVEL", log_level(ctx.facts, ctx.key))
    if not reads and _reads_nothing(ctx):
        return (), ()
    if not reads:
        unknown = [v.name for v in ctx.spec.variables if v.default is None and not v.value]
        made = (Setting(name, value, level[1] if name == level[0] else "") for name, value in known.items())
        return tuple(made), tuple(unknown)
    order = sorted(reads, key=lambda name: list(known).index(name) if name in known else len(known))
    wanted = [name for name in order if not _is_given(ctx, name)]
    settings = {name: _setting(ctx, reads[name], known.get(name)) for name in wanted}
    unknown = [n for n, made in settings.items() if made is None and reads[n].required and not reads[n].secret]
    found = (made for made in settings.values() if made is not None)
    return tuple(replace(s, raw=level[1]) if s.name == level[0] and _is_ours(ctx) else s for s in found), tuple(unknown)


def _is_ours(ctx: PlanContext) -> bool:
    """Tells whether the settings that are read are the wizard's own, which every new service is given in full."""
    return is_generated(ctx) or is_wired(ctx)


def _reads_nothing(ctx: PlanContext) -> bool:
    """Tells whether the service has code that asks its environment nothing: whatever is set there changes nothing."""
    return bool(ctx.service and ctx.service.python) and not _is_ours(ctx)


def _is_given(ctx: PlanContext, name: str) -> bool:
    image = ctx.service.dockerfile.env if ctx.service and ctx.service.dockerfile else ()
    return name.upper() in {variable.upper() for variable, _, _ in image}


def _setting(ctx: PlanContext, variable: SettingVar, known: str | None) -> Setting | None:
    """One variable of a new block; None for what the code's default says, and for what nobody knows."""
    name = variable.name
    if variable.secret:
        raw = _handed(ctx, variable)
        return Setting(name, "", raw) if raw else None
    secret = _secret_file(ctx, name)
    if secret:
        path = f"{SECRETS_FOLDER}/{secret}"
        return Setting(name, path) if variable.default != path else None
    elsewhere = value_elsewhere(ctx.facts, ctx.key, name) if variable.required else ""
    value = known or (_by_convention(ctx, name) if variable.required or _is_lost(ctx, variable) else None)
    if not _is_ours(ctx) and not variable.required and value == variable.default and not _is_port(ctx, variable):
        return None
    if "$" in elsewhere:
        return Setting(name, value or "", elsewhere)
    return Setting(name, value or elsewhere) if value or elsewhere else None


def _is_lost(ctx: PlanContext, variable: SettingVar) -> bool:
    """True for a server's host whose default in the code is no service of the stack."""
    default = variable.default or ""
    found = server_variable(variable.name)
    is_servers = found is not None and found.part == "host"
    return is_servers and default != "localhost" and "." not in default and ctx.facts.compose.service(default) is None


def _handed(ctx: PlanContext, variable: SettingVar) -> str:
    """The text that hands a secret over by a variable, as the stack does it; '' where it comes as a file."""
    if variable.secrets_dir or variable.name in exported_secrets(ctx):
        return ""
    elsewhere = value_elsewhere(ctx.facts, ctx.key, variable.name)
    if "$" in elsewhere:
        return elsewhere
    server = server_of(variable.name)
    asked = ctx.facts.credential(server) if server else None
    return f"${{{asked.name}}}" if asked is not None and asked.kind in ("variable", "env_file") else ""


def _secret_file(ctx: PlanContext, name: str) -> str:
    """The Compose secret whose file a variable like `REDIS_PASSWORD_FILE` names."""
    server = server_of(secret_of_file(name) or "")
    return ctx.facts.secret_of(server) if server else ""


def _is_port(ctx: PlanContext, variable: SettingVar) -> bool:
    return variable.name in {own.name for own in port_variables(ctx)}


def planned_secrets(ctx: PlanContext) -> tuple[str, ...]:
    """Returns the secrets a new block mounts: none for code that reads no secret."""
    reads = variables_by_name(ctx)
    exports = exported_secrets(ctx)
    if exports:
        return tuple(dict.fromkeys(exports.values()))
    if not reads and _reads_nothing(ctx):
        return ()
    if not reads or any(variable.secret and not _handed(ctx, variable) for variable in reads.values()):
        return ctx.shape.secrets
    return tuple(dict.fromkeys(secret for name in reads if (secret := _secret_file(ctx, name))))


def _missing(ctx: PlanContext, block: ComposeService) -> Iterator[Setting | str]:
    """Each variable to set; the bare name of one whose value nothing says."""
    given = {entry.name.upper() for entry in block.environment}
    settings, unknown = planned_settings(ctx)
    reads = variables_by_name(ctx)
    for setting in settings:
        variable = reads.get(setting.name)
        needed = variable is None or variable.required or variable.default != setting.value
        if needed and not given & {setting.name.upper(), f"{setting.name.upper()}_FILE"}:
            yield setting
    yield from (name for name in unknown if name.upper() not in given)


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
    """The service's own port variable that says another port than the spec: its value is replaced where it stands.
    One beside another that is right holds a further port and stays."""
    names = {variable.name.upper() for variable in port_variables(ctx)} | {f"{ctx.env_prefix}PORT"}
    said = [e for e in block.environment if e.name.upper() in names and (e.value or "").isdigit()]
    port = str(inside(ctx))
    if any(entry.value == port for entry in said):
        return
    entry = next((e for e in said if not e.file), None)
    if entry is None:
        return
    name = entry.name
    edit = _replacing(edits, block, entry, port)
    paste = f'{name}: "{port}"\n'
    if edit is None:
        edits.refuse(
            ENVIRONMENT,
            entry.source.path,
            f"{name} is set to {entry.value} in a place of its own",
            paste,
            entry.source.line,
        )
    else:
        edits.attempt(
            ENVIRONMENT,
            entry.source.path,
            edit,
            f"set {name} to {port}",
            paste=paste,
            line=entry.source.line,
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
    edits.attempt(
        ENVIRONMENT,
        path,
        edit,
        f"mount {secret}",
        paste=f"secrets:\n  - {secret}\n",
        line=block_line(block, path),
    )
