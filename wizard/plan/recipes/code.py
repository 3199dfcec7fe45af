"""Changes Python text through LibCST, which keeps every byte that it does not change."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

from wizard.plan.splice.text import SpliceRefused

Module = Any
"""A `libcst.Module`; LibCST takes a third of a second to import, so nobody imports it to look."""
BOM = "\ufeff"


def rewritten(text: str, change: Callable[[Module], Module]) -> str:
    """Returns the text with one change of its tree. Raises `SpliceRefused`: it cannot be read byte for byte."""
    import libcst

    body = text.removeprefix(BOM)
    try:
        module = libcst.parse_module(body)
    except (libcst.ParserSyntaxError, RecursionError, UnicodeError, ValueError) as error:
        raise SpliceRefused("the file does not parse") from error
    if module.code != body:
        raise SpliceRefused("the file cannot be read byte for byte")
    return text[: len(text) - len(body)] + str(change(module).code)


def nodes_at(module: Module, nodes: Sequence[ast.expr], kind: type) -> list[Any]:
    """Returns the module's own nodes of that kind for some of `ast`. Raises `SpliceRefused`: one is missing."""
    from libcst import metadata

    lines = re.split(r"\r\n|\r|\n", module.code)
    positions = metadata.MetadataWrapper(module, unsafe_skip_copy=True).resolve(metadata.PositionProvider)
    found = {
        (place.start.line, place.start.column, place.end.line, place.end.column): node
        for node, place in positions.items()
        if isinstance(node, kind)
    }
    places = [_place(node, lines) for node in nodes]
    if not all(place in found for place in places):
        raise SpliceRefused("a place in it cannot be found again")
    return [found[place] for place in places]


def _place(call: ast.expr, lines: list[str]) -> tuple[int, int, int, int]:
    """Where an expression begins and ends; `ast` counts columns in bytes, LibCST in characters."""
    last, end = call.end_lineno or call.lineno, call.end_col_offset or 0
    start = _column(lines[call.lineno - 1], call.col_offset)
    return call.lineno, start, last, _column(lines[last - 1], end)


def _column(line: str, offset: int) -> int:
    return len(line.encode(errors="surrogateescape")[:offset].decode(errors="surrogateescape"))


WIDTH = 100
"""A call that gets longer is laid out one argument a line."""


def with_arguments(call: Any, given: Sequence[tuple[str, str]]) -> Any:
    """Returns the call with keyword arguments behind its last, laid out as the others are."""
    import libcst

    args = list(call.args)
    if not args or not (_is_broken(call.whitespace_before_args) or any(_is_broken(_after(a)) for a in args)):
        code = libcst.Module([]).code_for_node(call)
        if len(code) + sum(len(name) + len(value) + 3 for name, value in given) > WIDTH and "\n" not in code:
            return _one_a_line(call, given)
    trailing = bool(args) and isinstance(args[-1].comma, libcst.Comma)
    plain = libcst.Comma(whitespace_after=libcst.SimpleWhitespace(" "))
    between = args[0].comma if len(args) > 1 else plain
    if len(args) == 1 and _is_broken(call.whitespace_before_args):
        between = libcst.Comma(whitespace_after=call.whitespace_before_args)
    between = _without_comment(between)
    last = args[-1] if args else None
    new = [_new(name, value, between) for name, value in given]
    if last is not None and trailing:
        new[-1] = new[-1].with_changes(comma=last.comma)
        if not _comments_in(last.comma):
            args[-1] = last.with_changes(comma=between)
        else:
            raise SpliceRefused("a comment stands behind the call's last argument")
    elif last is not None:
        new[-1] = new[-1].with_changes(
            comma=libcst.MaybeSentinel.DEFAULT, whitespace_after_arg=last.whitespace_after_arg
        )
        if _comments_in(last.whitespace_after_arg):
            raise SpliceRefused("a comment stands behind the call's last argument")
        args[-1] = last.with_changes(comma=between, whitespace_after_arg=libcst.SimpleWhitespace(""))
    else:
        new[-1] = new[-1].with_changes(comma=libcst.MaybeSentinel.DEFAULT)
    return call.with_changes(args=[*args, *new])


def _new(name: str, value: str, comma: Any) -> Any:
    import libcst

    bare = libcst.AssignEqual(libcst.SimpleWhitespace(""), libcst.SimpleWhitespace(""))
    return libcst.Arg(keyword=libcst.Name(name), value=libcst.parse_expression(value), equal=bare, comma=comma)


def _after(arg: Any) -> Any:
    import libcst

    return arg.comma.whitespace_after if isinstance(arg.comma, libcst.Comma) else arg.whitespace_after_arg


def fitted(call: Any) -> Any:
    """Returns a call that stands on one line and is too long for it with one argument a line."""
    import libcst

    code = libcst.Module([]).code_for_node(call)
    return call if len(code) <= WIDTH or "\n" in code else _one_a_line(call, ())


