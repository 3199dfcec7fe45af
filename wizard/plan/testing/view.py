"""The variables that the templates of `testing/` need beside those of the service phase."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from wizard.plan.container.probes import health_path, inside
from wizard.plan.context import PlanContext
from wizard.plan.docs.view import is_by_hand
from wizard.plan.hints import compared_words
from wizard.plan.service.development_server import serves
from wizard.plan.service.literals import sample
from wizard.plan.service.modules import defined, is_wired, port_variables, routes_of_entry
from wizard.plan.service.shape import EventModel, Shape
from wizard.plan.service.view import RowCase, import_order, row_cases, service_variables
from wizard.plan.testing.environment import environment_of, fixed_hosts, server_variables
from wizard.plan.words import python_string, quoted, sql_name
from wizard.values.lean import dataclass
from wizard.values.spec import EventField

TIME = '"2026-01-01T00:00:00+00:00"'


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
    """Returns a sample with one plain value a field; a text that the code compares a field with is taken for it."""
    return Sample(model, tuple((field.name, _literal(field, words)) for field in model.fields))


def testing_variables(ctx: PlanContext) -> dict[str, object]:
    """Returns everything the test templates ask for. `up`: how many folders a test file is below the stack's root."""
    shape = ctx.shape
    routes = routes_of_entry(ctx)
    words = compared_words(text for path, text in sorted(ctx.facts.texts.items()) if _is_own(ctx, path))
    source = bool(shape.models_out and not shape.models_in)
    inputs = shape.models_in or (() if source else (EventModel("Event", "", ()),))
    samples = tuple(sample_of(model, words) for model in inputs)
    module, in_folder = _module(ctx)
    server = server_words(ctx)
    by_hand = is_by_hand(ctx)
    both_ways = bool(shape.models_in and shape.models_out)
    return {
        **service_variables(shape),
        "samples": samples,
        "logic_test_names": tuple(sorted((model.name for model in inputs), key=import_order)),
        "bus_test_names": ("OUTPUT_CHANNELS",) * both_ways + ("InputEvent",) * bool(inputs) + ("OutputEvent",),
        "result_sample": sample_of((shape.models_out or inputs)[0], words),
        "stored": tuple((sample_of(case.model, words), _sql_names(case)) for case in row_cases(shape)),
        "probe_table": _sql_names(row_cases(shape)[0])[0] if row_cases(shape) else "",
        "result_samples": tuple(sample_of(model, words) for model in shape.models_out),
        "unit_bus_names": _unit_bus_names(shape, (shape.models_out or inputs)[0].name),
        "integration_stream_names": (
            "FIELD",
            "INPUT_CHANNELS",
            *["OUTPUT_CHANNELS"] * bool(shape.models_out),
            "InputEvent",
            "OutputEvent",
        ),
        "unit_stream_names": ("FIELD", "INPUT_CHANNELS", *_unit_bus_names(shape, (shape.models_out or inputs)[0].name)),
        "unit_delivery_names": _unit_delivery_names(shape, (shape.models_out or inputs)[0].name),
        "unit_store_names": tuple(sorted({case.model.name for case in row_cases(shape)}, key=import_order)),
        "models_test_names": _models_test_names(shape),
        "required_names": tuple(v.name for v in shape.variables if v.default is None),
        "secret_fields": tuple(_secret_fields(shape.redis_secret, shape.postgres_secret if shape.tables else "")),
        "wired": is_wired(ctx),
        "serves": "serve" in defined(ctx, "wiring"),
        "serves_given": serves(ctx.text(ctx.service.entry) or "") == "given" if ctx.service else False,
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
        "server_variables": server_variables(ctx),
        "fixed_hosts": fixed_hosts(ctx) if by_hand else (),
        "fixed_port": _fixed_port(ctx, server) if by_hand else 0,
        "server_words": tuple(_with_port(ctx, word) for word in server),
        "server_folder": ctx.service.program.folder if server and ctx.service and ctx.service.program else "",
    }


