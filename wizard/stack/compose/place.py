"""One Compose file while it is being read: where its nodes stand and what their text means."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from wizard.stack.compose.interpolation import interpolate, unset
from wizard.syntax.yaml import Node
from wizard.syntax.yaml_data import resolve
from wizard.values.lean import dataclass, field
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Problem, Source

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_VARIABLE_FIRST = lazy_pattern(r"\$\{?(\w+)")
_WORKING_FOLDER = ("${PWD}", "$PWD", "${PWD:-.}")


@dataclass(frozen=True, slots=True)
class Place:
    """`path`: the file. `base`: the folder its relative paths start from, relative to the stack's root ('' the root).

    `env`: the variables for interpolation. `shift`: added to every line (a commented-out block is parsed by itself).
    """

    path: str
    base: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    shift: int = 0
    problems: list[Problem] = field(default_factory=list)

    def at(self, node: Node) -> Source:
        """Returns where a node stands."""
        return Source(self.path, node.line + self.shift)

    def text(self, node: Node | None) -> str:
        """Returns the text of a scalar with its variables replaced; '' for null and for collections."""
        node = resolve(node)
        if node is None or node.kind != "scalar" or (not node.style and node.value in _NULLS):
            return ""
        value = node.value
        return interpolate(value, self.env) if "$" in value else value

    def unset(self, node: Node | None) -> str:
        """Returns the variable that a scalar, or one of a mapping's values, needs and nothing sets; '' without one."""
        node = resolve(node)
        parts = [value for _, value in node.pairs] if node is not None else []
        found = (unset(each.value, self.env) for each in (node, *map(resolve, parts)) if each is not None)
        return next((name for name in found if name), "")

    def fact(self, node: Node) -> Fact[str]:
        """Returns a scalar's text with its line."""
        return Fact(self.text(node), self.at(resolve(node) or node))

    def add_problem(self, message: str, node: Node) -> None:
        """Records a problem of this file."""
        self.problems.append(Problem(message, self.at(node)))

    def located(self, path: str, raw: str = "") -> str:
        """Returns a path of the file, relative to the stack's root. URLs, absolute and home paths stay as they are.

        `raw`: as written, so that a path that begins with a variable nobody set is not taken for an absolute one.
        """
        for variable in _WORKING_FOLDER:
            if raw.startswith(variable):
                return tidy(raw[len(variable) :].lstrip("/") or ".")
        variable_first = _VARIABLE_FIRST.match(raw)
        if variable_first and path.startswith("/") and not self.env.get(variable_first[1]):
            return raw
        if is_remote(path) or path.startswith(("/", "~")):
            return path
        return tidy(posixpath.join(self.base, path))


def tidy(path: str) -> str:
    """Returns a relative path without `.` and inner `..`; '' is the root."""
    clean = posixpath.normpath(path) if path else ""
    return "" if clean == "." else clean


def project_name(text: str) -> str:
    """Turns a name or a folder's name into the project's name, as Compose normalises it."""
    return re.sub(r"[^a-z0-9_-]", "", text.lower()).lstrip("_-")


def is_remote(path: str) -> bool:
    """Returns True for a URL or a git address."""
    return "://" in path or path.startswith("git@")


def is_null(node: Node | None) -> bool:
    """Returns True for an absent node and a plain null."""
    node = resolve(node)
    return node is None or (node.kind == "scalar" and not node.style and node.value in _NULLS)


def is_true(node: Node | None) -> bool:
    """Returns True for a YAML true (and Compose's tolerated text forms)."""
    node = resolve(node)
    return node is not None and node.kind == "scalar" and node.value.lower() in ("true", "yes", "on", "1")
