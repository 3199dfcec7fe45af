"""What a person says of a service, from a file or a form, to a spec: the same rules at every door."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from wizard.errors import UsageError
from wizard.session.spec_rules import check_spec, spec_problems
from wizard.session.validate import Parsed, Wrong, check, parse_text, schema_of
from wizard.syntax.yaml_data import Data
from wizard.values.lean import dataclass, replace
from wizard.values.spec import Inferred, ServiceSpec

__all__ = ["Answers", "check_spec", "load_answers", "to_spec"]

# A spec cannot be without these three; an answers file can: the name is in the command, the wizard picks the port,
# the purpose may be read from what is there.
_STAND_INS: dict[Data, Data] = {"name": "unnamed", "purpose": "", "port": 0}
_KNOWN = tuple(field.name for field in fields(ServiceSpec))
_ADVICE = "correct them all, then run the same command again"


@dataclass(frozen=True, slots=True)
class Answers:
    """An answers file that was understood. `given`: the fields of `spec` that it answers; the others are stand-ins."""

    spec: ServiceSpec
    given: tuple[str, ...]
    origin: str = ""


def load_answers(text: str, origin: str) -> Answers:
    """Parses the answers in a YAML or JSON text; `origin` is its path, or how to call it in an error.

    Raises `UsageError` naming at once every unknown key (with the nearest known one), missing key, wrong type and
    impossible name, each with its line.
    """
    parsed = parse_text(text)
    if isinstance(parsed, Wrong):
        raise UsageError(f"the answers are not valid YAML: {parsed}", where=_where(origin, parsed), next_step=_ADVICE)
    given = parsed.value if parsed.value is not None else {}
    if not isinstance(given, dict):
        step = f"write `key: value` lines; the keys are {', '.join(_KNOWN)}"
        raise UsageError("the answers are not a group of keys", where=origin, next_step=step)
    checked = check(ServiceSpec, Parsed({**_STAND_INS, **given}, parsed.root))
    wrong = _together(checked.wrong, _bad_names(checked.value, given.keys(), parsed))
    if checked.value is None or wrong:
        raise _error(wrong, "purpose" in given, origin)
    return Answers(checked.value, tuple(name for name in _KNOWN if name in given), origin)


def answers_schema() -> dict[str, Any]:
    """Returns the schema that `docs/answers.schema.json` holds. No key is required: the name is in the command, the
    wizard picks the port, and the purpose may stand in the code."""
    schema = schema_of(ServiceSpec)
    del schema["required"]
    said = "Answers about a service for `stack-wizard run NAME --answers FILE`; what is left out is read or assumed."
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "stack-wizard answers",
        "description": said,
    }


def to_spec(answers: Answers, inferred: Inferred, name: str = "") -> ServiceSpec:
    """Lays every answer over what the stack says; variables that the code reads stay beside those that are answered.

    `name`: the service the command names, `''` to take the answers'.
    Raises `UsageError`: another name than the command's, no purpose anywhere.
    """
    wanted = name or inferred.spec.name
    if "name" in answers.given and wanted and answers.spec.name != wanted:
        raise UsageError(
            f"the answers are about {answers.spec.name!r}, and the command is about {wanted!r}",
            where=answers.origin,
            next_step="name the same service in both",
        )
    if "purpose" not in answers.given and (not inferred.spec.purpose or "purpose" in inferred.assumed):
        raise UsageError(_NO_PURPOSE, where=answers.origin, next_step="add a line: purpose: what the service is for")
    changed = {field: getattr(answers.spec, field) for field in answers.given}
    if "variables" in changed and inferred.from_code:
        named = {variable.name for variable in answers.spec.variables}
        read = (variable for variable in inferred.spec.variables if variable.name not in named)
        changed["variables"] = (*answers.spec.variables, *read)
    return _of_kind(replace(inferred.spec, **changed), answers)


def _of_kind(spec: ServiceSpec, answers: Answers) -> ServiceSpec:
    """A kind that was answered takes away the channels that only the wizard proposed; channels that were answered stay,
    and make a kind needless that says the same."""
    drops = {"http": ("inputs", "outputs"), "consumes": ("outputs",), "produces": ("inputs",)}
    unasked = [side for side in drops.get(answers.spec.kind, ()) if side not in answers.given]
    if "inputs" in unasked:
        spec = replace(spec, inputs=())
    if "outputs" in unasked:
        spec = replace(spec, outputs=())
    if "kind" not in answers.given and {"inputs", "outputs"} & set(answers.given) and spec.kind != spec.what:
        return replace(spec, kind="")  # what was read of the code; the channels that a person answers are to come
    return replace(spec, kind="") if "kind" in answers.given and spec.what == spec.kind != "http" else spec


_NO_PURPOSE = "the key 'purpose' is missing: one sentence on what the service is for"


def _bad_names(spec: ServiceSpec | None, given: object, parsed: Parsed) -> tuple[Wrong, ...]:
    """What `spec_rules` says of the keys that were given, with their lines."""
    if spec is None:
        return ()
    keys = set(given)  # type: ignore[call-overload]
    problems = (problem for problem in spec_problems(spec) if problem.steps[0] in keys)
    return tuple(Wrong(problem.place, parsed.line(problem.steps), problem.message) for problem in problems)


def _together(wrong: tuple[Wrong, ...], names: tuple[Wrong, ...]) -> tuple[Wrong, ...]:
    """Both, by line; a place that is wrong already is not judged again for what stands in for it."""
    places = [one.place for one in wrong if one.place]
    more = (one for one in names if not any(one.place.startswith(place) for place in places))
    return tuple(sorted((*wrong, *more), key=lambda one: one.line))


def _error(wrong: tuple[Wrong, ...], purpose: bool, origin: str) -> UsageError:
    said = [str(one) for one in wrong] + ([] if purpose else [_NO_PURPOSE])
    return UsageError("; ".join(said), where=_where(origin, wrong[0]), next_step=_ADVICE)


def _where(origin: str, wrong: Wrong) -> str:
    return f"{origin}:{wrong.line}" if origin and wrong.line else origin
