"""docs/examples is what the wizard writes today; `make examples` writes it again."""

from __future__ import annotations

import ast
import re

import pytest

from tests.generated.examples import ALL, ANSWERS, EXAMPLES, SHARED, Example, index, written


@pytest.fixture(scope="module", params=ALL, ids=[each.folder for each in ALL])
def example(request: pytest.FixtureRequest) -> tuple[Example, dict[str, str]]:
    return request.param, written(request.param)


def test_an_example_is_what_the_wizard_writes_today(example: tuple[Example, dict[str, str]]) -> None:
    which, texts = example
    folder = EXAMPLES / which.folder
    kept = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
    kept.pop(ANSWERS, None)
    assert sorted(kept) == sorted(texts), "`make examples` writes them again"
    stale = [path for path, text in texts.items() if kept[path] != text]
    assert stale == [], "`make examples` writes them again"


def test_an_example_holds_no_secret_and_is_whole(example: tuple[Example, dict[str, str]]) -> None:
    which, texts = example
    own = f"services/{which.service}/"
    assert {own + name for name in ("service.py", "config.py", "Dockerfile", "requirements.txt", "README.md")} <= set(
        texts
    )
    assert not any("infrastructure/secrets/" in path or ".stack-wizard/" in path for path in texts)
    assert re.search(rf"^\+ +cdb_{which.service}:$", texts[SHARED], re.MULTILINE)
    for path, text in texts.items():
        if path.endswith(".py"):
            ast.parse(text)


def test_the_readme_names_them_all() -> None:
    assert (EXAMPLES / "README.md").read_text() == index()
    folders = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())
    assert folders == sorted(each.folder for each in ALL)
