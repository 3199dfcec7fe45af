"""What a wrong answer was probably meant to be: every door offers it, and one key takes it."""

from __future__ import annotations

import difflib
import re
from typing import Any

from wizard.audit.ports import choose_port
from wizard.pipeline.answer_form import COLUMN_TYPES, DELIVERIES, FIELD_TYPES, KINDS, AnswerForm, member_text, members
from wizard.pipeline.asking.questions import Place
from wizard.pipeline.guided import Answered, answered
from wizard.rules.names import snake
from wizard.values.facts.stack import StackFacts
from wizard.values.lean import replace
from wizard.values.spec import Inferred

_CLOSE = 0.5
"""How much two words must have in common (difflib's ratio) before the one is offered for the other."""


_MEANT = {
    "string": ("str",),
    "varchar": ("str",),
    "char": ("str",),
    "number": ("float",),
    "double": ("float",),
    "real": ("float",),
    "decimal": ("numeric", "float"),
    "date": ("timestamptz", "str"),
    "datetime": ("timestamptz", "str"),
    "timestamp": ("timestamptz", "str"),
    "json": ("jsonb", "str"),
    "uuid": ("uuid", "str"),
}
"""Words of other languages for a type; the first that the list knows is offered."""


def correction(facts: StackFacts, inferred: Inferred, form: AnswerForm, place: Place, *, new: bool) -> str:
    """Returns what the answer at `place` may be instead, '' when nothing better is known.

    What is offered can be taken: it has been judged as an answer of its own.
    """
    text, offered = answer_at(form, place), _offer(facts, form, place)
    if not offered or offered == text:
        return ""
    judged: Answered = answered(facts, inferred, with_answer(form, place, offered), new=new)
    return "" if judged.problem(*place) else offered


def answer_at(form: AnswerForm, place: Place) -> str:
    """Returns the text of one answer; '' where there is none."""
    value = getattr(form, str(place[0]))
    if len(place) == 1:
        return value if isinstance(value, str) else ""
    rows = value if isinstance(value, tuple) else ()
    return getattr(rows[int(place[1])], _part(place)) if int(place[1]) < len(rows) else ""


def with_answer(form: AnswerForm, place: Place, text: str) -> AnswerForm:
    """Returns the answers with another text at `place`."""
    changed: dict[str, Any] = {str(place[0]): text}
    if len(place) > 1:
        rows = list(getattr(form, str(place[0])))
        rows[int(place[1])] = replace(rows[int(place[1])], **{_part(place): text})
        changed = {str(place[0]): tuple(rows)}
    return replace(form, **changed)


def _part(place: Place) -> str:
    return "members" if place[2] in ("fields", "columns") else str(place[2])


def _offer(facts: StackFacts, form: AnswerForm, place: Place) -> str:
    text, field = answer_at(form, place).strip(), str(place[0])
    if field == "port":
        return str(choose_port(facts, form.name.strip()) or "")
    if not text:
        return ""
    if field in ("name", "handler"):
        return snake(text)
    if field == "kind":
        return _nearest(text, tuple(KINDS))
    if field == "delivery":
        return _nearest(text, tuple(DELIVERIES))
    if field == "talks_to":
        known = tuple(service.name for service in facts.services if service.name != form.name)
        return ", ".join(_nearest(part.strip(), known) or part.strip() for part in text.split(","))
    part = place[-1]
    if part in ("fields", "columns"):
        return _members(text, FIELD_TYPES if part == "fields" else COLUMN_TYPES)
    if part == "name":
        return {"variables": _variable, "tables": snake}.get(field, _channel)(text)
    return ""


def _members(text: str, types: tuple[str, ...]) -> str:
    """Returns a list of fields or columns with the nearest names and types."""
    return ", ".join(member_text(*_member(name, kind, types), note).rstrip() for name, kind, note in members(text))


def _member(name: str, kind: str, types: tuple[str, ...]) -> tuple[str, str]:
    asks = "?" if (kind or name).endswith("?") else ""
    plain = kind.removesuffix("?").strip()
    other = next((word for word in _MEANT.get(plain.lower(), ()) if word in types), "")
    known = plain if not plain or plain in types else other or _nearest(plain, types) or plain
    return snake(name) or name, f"{known}{asks}" if known else asks and f"str{asks}"


def _nearest(word: str, known: tuple[str, ...]) -> str:
    return next(iter(difflib.get_close_matches(word.lower(), known, 1, _CLOSE)), "")


def _channel(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.:\-]+", "_", text).strip("_.:-")


def _variable(text: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_").lstrip("0123456789_")
