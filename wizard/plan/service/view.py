"""The variables that only the templates of the service phase (and the tests of what they make) need."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping

from wizard.plan.service.literals import column_value, field_value, is_filled
from wizard.plan.service.shape import EventModel, Shape
from wizard.plan.words import python_string, quoted, sql_name
from wizard.rules.variables import POSTGRES_SUFFIXES, SERVICE_SUFFIXES
from wizard.values.lean import dataclass
from wizard.values.spec import Table, Variable

_BUILTIN_TYPES = ("str", "int", "float", "bool")
_SHADOWING = frozenset(
    {"copy", "json", "dict", "schema", "validate", "construct", "fields"}
    | {"revision", "shutdown_seconds", "redis_user", "redis_db", "redis_tls", "postgres_role", "postgres_sslmode"}
    | {suffix.lower() for suffix in (*SERVICE_SUFFIXES, *POSTGRES_SUFFIXES)}
)
"""Fields that pydantic's models or the generated `Settings` have already."""


@dataclass(frozen=True, slots=True)
class OwnSetting:
    """A further variable: the field that holds it and the arguments of its `Field`."""

    variable: Variable
    field: str
    arguments: tuple[str, ...]

    @property
    def required(self) -> bool:
        """Tells whether the service does not start without it."""
        return self.variable.default is None


