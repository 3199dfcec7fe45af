"""Splices `attach(app)` into a hand-written Flask service: only added lines, all else stays byte for byte."""

from __future__ import annotations

import ast
import re

from wizard.plan.context import PlanContext
from wizard.values.edit import FileEdit, Refusal


def attach_edit(ctx: PlanContext, entry: str) -> FileEdit | Refusal:
    """The edit of the entry file, or why it cannot be made. The app is found by the assignment `name = Flask(…)`."""
    text = ctx.text(entry) or ""
    module = f"{ctx.shape.dot}wiring"
    paste = f"from {module} import attach\n\nattach(app)  # right after app = Flask(…)\n"
    place = _app_place(text)
    if place is None:
        reason = "no assignment of Flask(…) was found, or the file does not parse"
        return Refusal("1.1", entry, f"{reason}: call attach(app) yourself", paste)
    name, end_line, indent = place
    after = insert_lines(
        text, {_import_line(text): f"from {module} import attach", end_line: f"{indent}attach({name})"}
    )
    if not _parses(after):
        return Refusal("1.1", entry, "the lines cannot be added without breaking the file", paste, end_line)
    return FileEdit(entry, text, after, "connect the app to the stack (1.1, 1.3)", ("1.1", "1.3"))


def insert_lines(text: str, after: dict[int, str]) -> str:
    """Insert a line after each given line (1-based; 0 is before the first), with the line ending of the file."""
    lines = _split(text)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    done: list[str] = [after[0] + newline] if 0 in after else []
    for number, line in enumerate(lines, 1):
        done.append(line)
        if number in after:
            if not line.endswith(("\n", "\r")):
                done.append(newline)
            done.append(after[number] + newline)
    return "".join(done)


def _split(text: str) -> list[str]:
    """Python's own idea of lines: only CR, LF and CRLF end one."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)


def _app_place(text: str) -> tuple[str, int, str] | None:
    """Name of the app, last line of its assignment, and the indentation of that statement."""
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not _is_flask(node.value):
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        indent = _indent_alone(text, node)
        if isinstance(target, ast.Name) and node.end_lineno and indent is not None:
            return target.id, node.end_lineno, indent
    return None


def _indent_alone(text: str, node: ast.Assign | ast.AnnAssign) -> str | None:
    """The statement's indentation, or None when another statement shares its lines (`app = Flask(…); x = 1`)."""
    lines = _split(text.removeprefix("\ufeff"))
    indent = lines[node.lineno - 1][: node.col_offset]
    rest = lines[(node.end_lineno or node.lineno) - 1].encode(errors="surrogateescape")[node.end_col_offset :]
    return None if indent.strip() or rest.split(b"#")[0].strip() else indent


def _is_flask(value: ast.expr | None) -> bool:
    if not isinstance(value, ast.Call):
        return False
    called = value.func
    return (isinstance(called, ast.Name) and called.id == "Flask") or (
        isinstance(called, ast.Attribute) and called.attr == "Flask"
    )


def _import_line(text: str) -> int:
    """The last line of the first run of imports at the top of the file; before any other statement."""
    tree = ast.parse(text.removeprefix("\ufeff"))
    line = 0
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            line = node.end_lineno or node.lineno
        elif line or not _is_docstring(node):
            break
        else:
            line = node.end_lineno or node.lineno
    return line


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _parses(text: str) -> bool:
    try:
        ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError):
        return False
    return True
