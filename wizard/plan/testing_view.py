"""The variables that the templates of `testing/` need beside those of the service phase."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from wizard.plan.context import PlanContext
from wizard.plan.docs_view import is_by_hand
from wizard.plan.hints import compared_words
from wizard.plan.literals import sample
from wizard.plan.modules import is_wired, routes_of_entry, variables_read
from wizard.plan.probes import health_path
from wizard.plan.service_view import service_variables
from wizard.plan.shape import EventModel, Setting
from wizard.plan.words import quoted
from wizard.values.lean import dataclass
from wizard.values.spec import EventField

TIME = '"2026-01-01T00:00:00+00:00"'
# what a variable's name ends in -> the expression in the process test
_SERVERS = (
    (r"(REDIS|VALKEY)\w*_HOST\Z", 'REDIS.hostname or ""'),
    (r"(REDIS|VALKEY)\w*_PORT\Z", "str(REDIS.port or 6379)"),
    (r"(REDIS|VALKEY)\w*_URL\Z", "REDIS.geturl()"),
    (r"(REDIS|VALKEY)\w*_PASSWORD\Z", 'unquote(REDIS.password or "")'),
    (r"(POSTGRES|PG|DB)\w*_?HOST\Z", 'POSTGRES.hostname or ""'),
    (r"(POSTGRES|PG|DB)\w*_?PORT\Z", "str(POSTGRES.port or 5432)"),
    (r"(POSTGRES|PG|DB)\w*_?USER\Z", 'unquote(POSTGRES.username or "")'),
    (r"(POSTGRES|PG|DB)\w*_?(DB|DATABASE|NAME)\Z", 'POSTGRES.path.lstrip("/")'),
    (r"(POSTGRES|PG|DB)\w*_?PASSWORD\Z", 'unquote(POSTGRES.password or "")'),
    (r"(POSTGRES|DATABASE)\w*_(URL|DSN)\Z", "POSTGRES.geturl()"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """An event for a test: its class and (field, literal) pairs without `id` and `time`."""

    model: EventModel
    pairs: tuple[tuple[str, str], ...]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments that make the event."""
        return ('id="a-1"', f"time={TIME}", *(f"{name}={value}" for name, value in self.pairs))


def sample_of(model: EventModel, words: Mapping[str, str]) -> Sample:
    """A sample with one plain value a field; a text that the code compares a field with is taken for it."""
    return Sample(model, tuple((field.name, _literal(field, words)) for field in model.fields))


def testing_variables(ctx: PlanContext) -> dict[str, object]:
    """Everything the test templates ask for. `up`: how many folders a test file is below the stack's root."""
    shape = ctx.shape
    routes = routes_of_entry(ctx)
    words = compared_words(text for path, text in sorted(ctx.facts.texts.items()) if _is_own(ctx, path))
    inputs = shape.models_in or (EventModel("Event", "", ()),)
    samples = tuple(sample_of(model, words) for model in inputs)
    module, in_folder = _module(ctx)
    by_hand = is_by_hand(ctx)
    both_ways = bool(shape.models_in and shape.models_out)
    return {
        **service_variables(shape),
        "samples": samples,
        "logic_test_names": tuple(sorted(model.name for model in inputs)),
        "bus_test_names": ("OUTPUT_CHANNELS",) * both_ways + ("InputEvent", "OutputEvent"),
        "result_sample": sample_of((shape.models_out or inputs)[0], words),
        "required_names": tuple(v.name for v in shape.variables if v.default is None),
        "secret_fields": tuple(_secret_fields(shape.redis_secret, shape.postgres_secret if shape.tables else "")),
        "wired": is_wired(ctx),
        "has_metrics": "/metrics" in routes,
        "serves_metrics": "/metrics" in routes or is_wired(ctx),
        "test_environment": environment_of(ctx),
        "import_name": module,
        "working_folder": "FOLDER" if in_folder else "FOLDER.parent",
        "import_root": _import_root(ctx),
        "by_hand": by_hand,
        "health_path": health_path(ctx),
        **(dict.fromkeys(("models_in", "models_out", "tables"), ()) if by_hand else {}),
        "port_variable": _port_variable(ctx),
        "server_variables": _server_variables(ctx),
    }


def _module(ctx: PlanContext) -> tuple[str, bool]:
    """(the name by which the entry is imported, True when that is from inside the service's folder)."""
    entry = ctx.service.entry if ctx.service else ""
    inside = posixpath.relpath(entry, ctx.folder).removesuffix(".py") if entry else ""
    if ctx.shape.dot and "/" not in inside:
        return f"{posixpath.basename(ctx.folder)}.{inside}", False
    return inside.replace("/", "."), True


def _import_root(ctx: PlanContext) -> str | None:
    """The folder that code of other folders is imported from: the build context, as the image has it at its working
    folder; None for code that needs nothing from outside its folder."""
    file = ctx.service.dockerfile if ctx.service else None
    if not is_by_hand(ctx) or file is None or file.context is None:
        return None
    return file.context if file.context != ctx.folder else None


def environment_of(ctx: PlanContext) -> tuple[Setting, ...]:
    """What compose sets for the service today, else what it will set, and stand-ins for what nobody sets."""
    block = ctx.service.compose if ctx.service else None
    if block is None or not block.environment:
        found = ctx.shape.environment
    else:
        found = tuple(Setting(entry.name, entry.value or "") for entry in block.environment)
    return (*(s for s in found if s.value), *_stand_ins(ctx, {setting.name for setting in found if setting.value}))


def _stand_ins(ctx: PlanContext, given: set[str]) -> list[Setting]:
    """A value for each variable that the code requires and only the engineer knows: the tests are about the rest."""
    if not is_by_hand(ctx) and not is_wired(ctx):
        return []
    required = [v for v in variables_read(ctx) if v.required and v.name not in given and not v.secret]
    return [Setting(v.name, "{}" if "JSON" in v.name.upper() else "1") for v in required]


def _server_variables(ctx: PlanContext) -> tuple[tuple[str, str], ...]:
    names = [setting.name for setting in environment_of(ctx)] + [variable.name for variable in variables_read(ctx)]
    found = {}
    for name in dict.fromkeys(names):
        expression = next((said for pattern, said in _SERVERS if re.search(pattern, name)), None)
        if expression is not None:
            found[name] = expression
    return tuple(found.items())


def _port_variable(ctx: PlanContext) -> str:
    """The variable that moves the service's port: the one that holds it, else `NAME_PORT`."""
    port = str(ctx.spec.port)
    holding = [variable.name for variable in variables_read(ctx) if variable.default == port]
    return holding[0] if holding else ctx.env_prefix + "PORT"


def _is_own(ctx: PlanContext, path: str) -> bool:
    return path.startswith(ctx.folder + "/") and path.endswith(".py")


def _literal(field: EventField, words: Mapping[str, str]) -> str:
    return quoted(words[field.name]) if field.type == "str" and field.name in words else sample(field.type)


def _secret_fields(redis: str, postgres: str) -> list[str]:
    return [name for name, secret in (("redis_password", redis), ("postgres_password", postgres)) if secret]
