"""Splices the stack's connections into a hand-written Flask service: only added lines, all else stays byte for byte."""

from __future__ import annotations

import ast
import re

from wizard.plan.container.probes import is_silent
from wizard.plan.context import PlanContext
from wizard.plan.service.development_server import development_server, is_flask, served, started_by_server
from wizard.plan.service.modules import defined_names
from wizard.syntax.python import parse_python
from wizard.values.edit import FileEdit, Refusal
from wizard.values.lean import dataclass

PASTE = """from {module} import attach, serve

app = Flask(__name__)
connections = attach(app)


@app.get("/health")
def health():
    return connections.answer()


if __name__ == "__main__":
    serve(app)
"""


SERVER = """import threading

from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/health")
def health():
    # answer 503 with the name of the server that is down: ping what the loop uses
    return jsonify(status="ok", service="{name}")


# before the loop starts:
threading.Thread(target=app.run, kwargs={{"host": "0.0.0.0", "port": {port}}}, daemon=True).start()
"""


@dataclass(frozen=True, slots=True)
class _Place:
    """The statement that makes the app. `scope`: the function it is in, or the module."""

    app: str
    end_line: int
    indent: str
    scope: ast.AST


def attach_edit(ctx: PlanContext, entry: str) -> FileEdit | Refusal:
    """Returns the edit of the entry file, or why it cannot be made.

    The call of `attach` goes below `app = Flask(…)`; a health handler that could only say ok first asks what is down;
    an app without one gets one. `app.run(…)`, the development server, gives way to `serve(app)`.
    """
    text = ctx.text(entry) or ""
    module = f"{ctx.shape.dot}wiring"
    paste = PASTE.format(module=module)
    tree = parse_python(text)
    place = _app_place(text, tree) if tree else None
    if tree is not None and place is None and is_silent(ctx):
        return Refusal(
            "health-endpoint", entry, "nothing in it answers requests: give it a health endpoint", health_server(ctx)
        )
    if tree is None or place is None:
        reason = "no assignment of Flask(…) was found, or the file does not parse"
        return Refusal("health-endpoint", entry, f"{reason}: call attach(app) yourself", paste)
    name = "connections" if "connections" not in defined_names(text) else "stack_connections"
    line, gap = _import_line(tree, module)
    replaced = development_server(tree) is not None and not started_by_server(ctx)
    both = "attach, serve" if replaced else "attach"
    added = {line: f"{gap}from {module} import {both}"}
    added[place.end_line] = f"{place.indent}{name} = attach({place.app})" + _new_route(ctx, entry, place, name)
    added |= _live_handlers(ctx, entry, text, place, name)
    after = insert_lines(text, added)
    new_tree = parse_python(after)
    if new_tree is None:
        reason = "the lines cannot be added without breaking the file"
        return Refusal("health-endpoint", entry, reason, paste, place.end_line)
    run = development_server(new_tree) if replaced else None
    after = after if run is None else served(after, run)
    return FileEdit(entry, text, after, "connect the app to the stack", ("health-endpoint", "redis-pubsub"))


def health_server(ctx: PlanContext) -> str:
    """Returns a health endpoint for a program that has no server, which stands beside its loop."""
    return SERVER.format(name=ctx.spec.name, port=ctx.spec.port)


def insert_lines(text: str, after: dict[int, str]) -> str:
    """Inserts lines after each given line (1-based; 0 is before the first), with the line ending of the file."""
    lines = _split(text)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    done: list[str] = []
    for number, line in enumerate(["", *lines]):
        done.append(line)
        if number in after:
            if line and not line.endswith(("\n", "\r")):
                done.append(newline)
            done.append(after[number].replace("\n", newline) + newline)
    return "".join(done)


def _new_route(ctx: PlanContext, entry: str, place: _Place, name: str) -> str:
    """A health route below the call, when the file has none."""
    if _health_handlers(ctx, entry, static_only=False):
        return ""
    free = "health" if "health" not in defined_names(ctx.text(entry) or "") else "stack_health"
    space = "\n" if place.indent else "\n\n"
    lines = (f'@{place.app}.get("/health")', f"def {free}():", f"    return {name}.answer()")
    return "\n" + space + "\n".join(place.indent + line for line in lines)


def _live_handlers(ctx: PlanContext, entry: str, text: str, place: _Place, name: str) -> dict[int, str]:
    """For each health handler that can only say ok, the lines that make it say what is down."""
    wanted = _health_handlers(ctx, entry, static_only=True)
    found = {}
    for node in ast.walk(place.scope):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in wanted:
            body = node.body[1:] if _is_docstring(node.body[0]) and len(node.body) > 1 else node.body
            indent = _indent_of(text, body[0])
            if indent is not None:
                lines = (f"degraded = {name}.degraded()", "if degraded is not None:", "    return degraded")
                found[body[0].lineno - 1] = "\n".join(indent + line for line in lines)
    return found


def _health_handlers(ctx: PlanContext, entry: str, *, static_only: bool) -> frozenset[str]:
    files = ctx.service.python if ctx.service else ()
    routes = [route for file in files if file.path == entry for route in file.routes if route.path == "/health"]
    return frozenset(route.handler for route in routes if route.static_ok or not static_only)


def _app_place(text: str, tree: ast.Module) -> _Place | None:
    """The first assignment of `Flask(…)` that has its lines to itself."""
    scopes: list[ast.AST] = [tree]
    scopes += [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for scope in scopes:
        for node in getattr(scope, "body", ()):
            if not isinstance(node, ast.Assign | ast.AnnAssign) or not is_flask(node.value):
                continue
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            indent = _indent_of(text, node)
            if isinstance(target, ast.Name) and indent is not None and node.end_lineno:
                return _Place(target.id, node.end_lineno, indent, scope)
    return None


def _indent_of(text: str, node: ast.stmt) -> str | None:
    """The statement's indentation; None when another statement shares its lines (`app = Flask(…); x = 1`)."""
    lines = _split(text.removeprefix("\ufeff"))
    indent = lines[node.lineno - 1][: node.col_offset]
    rest = lines[(node.end_lineno or node.lineno) - 1].encode(errors="surrogateescape")[node.end_col_offset :]
    return None if indent.strip() or rest.split(b"#")[0].strip() else indent


def _import_line(tree: ast.Module, module: str) -> tuple[int, str]:
    """The last line of the first run of imports of the file, and the blank line that parts groups of them."""
    line, last = 0, tree.body[0]
    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom) and (line or not _is_docstring(node)):
            break
        line, last = node.end_lineno or node.lineno, node
    same_group = isinstance(last, ast.ImportFrom) and bool(last.level)
    return line, "" if same_group or not module.startswith(".") else "\n"


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _split(text: str) -> list[str]:
    """Python's own idea of lines: only CR, LF and CRLF end one."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
