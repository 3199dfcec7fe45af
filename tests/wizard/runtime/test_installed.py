"""Which requirements a stack's tests are run with: its own, and nothing that fights with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.runtime.installed import installed, with_tests
from wizard.values.facts.code import RequirementsFacts
from wizard.values.facts.container import DockerfileFacts
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.profile import Detected, Profile
from wizard.values.source import Fact, Source


def facts_of(root: Path) -> StackFacts:
    return StackFacts(str(root), Detected(Profile(), {}), None, (), None, None, (), None)  # type: ignore[arg-type]


def asked(root: Path, files: dict[str, str]) -> tuple[list[str], tuple[str, ...]]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    facts = facts_of(root)
    own = RequirementsFacts("services/one/requirements.txt") if "services/one/requirements.txt" in files else None
    service = ServiceFacts("one", "services/one", requirements=own)
    wanted = with_tests(facts, service, ("tests/unit/one",))
    return [
        str(path.relative_to(root)) for path in wanted.files if path.parent != root / "services/one" or own is None
    ], wanted.packages


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
        (
            {
                "pyproject.toml": '[project]\ndependencies = ["redis>=5"]\n',
                "uv.lock": '[[package]]\nname = "redis"\nversion = "5.1"\n',
            },
            [],
            ("redis>=5", "pytest"),
        ),
        (
            {
                "services/one/pyproject.toml": '[tool.poetry.dependencies]\nflask = "^3"\npytest = "^7"\n',
                "pyproject.toml": "[tool.x]\n",
            },
            [],
            ("flask>=3,<4", "pytest>=7,<8"),
        ),
        (
            {"services/one/Pipfile": '[packages]\nflask = "*"\n[dev-packages]\npytest = "<8"\n'},
            [],
            ("flask", "pytest<8"),
        ),
        (
            {
                "services/one/requirements.txt": "flask\n",
                "services/one/pyproject.toml": '[project]\ndependencies = ["x"]\n',
            },
            [],
            ("pytest",),
        ),
        ({"pyproject.toml": "[[[nonsense"}, [], ("pytest",)),
    ],
)
def test_the_stacks_own_come_first(
    tmp_path: Path, files: dict[str, str], found: list[str], packages: tuple[str, ...]
) -> None:
    assert asked(tmp_path, files) == (found, packages)


def test_versions_of_the_lock_file_hold(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["redis>=5"]\n')
    (tmp_path / "uv.lock").write_text('[[package]]\nname = "redis"\nversion = "5.1"\n')
    assert installed(facts_of(tmp_path), ServiceFacts("one", "services/one")).constraints == ("redis==5.1",)


def test_what_an_image_installs_by_name_belongs_to_it(tmp_path: Path) -> None:
    """Its own tools do not."""
    source = Source("Dockerfile", 1)
    names = ("poetry==1.8", "gunicorn", "flask[async]==3.0")
    image = DockerfileFacts("Dockerfile", packages=tuple(Fact(name, source) for name in names))
    found = installed(facts_of(tmp_path), ServiceFacts("one", "services/one", dockerfile=image))
    assert found.packages == ("gunicorn", "flask[async]==3.0")


def test_files_that_an_image_installs_belong_to_it(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    for name in ("web/base.txt", "outside.txt"):
        (tmp_path / name).write_text("flask\n")
    wanted = tuple(Fact(name, Source("Dockerfile", 1)) for name in ("base.txt", "../../outside.txt", "absent.txt"))
    image = DockerfileFacts("web/Dockerfile", context="web", requires=wanted)
    found = installed(facts_of(tmp_path), ServiceFacts("one", "web", dockerfile=image))
    assert found.files == (tmp_path / "web/base.txt",)
