"""Replaces Flask's development server in a hand-written entry by `serve` of wiring.py: one server, on a set port."""

from __future__ import annotations

import ast
import re

from wizard.plan.context import PlanContext
from wizard.syntax.python import parse_python
from wizard.values.lean import dataclass

_PARAMETERS = ("host", "port", "debug", "load_dotenv")
_DROPPED = frozenset({*_PARAMETERS, "threaded", "processes", "use_reloader", "use_debugger"})
"""What `Flask.run` takes and a real server needs no word about; with anything else (TLS …) the call stays."""
_SILENCED = re.compile(rb"[ \t]*#[ \t]*(?:noqa|nosec)\b[^\r\n]*")


@dataclass(frozen=True, slots=True)
class DevelopmentServer:
    """The one call of `Flask.run` in a module. `port`: the expression it is given, None where that is a number or
    nothing.
    """

    call: ast.Call
    app: ast.expr
    port: ast.expr | None


def development_server(tree: ast.Module) -> DevelopmentServer | None:
    """Returns the call that `serve` can stand for; None where there is none, more than one, or one that says more."""
    apps = _flask_apps(tree)
    found = [
        (node.value, node.value.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr == "run"
        and _is_app(node.value.func.value, apps)
    ]
    if len(found) != 1 or _calls_of_run(tree, apps) != 1:
        return None
    call, app = found[0]
    given = dict(zip(_PARAMETERS, call.args, strict=False))
    given |= {word.arg: word.value for word in call.keywords if word.arg is not None}
    plain = len(call.args) <= len(_PARAMETERS) and not any(isinstance(word, ast.Starred) for word in call.args)
    if not plain or len(given) != len(call.args) + len(call.keywords) or not given.keys() <= _DROPPED:
        return None
    port = given.get("port")
    return DevelopmentServer(call, app, None if _is_number(tree, port) else port)


def started_by_server(ctx: PlanContext) -> bool:
    """Tells whether a server's own program starts the service, and imports the app: gunicorn, flask run …"""
    service = ctx.service
    if service is None:
        return False
    said = [
        part for start in (service.compose, service.dockerfile) if start for part in (start.command, start.entrypoint)
    ]
    words = {word.rpartition("/")[2] for fact in said if fact for text in fact.value for word in text.split()}
    return service.listens is not None or "uwsgi" in words


def is_attached(text: str, name: str = "attach") -> bool:
    """Tells whether an entry file imports wiring.py's function already."""
    tree = parse_python(text)
    return tree is not None and any(
        isinstance(node, ast.ImportFrom) and node.module == "wiring" and any(a.name == name for a in node.names)
        for node in tree.body
    )


def serves(text: str) -> str:
    """Tells how an entry file is served by `serve` once it is attached: by the `settings`, on a port that is `given`,
    or '' when something else serves it.
    """
    tree = parse_python(text)
    if tree is None:
        return ""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "serve"
            and is_attached(text, "serve")
        ):
            return "given" if len(node.args) + len(node.keywords) > 1 else "settings"
    run = development_server(tree)
    return "" if run is None else "given" if run.port is not None else "settings"


def served(text: str, run: DevelopmentServer) -> str:
    """Returns the text with `serve(…)` in the place of the call; a remark that silenced a linter there goes with it."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    lines = _split(text.removeprefix("\ufeff").encode(errors="surrogateescape"))
    node = run.call
    end = node.end_lineno or node.lineno
    first, last = lines[node.lineno - 1], lines[end - 1]
    source = text.removeprefix(mark)
    words = [_written(source, run.app), *([] if run.port is None else [f"port={_written(source, run.port)}"])]
    rest = _SILENCED.sub(b"", last[node.end_col_offset :], count=1)
    line = first[: node.col_offset] + f"serve({', '.join(words)})".encode(errors="surrogateescape") + rest
    new = b"".join([*lines[: node.lineno - 1], line, *lines[end:]])
    return mark + new.decode(errors="surrogateescape")


def _written(text: str, node: ast.expr) -> str:
    return ast.get_source_segment(text, node) or ast.unparse(node)


def _flask_apps(tree: ast.Module) -> frozenset[str]:
    """The names of apps and of the functions that make one: `app`, `create_app`."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(map(is_flask, (getattr(n, "value", None) for n in node.body))):
            names.add(node.name)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            made = node.value
            calls = isinstance(made, ast.Call) and isinstance(made.func, ast.Name) and made.func.id in names
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if is_flask(made) or calls:
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(names)


def is_flask(value: ast.expr | None) -> bool:
    """Tells whether an expression makes a Flask app."""
    if not isinstance(value, ast.Call):
        return False
    called = value.func
    return (isinstance(called, ast.Name) and called.id == "Flask") or (
        isinstance(called, ast.Attribute) and called.attr == "Flask"
    )


def _is_app(node: ast.expr, names: frozenset[str]) -> bool:
    named = node.func if isinstance(node, ast.Call) else node
    return isinstance(named, ast.Name) and named.id in names


def _calls_of_run(tree: ast.Module, apps: frozenset[str]) -> int:
    """How often `run` of the app is named at all: `Thread(target=app.run)` is one that cannot be replaced."""
    return sum(
        isinstance(node, ast.Attribute) and node.attr == "run" and _is_app(node.value, apps) for node in ast.walk(tree)
    )


def _is_number(tree: ast.Module, node: ast.expr | None) -> bool:
    """Tells a port that nothing outside the file decides: none, a number, or a constant that is one."""
    if isinstance(node, ast.Name):
        stores = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == node.id]
        made = [
            n.value
            for n in tree.body
            if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name) and n.targets[0].id == node.id
        ]
        once = sum(isinstance(n.ctx, ast.Store) for n in stores) == 1
        return once and len(made) == 1 and isinstance(made[0], ast.Constant)
    return node is None or isinstance(node, ast.Constant)


def _split(text: bytes) -> list[bytes]:
    """Python's own idea of lines: only CR, LF and CRLF end one."""
    return re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
