"""The renderer: strict, sandboxed, the stack's own templates first, with a cache that may be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.errors import UnreadableError
from wizard.plan.render import default_cache, make_renderer, overrides_in


def test_the_stacks_own_template_wins_and_may_include_the_wizards(tmp_path: Path) -> None:
    texts = {".stack-wizard/templates/docs/purpose.md.j2": "ours {{ name }}\n", "README.md": "x"}
    assert list(overrides_in(texts)) == ["docs/purpose.md.j2"]
    render = make_renderer(overrides_in(texts), tmp_path)
    assert render("docs/purpose.md.j2", {"name": "market"}) == "ours market\n"
    assert "**/*.pyc" in render("container/dockerignore.j2", {})


def test_a_variable_that_is_not_there_names_the_template(tmp_path: Path) -> None:
    render = make_renderer({"a.j2": "{{ nothing }}"}, tmp_path)
    with pytest.raises(UnreadableError, match="nothing") as raised:
        render("a.j2", {})
    assert raised.value.where == ".stack-wizard/templates/a.j2"


def test_a_template_that_does_not_compile_names_its_line(tmp_path: Path) -> None:
    render = make_renderer({"a.j2": "fine\n{% if %}"}, tmp_path)
    with pytest.raises(UnreadableError) as raised:
        render("a.j2", {})
    assert raised.value.where == ".stack-wizard/templates/a.j2:2"


def test_a_template_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"no/such\.j2"):
        make_renderer({}, tmp_path)("no/such.j2", {})


@pytest.mark.parametrize(
    "hostile", ["{{ ''.__class__.__mro__ }}", "{{ q.__globals__ }}", "{% include '../../etc/passwd' %}"]
)
def test_a_hostile_template_reaches_nothing(tmp_path: Path, hostile: str) -> None:
    with pytest.raises(UnreadableError):
        make_renderer({"a.j2": hostile}, tmp_path)("a.j2", {"q": len})


def test_compiled_templates_are_kept_and_give_the_same(tmp_path: Path) -> None:
    first = make_renderer({}, tmp_path)("container/dockerignore.j2", {})
    assert list(tmp_path.iterdir())
    assert make_renderer({}, tmp_path)("container/dockerignore.j2", {}) == first


def test_a_cache_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert make_renderer({}, tmp_path / "file" / "cache")("container/dockerignore.j2", {})


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "stack-wizard" / "templates"
