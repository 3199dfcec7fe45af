"""Links that a repository brings and outputs that are no files: nothing is read, copied or written through them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wizard.session.settings import load_settings, save_theme

Wizard = Callable[..., Any]
Git = Callable[..., str]
README = ".stack-wizard/templates/docs/readme.md.j2"
SECRET = "infrastructure/secrets/redis_password.txt"
DOCS = ("run", "market", "--yes", "--no-live", "--phase", "docs")


@pytest.mark.parametrize("target", [SECRET, "services/core/service.py", "nowhere"])
def test_a_template_that_is_a_link_is_neither_read_nor_written_through(
    demo: Path, wizard: Wizard, git: Git, target: str
) -> None:
    """A repository may bring a link to what only this machine has: it would stand in the next commit."""
    (demo / SECRET).write_text("0nly-here-canary\n")
    held = (demo / "services/core/service.py").read_text()
    (demo / README).parent.mkdir(parents=True)
    (demo / README).symlink_to(f"../../../{target}")
    git("add", README)
    git("commit", "-q", "-m", "a template")
    assert "0nly-here" not in wizard("templates", "show", "docs/readme.md").out
    said = wizard("templates", "copy", "docs/readme.md", "--force")
    assert said.code == 1 and "symbolic link" in said.err
    told = f"not read: {README}: a template that is a link" in wizard("check", "market").out
    assert told or target == "nowhere"
    assert wizard(*DOCS).code == 0
    written = (demo / "services/market/README.md").read_text()
    assert "0nly-here" not in written and "Core service" not in written
    assert (demo / "services/core/service.py").read_text() == held
    assert (demo / README).is_symlink()


@pytest.mark.parametrize("path", [".stack-wizard/baseline.yaml", ".stack-wizard/stack.yaml", "FUTURE_SERVICES.md"])
@pytest.mark.parametrize("where", ["inside", "outside", "nowhere"])
def test_files_beside_the_phases_are_not_written_through_links(
    demo: Path, wizard: Wizard, tmp_path: Path, path: str, where: str
) -> None:
    target = {"inside": demo / "notes.txt", "outside": tmp_path / "outside.txt", "nowhere": demo / "nowhere"}[where]
    held = (demo / path).read_text() if (demo / path).exists() else ""
    if where != "nowhere":
        target.write_text(held)
    (demo / path).parent.mkdir(exist_ok=True)
    (demo / path).unlink(missing_ok=True)
    (demo / path).symlink_to(target)
    for words in (("check", "--write-baseline"), ("init",), ("status", "--write")):
        wizard(*words)
    assert (demo / path).is_symlink()
    assert (target.read_text() if target.exists() else "") == (held if where != "nowhere" else "")


def test_a_baseline_that_leads_away_is_not_called_missing(demo: Path, wizard: Wizard, tmp_path: Path) -> None:
    (demo / ".stack-wizard").mkdir(exist_ok=True)
    (demo / ".stack-wizard/baseline.yaml").symlink_to(tmp_path / "outside.yaml")
    said = wizard("check", "--baseline")
    assert said.code == 1 and "leads out of the stack" in said.err


def test_an_output_that_is_no_file_is_written_to_and_stays_what_it_is(
    demo: Path, wizard: Wizard, tmp_path: Path
) -> None:
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()), daemon=True)
    reader.start()
    wizard("map", "--format", "json", "--output", str(pipe))
    reader.join(60)
    assert pipe.is_fifo() and '"kind": "map"' in got[0]
    assert wizard("map", "--output", "/dev/null").code in (0, 1)
    assert Path("/dev/null").is_char_device()


def test_an_output_may_be_the_standard_one(demo: Path, command: Wizard, tmp_path: Path) -> None:
    said = command("map", "--format", "json", "--output", "/dev/stdout", stack=demo)
    assert '"kind": "map"' in said.out


def test_a_link_in_the_place_of_the_report_is_replaced_and_not_followed(
    demo: Path, wizard: Wizard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is the default one, so that a repository can bring it."""
    (tmp_path / "mine").write_text("mine\n")
    (demo / "stack-report.html").symlink_to(tmp_path / "mine")
    monkeypatch.chdir(demo)
    assert wizard("report").code == 0
    assert (tmp_path / "mine").read_text() == "mine\n"
    assert not (demo / "stack-report.html").is_symlink()


def test_settings_that_are_kept_elsewhere_stay_there(tmp_path: Path) -> None:
    kept, folder = tmp_path / "dotfiles.yaml", tmp_path / "stack-wizard"
    kept.write_text("editor: vi  # always\n")
    folder.mkdir()
    (folder / "config.yaml").symlink_to(kept)
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    save_theme(environ, "nord")
    assert (folder / "config.yaml").is_symlink()
    assert "# always" in kept.read_text() and load_settings(environ).settings.theme == "nord"
