"""Item 1.5: the settings the code reads."""

from __future__ import annotations

from wizard.audit.context import Context, listed, unread
from wizard.audit.environment import is_given, planned, told_by_example
from wizard.audit.set_variables import drafted_variables
from wizard.rules.secrets import has_credentials
from wizard.rules.text import plural
from wizard.rules.variables import is_platform
from wizard.values.facts.code import SettingVar
from wizard.values.finding import Finding
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

_FROM_2 = lazy_pattern(r"(?:==|>=|~=|>)\s*(?:[2-9]|\d\d)")
"""A version specifier that leaves only pydantic 2 and later."""


def config_env(ctx: Context) -> Finding:
    """Judges item 1.5: every variable the code needs has a default or is given, no secret has a default."""
    file = ctx.service.module("config.py") if ctx.service else None
    if file and file.problems:
        return ctx.unparsed(file.problems[0])
    old = _of_pydantic_1(ctx)
    if old is not None:
        return old
    if not ctx.code.variables:
        return _nothing_read(ctx, file is not None)
    leaked = [v for v in ctx.code.variables if v.default and (v.secret or has_credentials(v.default))]
    if leaked:
        return ctx.broken(f"a secret has a default value: {_names(leaked)}", *_lines(leaked))
    lost = _lost(ctx)
    if lost and ctx.compose and ctx.compose.unread_env:
        words = f"{_names(lost)}: perhaps set in an env file that is not here"
        return ctx.unknown(words, *_lines(lost), *ctx.compose.unread_env[:2])
    if lost:
        return _judge_lost(ctx, lost)
    example = told_by_example(ctx)
    if example:
        names = listed([entry.name for entry in example])
        return ctx.unknown(f"only an example sets {names}: the env file is not here", *(e.source for e in example[:4]))
    count = plural(len({v.name for v in ctx.code.variables}), "variable")
    where = sorted({v.source.path for v in ctx.code.variables})
    if file and file.path in where:
        return ctx.met(f"{count} read, each with a default or a value", *_lines(_from(ctx, file.path)))
    note = f"{count} read in {listed([p.rsplit('/', 1)[-1] for p in where])}; the document asks for config.py"
    return ctx.met(note, *_lines(list(ctx.code.variables)))


def _of_pydantic_1(ctx: Context) -> Finding | None:
    """The finding for code that pydantic 2 stops at its imports; None without it, or where pydantic 1 may be meant."""
    removed = [fact for file in ctx.code.files for fact in file.removed]
    required = ctx.service.requirements.requirements if ctx.service and ctx.service.requirements else ()
    pin = next((r for r in required if r.name == "pydantic" and _FROM_2.search(r.specifier)), None)
    if not removed or pin is None:
        return None
    where = "pydantic_settings" if removed[0].value.endswith("BaseSettings") else "what the migration guide names"
    words = f"{removed[0].value} is not in pydantic 2: the service dies while it is imported"
    return ctx.broken(words, removed[0].source, pin.source, hint=f"Import it from {where}, and require that.")


def _nothing_read(ctx: Context, has_config: bool) -> Finding:
    if ctx.code.problems:
        problem = ctx.code.problems[0]
        return ctx.unknown(f"cannot be told: {problem.message}", problem.source, hint=unread(problem.message))
    if has_config:
        return ctx.unmet("config.py reads no environment variable", ctx.own("config.py"))
    hint = f"Read in config.py what differs from place to place (`stack-wizard explain {ctx.item.id}`), or waive it."
    words, at = "there is no config.py and nothing reads the environment", ctx.own("config.py")
    return ctx.unmet(words, at, hint=hint) if ctx.code.files else ctx.no_code(words, at, hint)


def _from(ctx: Context, path: str) -> list[SettingVar]:
    return [v for v in ctx.code.variables if v.source.path == path]


def _lost(ctx: Context) -> list[SettingVar]:
    """Required variables that nothing sets and whose value nobody knows; secrets are compose's matter (3.2)."""
    env = ctx.env
    return [
        v
        for v in ctx.code.variables
        if v.required
        and v.name
        and not v.secret
        and not is_given(ctx, v)
        and f"{v.name.upper()}_FILE" not in env
        and not is_platform(v.name)
        and not planned(ctx, v)
    ]


def _judge_lost(ctx: Context, lost: list[SettingVar]) -> Finding:
    draft = drafted_variables(ctx.service)
    if all(v.name.upper() in draft for v in lost):
        lines = tuple(draft[v.name.upper()].source for v in lost[:3])
        return ctx.unmet(f"set only in a commented-out block: {_names(lost)}", *_lines(lost), *lines)
    fatal = "; the service dies while it is imported" if any(v.at_import for v in lost) else ""
    looked = (
        (Source(ctx.compose.declared[-1].path, ctx.compose.declared[-1].line),)
        if ctx.compose
        else (Source(ctx.edit_file),)
    )
    return ctx.broken(f"required, but nobody sets: {_names(lost)}{fatal}", *_lines(lost), *looked)


def _names(variables: list[SettingVar]) -> str:
    return listed(list(dict.fromkeys(v.name for v in variables)))


def _lines(variables: list[SettingVar]) -> tuple[Source, ...]:
    return tuple(v.source for v in variables[:4])