def _one_a_line(call: Any, given: Sequence[tuple[str, str]]) -> Any:
    """Returns the call in the layout of formatters: each argument on its own line, a comma behind the last."""
    import libcst

    inner = libcst.ParenthesizedWhitespace(indent=True, last_line=libcst.SimpleWhitespace("    "))
    outer = libcst.ParenthesizedWhitespace(indent=True)
    between, last = libcst.Comma(whitespace_after=inner), libcst.Comma(whitespace_after=outer)
    blank = libcst.SimpleWhitespace("")
    args = [arg.with_changes(comma=between, whitespace_after_arg=blank) for arg in call.args]
    args += [_new(name, value, between) for name, value in given]
    return call.with_changes(whitespace_before_args=inner, args=[*args[:-1], args[-1].with_changes(comma=last)])


def _is_broken(space: Any) -> bool:
    import libcst

    return isinstance(space, libcst.ParenthesizedWhitespace)


def _comments_in(node: Any) -> bool:
    import libcst
    from libcst import matchers

    return isinstance(node, libcst.CSTNode) and bool(matchers.findall(node, matchers.Comment()))


def _without_comment(comma: Any) -> Any:
    """The comma between two arguments of the call, with its line break and without what is said behind it."""
    import libcst

    space = comma.whitespace_after
    if not isinstance(space, libcst.ParenthesizedWhitespace):
        return comma
    first = libcst.TrailingWhitespace(newline=space.first_line.newline)
    return libcst.Comma(whitespace_after=space.with_changes(first_line=first, empty_lines=()))


def with_statement_after(module: Module, index: int, code: str) -> Module:
    """Returns the module with one more top-level statement behind `body[index]`; -1 is before the first."""
    import libcst

    statement = libcst.parse_statement(code, module.config_for_parsing)
    body = list(module.body)
    return module.with_changes(body=[*body[: index + 1], statement, *body[index + 1 :]])


def import_index(module: Module) -> int:
    """Returns the index of the last import of the first run of imports, else of the docstring; -1 without both."""
    import libcst
    from libcst import matchers

    found = -1
    text = matchers.SimpleString() | matchers.ConcatenatedString()
    docstring = matchers.SimpleStatementLine(body=[matchers.Expr(text)])
    importing = False
    for number, node in enumerate(module.body):
        imports = isinstance(node, libcst.SimpleStatementLine) and any(
            isinstance(part, libcst.Import | libcst.ImportFrom) for part in node.body
        )
        if not imports and (importing or number or not matchers.matches(node, docstring)):
            break
        found, importing = number, importing or imports
    return found


def index_beside(module: Module, package: str) -> int:
    """Returns the index of the last import of the block, up to a blank line, that imports from a package; without one
    what `import_index` says."""
    last = import_index(module)
    own = [n for n in range(last + 1) if re.match(rf"\s*(?:from|import) {package}\b", _own_code(module, n))]
    if not own:
        return last
    end = own[-1]
    while end < last and not any(line.comment is None for line in module.body[end + 1].leading_lines):
        end += 1
    return end


def _own_code(module: Module, index: int) -> str:
    return str(module.code_for_node(module.body[index].with_changes(leading_lines=())))


def with_import_os(module: Module) -> Module:
    """Returns the module with `import os` among the plain imports it begins with, in order; else below the imports."""
    import libcst

    for number, node in enumerate(module.body[: import_index(module) + 1]):
        first = node.body[0] if isinstance(node, libcst.SimpleStatementLine) else None
        if isinstance(first, libcst.Import):
            name = module.code_for_node(first.names[0].name)
            if name > "os" and not any(line.comment for line in node.leading_lines):
                return _in_place_of(module, number, "import os")
    return with_statement_after(module, import_index(module), "import os")


def with_import_pytest(module: Module, last: int) -> Module:
    """Returns the module with `import pytest` between the standard library's imports and all others; `last`: the index
    of the last import."""
    import libcst

    for number in range(last + 1):
        node = module.body[number]
        named = re.match(r"(?:from|import)\s+(\w+)", _own_code(module, number))
        if named and named[1] not in sys.stdlib_module_names and not any(line.comment for line in node.leading_lines):
            return _in_place_of(module, number, "import pytest", [libcst.EmptyLine(indent=False)])
    return with_statement_after(module, last, "import pytest")


def _in_place_of(module: Module, index: int, code: str, between: Sequence[Any] = ()) -> Module:
    """A statement before another one, with the blank lines that stand before that one, and some between the two."""
    import libcst

    old = module.body[index]
    new = libcst.parse_statement(code, module.config_for_parsing).with_changes(leading_lines=old.leading_lines)
    body = [*module.body[:index], new, old.with_changes(leading_lines=between), *module.body[index + 1 :]]
    return module.with_changes(body=body)
