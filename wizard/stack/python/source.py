"""Facts of a Python file through its syntax tree. No code of the stack is imported or run."""

from __future__ import annotations

import ast
import gc
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from wizard.rules.pythons import tree_of
from wizard.rules.text import undecoded
from wizard.stack.python.bindings import call_graph, import_time, read_bindings, read_calls
from wizard.stack.python.functions import read_functions, read_todos
from wizard.stack.python.imports import read_modules, read_removed
from wizard.stack.python.messages.fields import read_fields
from wizard.stack.python.messages.payloads import read_dumped, read_parsed, read_returned_keys, read_returns
from wizard.stack.python.messages.reconnect import read_attempts
from wizard.stack.python.messages.redis import imports_redis, read_redis
from wizard.stack.python.models import read_classes
from wizard.stack.python.names import Names, names
from wizard.stack.python.ports import read_ports
from wizard.stack.python.resolve import resolve
from wizard.stack.python.routes.routes import read_routes
from wizard.stack.python.scan import Scan, scan
from wizard.stack.python.servers import read_hosts, read_passwords
from wizard.stack.python.settings import read_variables
from wizard.stack.python.tables import read_tables
from wizard.stack.python.values import Values
from wizard.values.facts.code import PythonFile
from wizard.values.facts.pending import Pending
from wizard.values.lean import replace
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Problem, Source

__all__ = ["read_python", "resolve"]
_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
_COOKIE = lazy_pattern(r"^[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+", re.MULTILINE)
_NEWER_SYNTAX = lazy_pattern(
    r"\s*+(?:type\s+\w+(?:\[.*\])?\s*=|(?:async\s+)?def\s+\w+\[|class\s+\w+\[|except\s+[\w.]+\s*,|.*\bt[\"'])"
)
_SURROGATES = lazy_pattern("[\ud800-\udfff]")


def read_python(text: str, path: str, *, package: str = "", settled: bool = True) -> PythonFile:
    """Reads one Python file. `package`: the service's name, by which its modules may import each other.

    What depends on other files of the service (channels held by constants elsewhere, helpers, blueprint prefixes,
    flat imports) is settled by `resolve` over all of them; `settled` False saves settling the file alone before
    that. A file that does not parse becomes a `Problem` with its line, never an exception.
    """
    parsed = _undecodable(text) or _parse(text)
    if isinstance(parsed, Problem):
        return PythonFile(path, problems=(Problem(parsed.message, Source(path, parsed.source.line)),))
    tree, found = parsed
    file = _facts(tree, found, text, path)
    if not settled:
        return file
    return resolve((file,), roots=frozenset({package}) if package else frozenset())[0]


def _undecodable(text: str) -> Problem | None:
    """Bytes that are no UTF-8 in a file whose first two lines name no encoding (PEP 263): Python refuses it."""
    at = undecoded(text)
    if at is None or _COOKIE.search("\n".join(text.removeprefix("\ufeff").split("\n", 2)[:2])):
        return None
    line = text.count("\n", 0, at) + 1
    return Problem("not UTF-8, and no coding comment says what it is: Python refuses it", Source("", line))


def _newer(error: SyntaxError, text: str) -> bool:
    """True when the line that does not parse is written in the syntax of a Python after this one."""
    lines = text.split("\n")
    line = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else ""
    return bool(_NEWER_SYNTAX.match(line)) or "f-string" in (error.msg or "")


def _parse(text: str) -> tuple[ast.Module, Scan] | Problem:
    try:
        with _quiet():
            tree = tree_of(_clean(text))
            return tree, scan(tree)
    except (SyntaxError, ValueError) as error:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        if isinstance(error, SyntaxError) and _newer(error, text):
            return Problem(f"needs a newer Python than {_VERSION}: {message}", Source("", error.lineno or 0))
        line = error.lineno if isinstance(error, SyntaxError) else None
        zero = text.find("\0")
        place = line or (text.count("\n", 0, zero) + 1 if zero >= 0 else 0)
        return Problem(f"not valid Python {_VERSION}: {message}", Source("", place))
    except (RecursionError, MemoryError):
        return Problem("nested too deeply to be read", Source("", 0))


@contextmanager
def _quiet() -> Iterator[None]:
    """No SyntaxWarnings of other people's code, and no garbage collection while the tree grows (PERF.md section 5)."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if was_enabled:
            gc.enable()


def _clean(text: str) -> str:
    """Undecodable bytes would not parse even inside comments; one character each keeps lines and columns."""
    text = text.removeprefix("\ufeff")
    return text if undecoded(text) is None else _SURROGATES.sub("?", text)


def _facts(tree: ast.Module, found: Scan, text: str, path: str) -> PythonFile:
    aliases = names(found)
    values = Values(aliases)
    said = _docstring(tree)
    todos = read_todos(text, path, found, said)
    tables = read_tables(found, text, path)
    file = PythonFile(
        path=path,
        functions=read_functions(found, path, todos),
        todos=todos,
        names_used=frozenset(found.names),
        docstring=said,
        has_main=found.has_main,
        tables_written=tables.written,
        tables_created=tables.created,
        tables_read=tables.read,
        tables_mapped=tables.mapped,
        removed=read_removed(found, aliases, path),
        hosts=read_hosts(found, text, path),
        passwords=read_passwords(found, aliases, path),
        pending=_pending(found, values, path),
    )
    return _with_tests(file, found, aliases) if _is_test(path) or aliases.uses("pytest", "unittest") else file


def _docstring(tree: ast.Module) -> str:
    """The module's docstring without its margin, as `inspect.cleandoc` does it: `ast` would import that (4 ms)."""
    first, *rest = (ast.get_docstring(tree, clean=False) or "").expandtabs().split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    lines = [first.lstrip(), *(line[margin:] for line in rest)]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        del lines[0]
    return "\n".join(lines)


def _with_tests(file: PythonFile, found: Scan, aliases: Names) -> PythonFile:
    from wizard.stack.python.tests import read_conftest, read_marks, read_tests

    registers, auto_markers = read_conftest(found, file.path) if file.path.endswith("conftest.py") else ((), ())
    return replace(
        file,
        tests=read_tests(found, aliases, file.path),
        registers=registers,
        auto_markers=auto_markers,
        pending=replace(file.pending or Pending(), marks=read_marks(found, aliases)),
    )


def _is_test(path: str) -> bool:
    base = path.rsplit("/", 1)[-1]
    return base.startswith("test") or base.endswith("_test.py") or base == "conftest.py" or "tests/" in path


def _pending(found: Scan, values: Values, path: str) -> Pending:
    routing = read_routes(found, values, path)
    import_calls, plain = import_time(found, values.names)
    fields = read_fields(found, path)
    return Pending(
        bindings=read_bindings(found, values),
        calls=read_calls(found, values, path),
        uses=(*read_redis(found, values, path), *read_ports(found, values, path)),
        variables=read_variables(found, values, path),
        routes=tuple(routing.routes),
        groups=tuple(routing.groups),
        mounts=tuple(routing.mounts),
        classes=read_classes(found, values, path),
        imported=tuple(values.names.triples),
        modules=read_modules(found, path),
        import_calls=import_calls,
        call_graph=plain,
        calls_of=tuple((name, frozenset(called)) for name, called in call_graph(found).items()),
        attempts=read_attempts(found, values.names, path),
        looped=frozenset(found.looped),
        redis=imports_redis(values.names),
        parsed=read_parsed(found),
        dumped=read_dumped(found),
        returned_keys=read_returned_keys(found),
        taken=fields.taken,
        handed=fields.handed,
        unpacking=fields.unpacking,
        returns=read_returns(found),
    )
