"""`templates list|show|copy`: the texts that files are written from, and a stack's own instead of them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]
OWN = Path(".stack-wizard/templates")


def put(root: Path, name: str, text: str) -> Path:
    path = root / OWN / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def states(said: Any) -> dict[str, str]:
    pairs = (line.partition(" ") for line in said.out.splitlines() if not line.startswith(" "))
    return {name: state.strip() for name, _, state in pairs}


def test_the_list_has_every_template_and_no_file_of_the_sample(demo: Path, wizard: Wizard) -> None:
    said = wizard("templates")
    assert said.code == 0
    assert {"service/service.py.j2", "container/Dockerfile.j2", "docs/readme.md.j2"} <= set(states(said))
    assert set(states(said).values()) == {""}
    assert not any(name.startswith("demo") for name in states(said))
    assert wizard("templates", "list").out == said.out


def test_the_list_says_which_are_the_stacks_own_and_which_do_not_compile(demo: Path, wizard: Wizard) -> None:
    put(demo, "docs/readme.md.j2", "# {{ title }}\n")
    put(demo, "docs/legal.md.j2", "(c)\n")
    put(demo, "service/logic.py.j2", "fine\n{% if %}\n")
    said = wizard("templates", "list")
    assert said.code == 1
    found = states(said)
    assert found["docs/readme.md.j2"] == "the stack's own"
    assert found["docs/legal.md.j2"] == "included only"
    assert found["service/logic.py.j2"] == "broken"
    assert ".stack-wizard/templates/service/logic.py.j2:2: the template does not compile" in said.out


@pytest.mark.parametrize("word", ["docs/readme.md.j2", "docs/readme.md", "readme.md", str(OWN / "docs/readme.md.j2")])
def test_one_is_shown_by_its_name_or_a_part_of_it(demo: Path, wizard: Wizard, word: str) -> None:
    said = wizard("templates", "show", word)
    assert (said.code, said.err) == (0, "")
    assert said.out == files("templates").joinpath("docs/readme.md.j2").read_text()


def test_the_text_that_is_taken_is_shown_and_the_wizards_on_demand(demo: Path, wizard: Wizard) -> None:
    put(demo, "docs/purpose.md.j2", "ours\n")
    assert wizard("templates", "show", "purpose.md").out == "ours\n"
    assert "{{ key }}" in wizard("templates", "show", "--built-in", "purpose.md").out


def test_a_copy_is_the_wizards_text_and_is_taken_from_then_on(demo: Path, wizard: Wizard) -> None:
    said = wizard("templates", "copy", "container/dockerignore", "seed.sql")
    assert said.code == 0
    copied = demo / OWN / "container/dockerignore.j2"
    assert copied.read_text() == files("templates").joinpath("container/dockerignore.j2").read_text()
    assert (demo / OWN / "database/seed.sql.j2").is_file()
    assert f"written: {OWN}/container/dockerignore.j2" in said.out
    assert states(wizard("templates"))["container/dockerignore.j2"] == "the stack's own"


def test_a_copy_takes_nothing_away_unless_forced(demo: Path, wizard: Wizard) -> None:
    mine = put(demo, "container/dockerignore.j2", "mine\n")
    said = wizard("templates", "copy", "dockerignore")
    assert said.code == 1
    assert "has that template already" in said.err
    assert "--force" in said.err
    assert mine.read_text() == "mine\n"
    assert wizard("templates", "copy", "--force", "dockerignore").code == 0
    assert mine.read_text() != "mine\n"


def test_a_copy_is_not_written_through_a_link_out_of_the_stack(demo: Path, wizard: Wizard, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (demo / OWN).parent.mkdir(exist_ok=True)
    (demo / OWN).symlink_to(outside)
    assert wizard("templates", "copy", "dockerignore").code != 0
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "says", "step"),
    [
        (("show",), "templates show needs NAME", "say `stack-wizard templates show NAME`"),
        (("copy",), "templates copy needs NAME", "say `stack-wizard templates copy NAME`"),
        (("show", "redme.md"), "no template called 'redme.md'", "docs/readme.md"),
        (("show", "zzz"), "no template called 'zzz'", "templates list"),
        (("copy", "../../etc/passwd"), "no template called", "templates list"),
        (("list", "readme.md"), "no further word 'readme.md'", "--help"),
        (("lst",), "cannot be 'lst'", "did you mean list?"),
    ],
)
def test_a_wrong_line_says_what_next(demo: Path, wizard: Wizard, words: tuple[str, ...], says: str, step: str) -> None:
    said = wizard("templates", *words)
    assert said.code == 2
    assert says in said.err
    assert step in said.err


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("{{ nothing_of_the_kind }}\n", "container/dockerignore.j2:1", "nothing_of_the_kind"),
        ("a\n\n{% include 'no/such.j2' %}\n", "container/dockerignore.j2:3", "no/such.j2"),
        ("a\n{% for x in 1 %}{% endfor %}\n", "container/dockerignore.j2:2", ""),
    ],
)
def test_what_a_template_does_wrong_is_said_with_its_line(
    demo: Path, wizard: Wizard, text: str, where: str, says: str
) -> None:
    put(demo, "container/dockerignore.j2", text)
    said = wizard("run", "sentiment", "--yes", "--dry-run", "--no-live", "--phase", "2")
    assert said.code in (1, 2)
    assert f".stack-wizard/templates/{where}" in said.err
    assert says in said.err


def test_completion_knows_the_templates(demo: Path, wizard: Wizard) -> None:
    words = wizard("completion", "--words", "templates").out.split()
    assert "docs/readme.md" in words
    assert "_stack_wizard_templates" in wizard("completion", "bash").out
