"""Bounds what a template of somebody's repository may cost: every step and every text it makes is paid from a budget.

A sandbox keeps a template from reaching things; it does not keep three nested loops from running for hours, or
`"%9999999999d" % 1` from filling the memory. So where a stack has templates of its own, calls, filters and operators
pay by how large their result may get before they are made; and in those templates loops, `~` and literals pay, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from functools import wraps
from threading import Lock
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

LARGEST = 256 * 1024
"""Characters of a stack's own template; the wizard's largest has 12,000."""
BUDGET = 64_000_000
"""Of one rendering: about a second. The wizard's own templates need a thousandth of it."""
STEP = 64
"""What a turn of a loop, a call or an element costs: it takes about as long as copying so many characters."""
_HARMLESS = frozenset({"default", "d", "int", "float", "string"})
"""Filters that make nothing large of a large number."""


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox whose renderings have a budget. `foreign`: names and texts of those that are not the wizard's."""

    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def __init__(self, foreign: Mapping[str, str], filters: Mapping[str, Callable[..., Any]], **options: Any) -> None:
        super().__init__(finalize=self._printed, **options)
        self._foreign = foreign
        self._turn = STEP + max(map(len, foreign.values()), default=0)
        self._left: int | None = None
        self._one = Lock()
        self.filters = {name: self._paying(name, made) for name, made in {**self.filters, **filters}.items()}
        del self.globals["lipsum"]  # makes text of any length from one small number

    def rendered(self, name: str, variables: Mapping[str, object]) -> str:
        """Renders a template. Raises `SecurityError` when the budget is used up, and whatever the template does."""
        with self._one:
            self._left = BUDGET if self._foreign else None
            try:
                return self.get_template(name).render(variables)
            finally:
                self._left = None

    def steps(self, values: Iterable[Any]) -> Iterable[Any]:
        """Wraps what a loop goes over: each turn pays, also for the text that it may print."""
        return _Steps(values, lambda: self._pay(self._turn))

    def joined(self, *parts: object) -> str:
        """Does what `~` does."""
        self._pay(STEP + sum(map(self._size, parts)))
        return "".join(map(str, parts))

    def made(self, value: Any) -> Any:
        """Pays for a list, tuple or mapping that the template spells out."""
        self._pay(self._size(value))
        return value

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 (as jinja2 has it)
        """Calls after paying; a method of a text by how often it may repeat it."""
        text = getattr(__obj, "__self__", None)
        if isinstance(text, str | bytes):
            __self._pay(_width(text) * __self._product((text, *args, *kwargs.values())))
        __self._pay(__self._turn if isinstance(__obj, Macro | LoopContext) else STEP)
        return super().call(__context, __obj, *args, **kwargs)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Wraps `str.format`, which the sandbox replaces, so that it pays."""
        made = super().wrap_str_format(value)
        if made is None:
            return None

        def paid(*args: Any, **kwargs: Any) -> str:
            text = value.__self__
            self._pay(_width(text) * self._product((text, *args, *kwargs.values())))
            return made(*args, **kwargs)

        return paid

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Calculates after paying for the size of the result."""
        if isinstance(left, int) and isinstance(right, int):
            self._pay(STEP + left.bit_length() * (max(1, right) if operator == "**" else 1) + right.bit_length())
        elif operator == "+":
            self._pay(STEP + self._size(left) + self._size(right))
        else:
            self._pay(STEP + _width(left) * self._product((left, *_each(right)), numbers=True))
        return super().call_binop(context, operator, left, right)

    def _generate(self, source: nodes.Template, name: str | None, *rest: Any, **named: Any) -> str:
        if name in self._foreign:
            source = _Paying().visit(source)
        return super()._generate(source, name, *rest, **named)

    def _paying(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        passed = 1 if hasattr(function, "jinja_pass_arg") else 0

        @wraps(function)
        def paid(*args: Any, **kwargs: Any) -> Any:
            if self._left is not None and name not in _HARMLESS:
                self._pay(STEP + _width(args[passed]) * self._product((*args[passed:], *kwargs.values())))
            return function(*args, **kwargs)

        return paid

    def _printed(self, value: Any) -> Any:
        self._pay(self._size(value))
        return value

    def _pay(self, cost: int) -> None:
        if self._left is None:
            return
        self._left -= cost
        if self._left < 0:
            raise SecurityError("it takes too long or gets too large: a loop, a repetition, a text of great width")

    def _product(self, values: Iterable[object], *, numbers: bool = False) -> int:
        """How large a thing made of these can get: as often as, as wide as, put between each two of.

        `numbers`: the first counts, too, when it is one.
        """
        product = 1
        for place, value in enumerate(values):
            if isinstance(value, int):
                product *= max(1, abs(value)) if place or numbers else 1
            else:
                product *= max(1, self._size(value))
        return product

    def _size(self, value: object) -> int:
        """The characters and elements of a value; counting ends where the budget would."""
        if isinstance(value, str | bytes):
            return len(value)
        total, open_values = 0, [value]
        while open_values and (self._left is None or total <= self._left):
            value = open_values.pop()
            total += len(value) if isinstance(value, str | bytes) else STEP
            if isinstance(value, dict):
                open_values += [*value.keys(), *value.values()]
            elif isinstance(value, list | tuple | set | frozenset):
                open_values += value
        return total


class _Steps:
    """The values of a loop, each paid for when it is taken."""

    def __init__(self, values: Iterable[Any], pay: Callable[[], None]) -> None:
        self._values, self._pay = values, pay
        if isinstance(values, Undefined):
            iter(values)  # says which one is not there

    def __iter__(self) -> Iterator[Any]:
        for value in self._values:
            self._pay()
            yield value

    def __len__(self) -> int:
        if not isinstance(self._values, Sized):
            raise TypeError("what the loop goes over has no length")
        return len(self._values)


class _Paying(NodeTransformer):
    """Makes loops, `~` and spelt out lists of a template ask the environment."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 (NodeTransformer finds it by this name)
        """Bounds a loop."""
        self.generic_visit(node)
        node.iter = _asks("steps", node.iter)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802
        """Bounds `a ~ b`."""
        self.generic_visit(node)
        return _asks("joined", *node.nodes)

    def visit_List(self, node: nodes.List) -> nodes.Expr:  # noqa: N802
        """Bounds `[a, b]`."""
        self.generic_visit(node)
        return _asks("made", node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Expr:  # noqa: N802
        """Bounds `{a: b}`."""
        self.generic_visit(node)
        return _asks("made", node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:  # noqa: N802
        """Bounds `(a, b)`, unless it is assigned to."""
        self.generic_visit(node)
        return _asks("made", node) if node.ctx == "load" else node


def _asks(method: str, *args: nodes.Node) -> nodes.Call:
    return nodes.Call(nodes.EnvironmentAttribute(method), [*args], [], None, None)


def _each(value: object) -> tuple[object, ...]:
    """What stands beside `%`: `'%*d' % (9999, 1)` has its width in a tuple."""
    return value if isinstance(value, tuple) else (value,)


def _width(text: object) -> int:
    """The largest number in a text that may be a format: `%9999d` and `{:>9999}` are small and make much."""
    if not isinstance(text, str) or ("%" not in text and "{" not in text):
        return 1
    return max((int(digits[:9]) for digits in re.findall(r"\d+", text)), default=1) or 1
