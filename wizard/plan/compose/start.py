"""A start of the container that hands secret files to code which reads them from its environment."""

from __future__ import annotations

import json
import shlex

from wizard.plan.compose.house_style import exported
from wizard.plan.context import PlanContext
from wizard.values.facts.code import SettingVar


def variables_by_name(ctx: PlanContext) -> dict[str, SettingVar]:
    """Returns the variables that the service's code reads."""
    files = ctx.service.code if ctx.service else ()
    return {variable.name: variable for file in files for variable in file.variables if variable.name}


def exported_secrets(ctx: PlanContext) -> dict[str, str]:
    """Returns variable -> compose secret for those the code takes from its environment and other services' entrypoints
    export from files; none when nothing tells how the container starts.
    """
    known = exported(ctx.facts, ctx.key)
    reads = variables_by_name(ctx)
    names = [name for name, variable in reads.items() if variable.secret and not variable.secrets_dir]
    return {name: known[name] for name in names if name in known} if _command(ctx) else {}


def entrypoint(ctx: PlanContext) -> str:
    """Returns the `entrypoint` of a new block as a YAML flow list, '' when it needs none."""
    secrets = exported_secrets(ctx)
    if not secrets:
        return ""
    exports = [f"export {name}=$$(cat /run/secrets/{secret})" for name, secret in secrets.items()]
    return json.dumps(["sh", "-c", " && ".join([*exports, f"exec {_command(ctx)}"])], ensure_ascii=False)


def _command(ctx: PlanContext) -> str:
    """What the image starts, as a shell line; '' when that is not in its file."""
    file = ctx.service.dockerfile if ctx.service else None
    if file is None:
        return ""
    parts = [fact.value for fact in (file.entrypoint, file.command) if fact is not None]
    if file.shell_form:
        return parts[-1][0].removeprefix("exec ").replace("$", "$$") if len(parts) == 1 else ""
    return shlex.join(word for words in parts for word in words).replace("$", "$$")
