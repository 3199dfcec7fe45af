"""What project files say a program needs, in words that an installer takes."""

from __future__ import annotations

import pytest

from wizard.rules.projects.needs import declaring, export_command, locked, needed, needed_by_tests

POETRY = '[tool.poetry.dependencies]\npython = "^3.11"\n'


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('redis = "^5.0.1"', "redis>=5.0.1,<6"),
        ('fastapi = "^0.109.1"', "fastapi>=0.109.1,<0.110"),
        ('x = "^0.0.3"', "x>=0.0.3,<0.0.4"),
        ('x = "^0"', "x>=0,<1"),
        ('x = "~1.2.3"', "x>=1.2.3,<1.3"),
        ('x = "~1.2"', "x>=1.2,<1.3"),
        ('x = "~1"', "x>=1,<2"),
        ('x = "~=1.2"', "x~=1.2"),
        ('x = "1.2.3"', "x==1.2.3"),
        ('x = "1.2.*"', "x==1.2.*"),
        ('x = "*"', "x"),
        ('x = ">=1.2, <2"', "x>=1.2,<2"),
        ('x = "!=1.5"', "x!=1.5"),
        ('x = "^1.0 || ^2.0"', "x"),
        ('x = {version = "^2.6", extras = ["email", "y"]}', "x[email,y]>=2.6,<3"),
        ("x = {version = '^1', markers = \"python_version < '3.12'\"}", "x>=1,<2 ; python_version < '3.12'"),
        ('x = [{version = "1.1", python = "<3.9"}, {version = "2.0", python = ">=3.9"}]', "x==1.1"),
        ('x = {version = "1", optional = true}', ""),
        ('x = {git = "https://example.org/x.git"}', ""),
        ('x = {path = "../x"}', ""),
        ('"--index-url" = "1"', ""),
        ('"x @ https://example.org/x.whl #" = "1"', ""),
    ],
)
def test_words_of_poetry_are_those_of_the_installer(line: str, word: str) -> None:
    assert needed("pyproject.toml", f"{POETRY}{line}\n") == ((word,) if word else ())


@pytest.mark.parametrize(
    ("name", "text", "program", "tests"),
    [
        (
            "pyproject.toml",
            '[project]\ndependencies = ["redis>=5", "--pre", "flask ; python_version>\'3\'"]\n'
            '[project.optional-dependencies]\ntest = ["pytest==7.4.4"]\ndocs = ["sphinx"]\n'
            '[dependency-groups]\ndev = ["mypy", {include-group = "x"}]\n',
            ("redis>=5", "flask ; python_version>'3'"),
            ("pytest==7.4.4", "mypy"),
        ),
        (
            "pyproject.toml",
            POETRY + '[tool.poetry.dev-dependencies]\npytest = "^7"\n[tool.poetry.group.unit-tests.dependencies]\n'
            'faker = "*"\n[tool.poetry.group.docs.dependencies]\nsphinx = "*"\n',
            (),
            ("pytest>=7,<8", "faker"),
        ),
        (
            "Pipfile",
            '[packages]\nflask = "*"\nredis = {version = "==5.0.1"}\n[dev-packages]\npytest = "*"\n',
            ("flask", "redis==5.0.1"),
            ("pytest",),
        ),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n    flask\n    redis>=5  # why\n[options.extras_require]\ntest = pytest\n",
            ("flask", "redis>=5"),
            ("pytest",),
        ),
        ("pyproject.toml", "[[[nonsense", (), ()),
        ("pyproject.toml", "project = 1\ntool = []\n", (), ()),
        ("setup.cfg", "nonsense", (), ()),
    ],
)
def test_what_a_program_and_its_tests_need(
    name: str, text: str, program: tuple[str, ...], tests: tuple[str, ...]
) -> None:
    assert (needed(name, text), needed_by_tests(name, text)) == (program, tests)


@pytest.mark.parametrize(
    ("name", "text", "versions"),
    [
        ("poetry.lock", '[[package]]\nname = "redis"\nversion = "5.0.1"\n', ("redis==5.0.1",)),
        ("poetry.lock", "".join(f'[[package]]\nname = "x"\nversion = "{v}"\n' for v in (1, 2)), ()),
        (
            "uv.lock",
            '[[package]]\nname = "own"\nversion = "0"\nsource = {virtual = "."}\n'
            '[[package]]\nname = "a"\nversion = "1"\n',
            ("a==1",),
        ),
        (
            "poetry.lock",
            '[[package]]\nname = "g"\nversion = "1"\n[package.source]\ntype = "git"\nurl = "https://e.org"\n',
            (),
        ),
        (
            "Pipfile.lock",
            '{"default": {"flask": {"version": "==3.0"}, "own": {"path": "."}}, "_meta": {}}',
            ("flask==3.0",),
        ),
        ("poetry.lock", "[[[", ()),
        ("Pipfile.lock", "[]", ()),
    ],
)
def test_versions_of_a_lock_file(name: str, text: str, versions: tuple[str, ...]) -> None:
    assert locked(name, text) == versions


@pytest.mark.parametrize(
    ("paths", "file", "command"),
    [
        (("a.py",), "", ""),
        (
            ("src/app/core/setup.py", "src/app/core/__init__.py", "pyproject.toml"),
            "pyproject.toml",
            "uv pip compile pyproject",
        ),
        (("app/setup.py", "app/__init__.py"), "", "uv pip compile setup.py"),
        (("setup.py", "pkg/__init__.py"), "setup.py", "uv pip compile setup.py"),
        (("pyproject.toml", "poetry.lock", "sub/pyproject.toml"), "pyproject.toml", "poetry export"),
        (("pyproject.toml", "uv.lock"), "pyproject.toml", "uv export"),
        (("Pipfile", "Pipfile.lock"), "Pipfile", "pipenv requirements"),
    ],
)
def test_where_dependencies_are_declared(paths: tuple[str, ...], file: str, command: str) -> None:
    assert declaring(paths) == file
    assert export_command(paths).startswith(command)
