"""`pydantic.dataclasses` for `dataclasses`: in files of many styles, and where it is refused."""

from __future__ import annotations

import sys
import types
from dataclasses import is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wizard.plan.recipes.styles import context, guarded, noise
from wizard.plan.recipes.models import check
from wizard.plan.splice.text import SpliceRefused
from wizard.stack.image.requirements import read_requirements

CTX = context()
TYPES = [
    "str",
    "int",
    "float",
    "bool",
    "list[str]",
    "dict[str, int]",
    "builtins.list[str]",
    "Callable[..., Any] | None",
    "str | None",
    "Optional[float]",
    "datetime",
    "Any",
]
DEFAULTS = {"str": "'x'", "int": "3", "float": "1.5", "bool": "True", "str | None": "None", "Optional[float]": "None"}
HEADS = ["", '"""Events."""\n\n', "# events\n\n", '"""Events."""\n\nfrom __future__ import annotations\n\n']
IMPORTS = [
    "from dataclasses import dataclass",
    "from dataclasses import dataclass  # noqa: the plain one",
    "from dataclasses import dataclass, field",
    "from dataclasses import field, dataclass",
    "from dataclasses import asdict, dataclass, field",
    "from dataclasses import (\n    dataclass,\n    field,\n)",
    "from dataclasses import (\n    asdict,  # for tests\n    dataclass,\n)",
    "from dataclasses import dataclass as record",
]
OTHERS = ["import builtins\nfrom datetime import datetime", "from typing import Any, Callable, Optional"]
DECORATORS = ["@{}", "@{}()", "@{}(frozen=True)", "@{}(frozen=True, slots=True)", "@{}(\n    kw_only=True,\n)"]


@st.composite
def files(draw: st.DrawFn) -> str:
    imported = draw(st.sampled_from(IMPORTS))
    name = "record" if " as record" in imported else "dataclass"
    lines = draw(st.permutations([imported, *OTHERS, draw(guarded())]))
    text = draw(st.sampled_from(HEADS)) + "\n".join(lines) + "\n"
    for number in range(draw(st.integers(1, 3))):
        text += "\n" * draw(st.integers(0, 3)) + draw(st.sampled_from(DECORATORS)).format(name)
        text += f"\nclass Event{number}:\n" + draw(st.sampled_from(["", '    """One."""\n', "    # its fields\n"]))
        kinds = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=4))
        later = False
        for index, kind in enumerate(kinds):
            later = (kind in DEFAULTS and (later or draw(st.booleans()))) or (later and kind in DEFAULTS)
            if later and kind not in DEFAULTS:
                break
            text += f"    f{index}: {kind}" + (f" = {DEFAULTS[kind]}" if later else "")
            text += draw(st.sampled_from(["\n", "  # said\n", "\n\n"]))
            if later:
                break
    text += draw(noise())
    if draw(st.booleans()):
        text = text.rstrip("\n")
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", newline)


def run(text: str, name: str) -> dict[str, Any]:
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(text.removeprefix("\ufeff"), name, "exec"), module.__dict__)  # noqa: S102 (code of this test)
    return module.__dict__


@given(files())
def test_every_class_is_checked_and_no_other_line_changes(text: str) -> None:
    from pydantic.dataclasses import is_pydantic_dataclass

    after = check(CTX, "models.py", text)
    old, new = run(text, "old_models"), run(after, "new_models")
    for name, found in new.items():
        if name.startswith("Event"):
            assert is_pydantic_dataclass(found)
            assert list(found.__dataclass_fields__) == list(old[name].__dataclass_fields__)
    assert is_dataclass(new["Event0"])
    said = [
        [
            line.rstrip("\r\n")
            for line in given.removeprefix("\ufeff").splitlines()
            if "dataclass" not in line and line.strip("\ufeff\r\n ")
        ]
        for given in (text, after)
    ]
    assert said[0] == said[1]
    assert after.count("\r\n") == after.count("\n") or "\r\n" not in text
    assert after.startswith("\ufeff") == text.startswith("\ufeff")


HEAD = "from dataclasses import dataclass, field, InitVar\nimport enum\n"
REFUSED = {
    "an own class": "class Price: pass\n@dataclass\nclass E:\n    price: Price\n",
    "a type from elsewhere": "from prices import Price\n@dataclass\nclass E:\n    price: Price\n",
    "a type only for checkers": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from decimal import Decimal\n"
    "@dataclass\nclass E:\n    price: 'Decimal'\n",
    "an option": "@dataclass(init=False)\nclass E:\n    a: int\n",
    "match_args": "@dataclass(match_args=False)\nclass E:\n    a: int\n",
    "unpacked options": "O = {}\n@dataclass(**O)\nclass E:\n    a: int\n",
    "a base": "class Base: pass\n@dataclass\nclass E(Base):\n    a: int\n",
    "its own init": "@dataclass\nclass E:\n    a: int\n    def __init__(self): self.a = 1\n",
    "post init": "@dataclass\nclass E:\n    a: int\n    def __post_init__(self): self.a += 1\n",
    "a hidden field": "@dataclass\nclass E:\n    _a: int\n",
    "init var": "@dataclass\nclass E:\n    a: InitVar[int]\n",
    "field without init": "@dataclass\nclass E:\n    a: int = field(init=False)\n",
    "metadata": "@dataclass\nclass E:\n    a: int = field(metadata={'x': 1})\n",
    "used as a function": "class A: pass\nB = dataclass(A)\n@dataclass\nclass E:\n    a: int\n",
    "another dataclass": "@dataclass\nclass E:\n    a: int\ndef dataclass(x): return x\n",
    "not Python": "@dataclass\nclass E\n",
    "inside a function": "def make():\n    @dataclass\n    class E:\n        a: int\n    return E\n",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_where_pydantic_may_do_something_else_it_is_refused(body: str) -> None:
    with pytest.raises(SpliceRefused):
        check(CTX, "models.py", HEAD + body)


@pytest.mark.parametrize(
    "text",
    [
        "import dataclasses\n\n@dataclasses.dataclass\nclass E:\n    a: int\n",
        "if True:\n    from dataclasses import dataclass\n@dataclass\nclass E:\n    a: int\n",
    ],
)
def test_an_import_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(SpliceRefused, match="from dataclasses import dataclass"):
        check(CTX, "models.py", text)


def test_enums_and_classes_of_the_file_are_known() -> None:
    text = (
        "import enum\nfrom dataclasses import dataclass\n\n\nclass Side(str, enum.Enum):\n    BUY = 'buy'\n\n\n"
        "@dataclass\nclass Price:\n    value: float\n\n\n@dataclass\nclass Order:\n    side: Side\n    price: Price\n"
    )
    after = check(CTX, "models.py", text)
    assert after == text.replace("from dataclasses", "from pydantic.dataclasses")


@pytest.mark.parametrize("specifier", ["==1.10.2", "<2", ">=1.8,<2.0", "~=1.10"])
@pytest.mark.parametrize("option", ["slots=True", "kw_only=True"])
def test_what_pydantic_1_does_not_take_is_refused(specifier: str, option: str) -> None:
    facts = read_requirements("requirements.txt", {"requirements.txt": f"pydantic{specifier}\n"}.get)
    text = f"from dataclasses import dataclass\n@dataclass({option})\nclass E:\n    a: int\n"
    with pytest.raises(SpliceRefused, match="does not take"):
        check(context(requirements=facts), "models.py", text)
    assert "pydantic.dataclasses" in check(context(), "models.py", text)
