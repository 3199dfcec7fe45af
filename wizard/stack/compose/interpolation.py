"""Variables in Compose files: `${VAR}` interpolation, as compose-go does it, in linear time.

Rules: https://docs.docker.com/reference/compose-file/interpolation/. Only the stack's own `.env` is consulted, never
the shell of the person who runs the wizard, so that everybody reads the same facts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.values.pattern import lazy_pattern

_NAME = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_OPERATOR = lazy_pattern(r":?[-+?]")
DEEPEST = 50
"""Defaults within defaults: nobody writes more than three; each level costs a Python frame."""
SHOWN = 60


def interpolate(text: str, env: Mapping[str, str]) -> str:
    """Replaces the variables of a text.

    `${VAR}` and `$VAR` unset give nothing, `:-` `-` the default, `:+` `+` the alternative, `:?` `?` nothing (Compose
    would refuse to start, which is not a fault of the file). `$$` is a dollar sign. Malformed expressions stay.
    """
    return _Expansion(text, env).value if "$" in text else text


def malformed(text: str, env: Mapping[str, str]) -> str:
    """Returns the first expression for which Compose refuses the file, shortened; '' when all are well formed.

    As in Compose, the default of a variable that is set is not looked at.
    """
    return _Expansion(text, env).wrong if "${" in text else ""


def unset(text: str, env: Mapping[str, str]) -> str:
    """Returns the first variable that a text needs and that has neither a value nor a default; '' without one."""
    return _Expansion(text, env).unset if "$" in text else ""


class _Expansion:
    """One text expanded. `value`: the result; `wrong`: the first malformed expression; `unset`: the first variable
    without a value."""

    def __init__(self, text: str, env: Mapping[str, str]) -> None:
        self.text = text
        self.env = env
        self.wrong = ""
        self.unset = ""
        self._ends = _braces(text)
        self.value = self._expanded(0, len(text), DEEPEST)

    def _expanded(self, start: int, end: int, depth: int) -> str:
        out: list[str] = []
        text = self.text
        while (dollar := text.find("$", start, end)) >= 0:
            out.append(text[start:dollar])
            value, start = self._expression(dollar, end, depth)
            out.append(value)
        out.append(text[start:end])
        return "".join(out)

    def _expression(self, dollar: int, end: int, depth: int) -> tuple[str, int]:
        """The value of the expression that begins at `dollar`, and the offset after it."""
        following = self.text[dollar + 1 : min(dollar + 2, end)]
        if following == "$":
            return "$", dollar + 2
        if following != "{":
            name = _NAME.match(self.text, dollar + 1, end)
            return (self._value(name[0]), name.end()) if name else ("$", dollar + 1)
        closing = self._ends.get(dollar, end)
        if closing >= end:  # compose-go then takes the last brace there is
            closing = self.text.rfind("}", dollar, end)
        value = self._braced(dollar + 2, closing, depth) if closing > 0 else None
        if value is not None:
            return value, closing + 1
        after = closing + 1 if closing > 0 else end
        self.wrong = self.wrong or self.text[dollar : min(after, dollar + SHOWN)]
        return self.text[dollar:after], after

    def _braced(self, start: int, end: int, depth: int) -> str | None:
        """The value of what stands between braces, None when it is malformed or nested too deep."""
        name = _NAME.match(self.text, start, end)
        if not name or not depth:
            return None
        known = self.env.get(name[0])
        if name.end() == end:
            return self._value(name[0])
        operator = _OPERATOR.match(self.text, name.end(), end)
        if not operator:
            return None
        present = bool(known) if operator[0][0] == ":" else known is not None
        if operator[0][-1] == "+":
            return self._expanded(operator.end(), end, depth - 1) if present else ""
        if present or operator[0][-1] == "?":
            return known if present and known is not None else self._value(name[0])
        return self._expanded(operator.end(), end, depth - 1)

    def _value(self, name: str) -> str:
        """The value of a variable; one that has none is noted."""
        if name not in self.env:
            self.unset = self.unset or name
        return self.env.get(name, "")


def _braces(text: str) -> dict[int, int]:
    """The offset of the brace that closes each `${`, found in one pass; unclosed ones are left out."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for match in re.finditer(r"\$\$|\$\{|\}", text):
        if match[0] == "${":
            opened.append(match.start())
        elif match[0] == "}" and opened:
            ends[opened.pop()] = match.start()
    return ends
