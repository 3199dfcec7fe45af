"""Which requirements a stack's tests are run with: its own, and nothing that fights with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.runtime.pytest_run import test_requirements as wanted
from wizard.values.facts.code import RequirementsFacts
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.profile import Detected, Profile


def asked(root: Path, files: dict[str, str]) -> tuple[list[str], tuple[str, ...]]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    facts = StackFacts(str(root), Detected(Profile(), {}), None, (), None, None, (), None)  # type: ignore[arg-type]
    own = RequirementsFacts("services/one/requirements.txt") if "services/one/requirements.txt" in files else None
    service = ServiceFacts("one", "services/one", requirements=own)
    found, packages = wanted(facts, service, ("tests/unit/one",))
    return [str(path.relative_to(root)) for path in found], packages


@pytest.mark.parametrize(
    ("files", "found", "packages"),
    [
        ({}, [], ("pytest",)),
        ({"requirements-dev.txt": "pytest==7.4.4\n"}, ["requirements-dev.txt"], ()),
        (
            {"requirements-dev.txt": "-r more.txt\n", "more.txt": "pytest[x] ~= 7.0 ; python_version > '3'\n"},
            ["requirements-dev.txt"],
            (),
        ),
        ({"requirements-dev.txt": "pytest-asyncio==0.21\n"}, ["requirements-dev.txt"], ("pytest",)),
        ({"services/one/requirements.txt": "flask\npytest<8\n"}, [], ()),
        ({"services/one/test-requirements.txt": "PyTest\n"}, ["services/one/test-requirements.txt"], ()),
        ({"tests/requirements.txt": "pytest>=7,<8  # pinned\n"}, ["tests/requirements.txt"], ()),
        ({"tests/unit/requirements.txt": "responses\n"}, ["tests/unit/requirements.txt"], ("pytest",)),
        ({"requirements.txt": "django\n"}, [], ("pytest",)),
        (
            {"pyproject.toml": '[project.optional-dependencies]\ntest = ["pytest==7.4.4", "responses"]\n'},
            [],
            ("pytest==7.4.4", "responses"),
        ),
        (
            {"pyproject.toml": '[dependency-groups]\ndev = ["hypothesis", {include-group = "x"}]\n'},
            [],
            ("hypothesis", "pytest"),
        ),
        ({"pyproject.toml": "[[[nonsense"}, [], ("pytest",)),
    ],
)
def test_the_stacks_own_come_first(
    tmp_path: Path, files: dict[str, str], found: list[str], packages: tuple[str, ...]
) -> None:
    assert asked(tmp_path, files) == (found, packages)
