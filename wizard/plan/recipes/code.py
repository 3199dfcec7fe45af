"""Changes Python text through LibCST, which keeps every byte that it does not change."""

from __future__ import annotations

import ast
import re
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


def changed(module: Module, changes: Sequence[tuple[Any, Callable[[Any], Any]]]) -> Module:
    """Returns the module with some of its nodes changed, all in one walk: every walk makes each node anew."""
    import libcst

    wanted = {id(node): change for node, change in changes}

    class Change(libcst.CSTTransformer):
        def on_leave(self, original: Any, updated: Any) -> Any:
            change = wanted.get(id(original))
            return updated if change is None else change(updated)

    return module.visit(Change())


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
    between = without_comment(between)
    last = args[-1] if args else None
    new = [_new(name, value, between) for name, value in given]
    if last is not None and trailing:
        new[-1] = new[-1].with_changes(comma=without_comment(last.comma))
        args[-1] = last.with_changes(comma=before_more(last.comma.whitespace_after, between))
    elif last is not None:
        space = last.whitespace_after_arg
        end = without_comment(libcst.Comma(whitespace_after=space)).whitespace_after
        new[-1] = new[-1].with_changes(comma=libcst.MaybeSentinel.DEFAULT, whitespace_after_arg=end)
        bare = libcst.SimpleWhitespace("")
        args[-1] = last.with_changes(comma=before_more(space, between), whitespace_after_arg=bare)
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


def before_more(space: Any, between: Any) -> Any:
    """Returns the comma behind what was the last: what is said there stays, and the next one begins as the others."""
    import libcst

    if not _comments_in(space):
        return between
    inner, broken = between.whitespace_after, libcst.ParenthesizedWhitespace
    if not isinstance(inner, broken):
        raise SpliceRefused("a comment stands behind the call's last argument")
    return libcst.Comma(whitespace_after=space.with_changes(indent=inner.indent, last_line=inner.last_line))


def _comments_in(node: Any) -> bool:
    import libcst
    from libcst import matchers

    return isinstance(node, libcst.CSTNode) and bool(matchers.findall(node, matchers.Comment()))


def without_comment(comma: Any) -> Any:
    """Returns the comma between two arguments of the call, with its line break and without what is said behind it."""
    import libcst

    space = comma.whitespace_after
    if not isinstance(space, libcst.ParenthesizedWhitespace):
        return comma
    first = libcst.TrailingWhitespace(newline=space.first_line.newline)
    return libcst.Comma(whitespace_after=space.with_changes(first_line=first, empty_lines=()))
