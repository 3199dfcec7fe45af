"""What stands around the code that a recipe changes, in many styles, and the context that a recipe is given."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

GUARDED = [
    "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import decimal  # for checkers\n",
    "try:\n    import ujson as quick\nexcept ImportError:\n    import json as quick\n",
    "import base64, \\\n    binascii\n",
    "import calendar; import colorsys;\n",
    "from collections import (  # a few\n    OrderedDict,\n    deque,  # both\n)\n",
]
"""Imports as people write them, that run anywhere."""
NOISE = [
    "class Outer:\n    class Inner:\n        x = 1  # one\n\n    @property\n    def y(self): return self.Inner.x\n",
    "def typed(a, b=1, *rest, c=2, **others):\n    # type: (int, int, int, int, int) -> int\n    return a\n",
    "one = 1; two = 2;\ntotal = one + \\\n    two\n",
    "match 3:\n    case 3 | 4 as found if found:\n        pass\n    case _:\n        found = 0\n",
    "late = lambda x: (kept := x, kept)[0]\n",
    "\f\ndef below_a_form_feed(): return '''\n  # no comment\n'''\n",
    "said = f'{1:>{2}} {\"x\"!r}' \"ä\" 'é' \\\n    u'\\N{BULLET}'\n",
    "async def tabs():\n\tasync for each in late(0):\n\t\tyield [x async for x in each]\n",
    "if True:\n  import string\n\n  class Odd(dict): pass  # two columns\n",
    "@staticmethod\n# between\ndef decorated(\n    x,  # first\n): return x\n",
    "# a last word\n",
]
NOISE += (
    ["type Pair[T] = tuple[T, T]\ndef first[T](of: Pair[T]) -> T: return of[0]\n"]
    if sys.version_info >= (3, 12)
    else []
)


def guarded() -> st.SearchStrategy[str]:
    """Further imports below those that a test is about."""
    return st.lists(st.sampled_from(GUARDED), unique=True, max_size=2).map("".join)


def noise() -> st.SearchStrategy[str]:
    """Statements at the end of a module."""
    return st.lists(st.sampled_from(NOISE), unique=True, max_size=4).map("\n".join)


def context(path: str = "services/market/service.py", text: str = "", **service: Any) -> Any:
    """A service and its stack, with what recipes ask of them; `service`: facts of it that differ."""
    facts: dict[str, Any] = {"compose": None, "dockerfile": None, "requirements": None, "tests": {}, "python": ()}
    own = SimpleNamespace(**(facts | {"code": (), "name": "market"} | service))
    stack = SimpleNamespace(
        pytest=None,
        texts={path: text},
        services=(own,),
        service=lambda name: own if name == own.name else None,
        compose=SimpleNamespace(secrets=()),
        credential=lambda server: None,
    )
    return SimpleNamespace(
        spec=SimpleNamespace(name="market"),
        env_prefix="MARKET_",
        profile=SimpleNamespace(prefix=""),
        choice=SimpleNamespace(fixes=()),
        service=own,
        facts=stack,
        text=stack.texts.get,
    )