@dataclass(frozen=True, slots=True)
class Case:
    """What the default handler does with one input class: `result(arguments)`; without arguments, the event itself."""

    model: EventModel
    result: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of one table: (column, expression) pairs."""

    table: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RowCase:
    """The rows that a result of one class becomes."""

    model: EventModel
    rows: tuple[TableRow, ...]


def service_variables(shape: Shape) -> dict[str, object]:
    """Returns everything the templates of `service/` and `testing/` ask for beside the shape."""
    source = bool(shape.models_out and not shape.models_in)
    inputs = shape.models_in or (() if source else (EventModel("Event", "", ()),))
    results = shape.models_out or inputs
    every = tuple(dict.fromkeys((*inputs, *results)))
    channels = bool(shape.models_in or shape.models_out)
    rows = _needed(row_cases(shape)) if channels else ()
    cases = _cases(inputs, results[0], shape) if inputs else ()
    letters = bool(shape.tables and channels) or bool(shape.streams and shape.models_in)
    used = {c.model.name for c in cases[:-1]} | {c.result for c in cases if c.arguments}
    return {
        "source": source,
        "channels": channels,
        "reads_secrets": bool(channels and shape.redis_secret) or bool(shape.tables and shape.postgres_secret),
        "models": every,
        "bus_names": bus_names(shape),
        "delivery_names": _delivery_names(shape),
        "delivers": delivers(shape),
        "letters": letters,
        "keeps": bool(shape.streams and shape.models_in),
        "handler_type": f"Callable[[{'' if source else 'InputEvent'}], OutputEvent | None]",
        "inputs": tuple(m.name for m in inputs),
        "outputs": tuple(m.name for m in results),
        "input_models": inputs,
        "result_models": results,
        "channels_in": tuple(quoted(m.channel) for m in shape.models_in),
        "channels_out": tuple(quoted(m.channel) for m in shape.models_out),
        "builtin_names": tuple(sorted({f.name for m in every for f in m.fields} & set(_BUILTIN_TYPES))),
        "own_settings": tuple(own_setting(v, shape) for v in shape.variables if _is_own(v, shape)),
        "cases": cases,
        "logic_names": tuple(sorted({*used, "OutputEvent", *(["InputEvent"] if inputs else [])}, key=import_order)),
        "rows": rows,
        "table_names": tuple(python_string(sql_name(table.name)) for table in shape.tables),
        "store_imports": _store_imports(rows),
        "store_models": tuple(sorted({"OutputEvent", *(c.model.name for c in rows[:-1])}, key=import_order)),
    }


def own_setting(variable: Variable, shape: Shape) -> OwnSetting:
    """Returns the field of `Settings` for one further variable."""
    field = variable.name.lower().removeprefix(shape.env_prefix.lower()).lstrip("_") or variable.name.lower()
    if field in _SHADOWING or field[0].isdigit() or field.startswith(("model_", "settings_")):
        field = "own_" + field
    if keyword.iskeyword(field):
        field += "_"
    default = () if variable.default is None else (f"default={quoted(variable.default)}",)
    return OwnSetting(variable, field, (*default, f"validation_alias={quoted(variable.name)}"))


def _is_own(variable: Variable, shape: Shape) -> bool:
    taken = SERVICE_SUFFIXES + (POSTGRES_SUFFIXES if shape.tables else ())
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


def row_cases(shape: Shape) -> tuple[RowCase, ...]:
    """Returns the rows of each class of results; none for a service without tables or channels."""
    results = shape.models_out or shape.models_in
    takers = {table.name: _takers(table, results) for table in shape.tables}
    return tuple(
        RowCase(model, tuple(_table_row(table, model) for table in _tables_of(model, shape, takers)))
        for model in (results if shape.tables else ())
    )


def _tables_of(model: EventModel, shape: Shape, takers: Mapping[str, tuple[EventModel, ...]]) -> tuple[Table, ...]:
    """The tables that take results of this class; all, when none of them is plainly for it: no result goes unstored."""
    return tuple(table for table in shape.tables if model in takers[table.name]) or shape.tables


def _takers(table: Table, results: tuple[EventModel, ...]) -> tuple[EventModel, ...]:
    """The classes whose results belong into a table: those of the channel it is named like, else those that have a
    value for each of its columns, so that none is made up; else all."""
    named = tuple(model for model in results if _bare(model.channel) == _bare(table.name))
    return named or tuple(model for model in results if _fills(model, table)) or results


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower())


def _fills(model: EventModel, table: Table) -> bool:
    return all(column.nullable or is_filled(column, model.fields) for column in table.columns)


def _table_row(table: Table, model: EventModel) -> TableRow:
    return TableRow(table.name, tuple((column.name, column_value(column, model.fields)) for column in table.columns))


def _needed(cases: tuple[RowCase, ...]) -> tuple[RowCase, ...]:
    """The cases that differ from the last one, which stands for all others, and that one."""
    return (*(case for case in cases[:-1] if case.rows != cases[-1].rows), *cases[-1:])


def bus_names(shape: Shape) -> tuple[str, ...]:
    """Returns what the message loop imports from `models`: nothing for what the service does not do."""
    names = {"OUTPUT_TYPES", "OutputEvent"}
    if shape.models_in:
        names |= {"INPUT_CHANNELS", "BadMessageError", "InputEvent", "parse"}
        names |= {"FIELD"} if shape.streams else set()
    return tuple(sorted(names, key=import_order))


def delivers(shape: Shape) -> bool:
    """Returns True when something follows from a message: a row, a result, or a letter about one that is of no use."""
    channels = bool(shape.models_in or shape.models_out)
    return channels and bool(shape.models_out or shape.tables or shape.streams)


def _delivery_names(shape: Shape) -> tuple[str, ...]:
    """Returns what the outbox imports from `models`."""
    names = {"OutputEvent"} if shape.models_out or shape.tables else set()
    if shape.models_out:
        names |= {"channel_of", "dump"} | ({"FIELD"} if shape.streams else set())
    if shape.tables:
        names |= {"dump"}
    return tuple(sorted(names, key=import_order))


def _store_imports(rows: tuple[RowCase, ...]) -> frozenset[str]:
    text = " ".join(value for case in rows for row in case.rows for _, value in row.pairs)
    return frozenset(name for name in ("Jsonb", "asdict", "uuid5") if name + "(" in text)


def import_order(name: str) -> tuple[int, str]:
    """Returns the key by which isort orders imported names: constants, classes, then the rest, each without case."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name.lower()