def _fixed_port(ctx: PlanContext, server: tuple[str, ...]) -> int:
    """The port that a test has to take, since nothing moves it; 0 where a variable or a word of the start does."""
    if server:
        return 0 if any("port" in _with_port(ctx, word) for word in server) else inside(ctx)
    return 0 if port_variables(ctx) else inside(ctx)


def _with_port(ctx: PlanContext, word: str) -> str:
    """A word of the start as Python's text, with the test's port in the place of the container's."""
    said = ctx.service.listens.value if ctx.service and ctx.service.listens else 0
    head, match = word.removesuffix(str(said)), word.endswith(str(said))
    if not match or set(head) & set('{}"\\') or (head and not head.endswith((":", "="))):
        return quoted(word)
    return f'f"{head}{{port}}"' if head else "str(port)"


def server_words(ctx: PlanContext) -> tuple[str, ...]:
    """Returns what starts the service's server after `python`, on loopback and without a reloader; () where its entry
    is a program itself, or a variable or the server's own settings say the port."""
    service = ctx.service
    if service is None or service.program is None or service.listens is None or service.listens_by:
        return ()
    words = [word.replace("0.0.0.0", "127.0.0.1") for word in service.program.words if word != "--reload"]  # noqa: S104
    if words[:1] != ["-m"] or any("$" in word for word in words):
        return ()
    port = service.listens.value
    if words[1] in _PORT_OPTION and not any(word.endswith(str(port)) for word in words):
        words.append(_PORT_OPTION[words[1]].format(port))
    return tuple(words)


_PORT_OPTION = {
    "uvicorn": "--port={}",
    "flask": "--port={}",
    "fastapi": "--port={}",
    "gunicorn": "--bind=127.0.0.1:{}",
    "hypercorn": "--bind=127.0.0.1:{}",
}
"""What moves a server from the port that it takes by itself."""


def _sql_names(case: RowCase) -> tuple[str, ...]:
    """Returns the tables that a result goes into, as Python's text of their names in SQL."""
    return tuple(python_string(sql_name(row.table)) for row in case.rows)


def _models_test_names(shape: Shape) -> tuple[str, ...]:
    """Returns what the unit test of the models imports, in isort's order."""
    names = {"INPUT_CHANNELS", "BadMessageError", "parse"} if shape.models_in else set()
    if shape.models_out:
        names |= {"OUTPUT_CHANNELS", "OutputEvent", "channel_of", "dump", *(model.name for model in shape.models_out)}
    return tuple(sorted(names, key=import_order))


def _unit_bus_names(shape: Shape, result: str) -> tuple[str, ...]:
    """Returns what the unit test of the message loop imports from the models, in isort's order."""
    source = bool(shape.models_out and not shape.models_in)
    classes = {result, "OutputEvent"} | (set() if source else {"InputEvent"})
    return (*sorted(classes, key=import_order), *["channel_of", "dump"] * bool(shape.models_out))


def _unit_delivery_names(shape: Shape, result: str) -> tuple[str, ...]:
    """Returns what the unit test of the outbox imports from the models, in isort's order."""
    if not shape.models_out and not shape.tables:
        return ()
    classes = {result} | ({"OutputEvent"} if shape.tables else set())
    constants = ["FIELD"] * bool(shape.streams and shape.models_out)
    return (*constants, *sorted(classes, key=import_order), *["channel_of"] * bool(shape.models_out), "dump")


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


def _port_variable(ctx: PlanContext) -> str:
    """The variable that moves the service's port: the one that holds it, else `NAME_PORT`."""
    own = sorted(port_variables(ctx), key=lambda variable: variable.default != str(ctx.spec.port))
    return own[0].name if own else ctx.env_prefix + "PORT"


def _is_own(ctx: PlanContext, path: str) -> bool:
    return path.startswith(ctx.folder + "/") and path.endswith(".py")


def _literal(field: EventField, words: Mapping[str, str]) -> str:
    return quoted(words[field.name]) if field.type == "str" and field.name in words else sample(field.type)


def _secret_fields(redis: str, postgres: str) -> list[str]:
    return [name for name, secret in (("redis_password", redis), ("postgres_password", postgres)) if secret]
