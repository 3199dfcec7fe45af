"""The variables that only the templates of the service phase (and the tests of what they make) need."""

from __future__ import annotations

import keyword

from wizard.plan.literals import column_value, field_value
from wizard.plan.shape import EventModel, Shape
from wizard.plan.words import quoted
from wizard.values.lean import dataclass
from wizard.values.spec import Variable

_BUILTIN_TYPES = ("str", "int", "float", "bool")
_USUAL = ("host", "port", "log_level", "redis_host", "redis_port", "postgres_host", "postgres_port", "postgres_user")
_SHADOWING = frozenset({"copy", "json", "dict", "schema", "validate", "construct", "fields", "postgres_db", *_USUAL})
_OWN_SUFFIXES = ("HOST", "PORT", "LOG_LEVEL", "SECRETS_DIR", "REDIS_HOST", "REDIS_PORT")
_POSTGRES_SUFFIXES = ("POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_DB")


@dataclass(frozen=True, slots=True)
class OwnSetting:
    """A further variable: the field that holds it and the arguments of its `Field`."""

    variable: Variable
    field: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """What the default handler does with one input class: `result(arguments)`; without arguments, the event itself."""

    model: EventModel
    result: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowCase:
    """How a result of one class becomes a row: (column, expression) pairs."""

    model: EventModel
    pairs: tuple[tuple[str, str], ...]


def service_variables(shape: Shape) -> dict[str, object]:
    """Everything the templates of `service/` and `testing/` ask for beside the shape."""
    inputs = shape.models_in or (EventModel("Event", "", ()),)
    results = shape.models_out or inputs
    every = tuple(dict.fromkeys((*inputs, *results)))
    rows = tuple(_row_case(shape, model) for model in results) if shape.tables else ()
    cases = _cases(inputs, results[0], shape)
    used = {c.model.name for c in cases[:-1]} | {c.result for c in cases if c.arguments}
    return {
        "models": every,
        "inputs": tuple(m.name for m in inputs),
        "outputs": tuple(m.name for m in results),
        "input_models": inputs,
        "result_models": results,
        "channels_in": tuple(quoted(m.channel) for m in shape.models_in),
        "channels_out": tuple(quoted(m.channel) for m in shape.models_out),
        "builtin_names": tuple(sorted({f.name for m in every for f in m.fields} & set(_BUILTIN_TYPES))),
        "own_settings": tuple(own_setting(v, shape) for v in shape.variables if _is_own(v, shape)),
        "cases": cases,
        "logic_names": tuple(sorted({*used, "InputEvent", "OutputEvent"}, key=_import_order)),
        "rows": rows,
        "store_imports": _store_imports(rows),
        "store_models": tuple(sorted({"OutputEvent", *(c.model.name for c in rows[:-1])}, key=_import_order)),
    }


def own_setting(variable: Variable, shape: Shape) -> OwnSetting:
    """The field of `Settings` for one further variable."""
    field = variable.name.lower().removeprefix(shape.env_prefix.lower()).lstrip("_") or variable.name.lower()
    if field in _SHADOWING or field[0].isdigit() or field.startswith(("model_", "settings_")):
        field = "own_" + field
    if keyword.iskeyword(field):
        field += "_"
    default = () if variable.default is None else (f"default={quoted(variable.default)}",)
    return OwnSetting(variable, field, (*default, f"validation_alias={quoted(variable.name)}"))


def _is_own(variable: Variable, shape: Shape) -> bool:
    taken = _OWN_SUFFIXES + (_POSTGRES_SUFFIXES if shape.tables else ())
    return variable.name.removeprefix(shape.env_prefix) not in taken or not variable.name.startswith(shape.env_prefix)


def _cases(inputs: tuple[EventModel, ...], result: EventModel, shape: Shape) -> tuple[Case, ...]:
    """One case an input class; inputs that need the same words share the last one."""
    if not shape.models_out:
        return (Case(inputs[-1], inputs[-1].name, ()),)
    cases = [Case(model, result.name, _arguments(model, result)) for model in inputs]
    return (*(case for case in cases[:-1] if case.arguments != cases[-1].arguments), cases[-1])


def _arguments(model: EventModel, result: EventModel) -> tuple[str, ...]:
    if model == result:
        return ()
    pairs = [("id", "event.id"), ("time", "event.time")]
    pairs += [(field.name, field_value(field, model.fields)) for field in result.fields]
    return tuple(f"{name}={value}" for name, value in pairs)


def _row_case(shape: Shape, model: EventModel) -> RowCase:
    columns = shape.tables[0].columns
    return RowCase(model, tuple((column.name, column_value(column, model.fields)) for column in columns))


def _store_imports(rows: tuple[RowCase, ...]) -> frozenset[str]:
    text = " ".join(value for case in rows for _, value in case.pairs)
    return frozenset(name for name in ("Jsonb", "asdict", "uuid5") if name + "(" in text)


def _import_order(name: str) -> tuple[bool, str]:
    """As isort orders names: constants, classes, then the rest."""
    return (not name.isupper(), name)
