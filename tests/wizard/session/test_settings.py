"""What a person prefers: read with the line of what is wrong, kept with every comment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wizard.errors import UsageError
from wizard.session.settings import Settings, apply_editor, first_theme, load_settings, save_theme, settings_path


def home(tmp_path: Path, text: str | None = None) -> dict[str, str]:
    if text is not None:
        (tmp_path / "stack-wizard").mkdir()
        (tmp_path / "stack-wizard" / "config.yaml").write_text(text)
    return {"XDG_CONFIG_HOME": str(tmp_path)}


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"XDG_CONFIG_HOME": "/etc/mine", "HOME": "/home/ada"}, "/etc/mine/stack-wizard/config.yaml"),
        ({"XDG_CONFIG_HOME": "", "HOME": "/home/ada"}, "/home/ada/.config/stack-wizard/config.yaml"),
        ({"XDG_CONFIG_HOME": "relative/folder", "HOME": "/home/ada"}, "/home/ada/.config/stack-wizard/config.yaml"),
        ({"HOME": "/home/ada"}, "/home/ada/.config/stack-wizard/config.yaml"),
    ],
)
def test_where_they_are_looked_for(environ: dict[str, str], path: str) -> None:
    assert str(settings_path(environ)) == path


def test_without_a_home_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.rules.homes.os.path.expanduser", lambda path: path)
    assert settings_path({}) is None
    assert load_settings({}).settings == Settings()
    save_theme({}, "nord")  # nowhere to keep it, and no error


@pytest.mark.parametrize("text", [None, "", "# nothing yet\n"])
def test_nothing_said_are_the_defaults(text: str | None, tmp_path: Path) -> None:
    assert load_settings(home(tmp_path, text)).settings == Settings()


def test_everything_can_be_said(tmp_path: Path) -> None:
    text = "theme: nord\neditor: hx\nruntime: embedded\nlog_window: 12\nkeys:\n  found: F\n"
    assert load_settings(home(tmp_path, text)).settings == Settings("nord", "hx", "embedded", 12, {"found": "F"})


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("theme: nord\ntheem: x\n", 2, "unknown key 'theem' (did you mean 'theme'?)"),
        ("\n\nruntime: podman\n", 3, "runtime: must be"),
        ("log_window: soon\n", 1, "log_window: "),
        ("theme: nord\nlog_window: -1\n", 2, "must be 0 to 3600 seconds"),
        ("log_window: 90000\n", 1, "must be 0 to 3600 seconds"),
        ("theme: 3\n", 1, "theme: must be text"),
        ("keys:\n  found: 3\n", 2, "keys.found: must be text"),
        ("theme: a\ntheme: b\n", 2, "is there twice"),
        ("theme: [\n", 2, ""),
        ("just words\n", 1, "must be a group of keys"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(text: str, line: int, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_settings(home(tmp_path, text))
    assert caught.value.where == f"{tmp_path}/stack-wizard/config.yaml:{line}"
    assert said in caught.value.message
    assert caught.value.next_step


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = "theem: x\nruntime: podman\nlog_window: soon\nkeys:\n  found: 3\n"
    with pytest.raises(UsageError) as caught:
        load_settings(home(tmp_path, text))
    said = caught.value.message
    assert caught.value.where.endswith("config.yaml:1")
    assert said.startswith("line 1, unknown key 'theem'")
    for part in ("line 2, runtime: must be 'auto', 'docker'", "line 3, log_window: ", "line 5, keys.found: must be"):
        assert part in said


def test_a_file_that_is_no_text_is_an_error_and_stays(tmp_path: Path) -> None:
    environ = home(tmp_path, "")
    path = tmp_path / "stack-wizard" / "config.yaml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="no UTF-8"):
        load_settings(environ)
    save_theme(environ, "nord")
    assert path.read_bytes() == b"\xff\xfe"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# mine\ntheme: nord  # dark\nkeys: {found: F}\n", "# mine\ntheme: dracula # dark\nkeys: {found: F}\n"),
        ("log_window: 9\n", 'log_window: 9\ntheme: "dracula"\n'),
        ("theme: [\n", "theme: [\n"),
        ("- a list\n", "- a list\n"),
    ],
)
def test_a_theme_is_kept_with_everything_else(before: str, after: str, tmp_path: Path) -> None:
    environ = home(tmp_path, before)
    save_theme(environ, "dracula")
    assert (tmp_path / "stack-wizard" / "config.yaml").read_text() == after
    assert first_theme(environ) == ("dracula" if "dracula" in after else "")


def test_the_first_theme_makes_the_file(tmp_path: Path) -> None:
    environ = home(tmp_path)
    assert first_theme(environ) == ""
    save_theme(environ, "nord")
    assert load_settings(environ).settings == Settings(theme="nord")


def test_an_editor_is_handed_to_what_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VISUAL", "GIT_EDITOR"):
        monkeypatch.setenv(name, "vi")
    apply_editor(Settings())
    assert os.environ["VISUAL"] == "vi"
    apply_editor(Settings(editor="hx"))
    assert (os.environ["VISUAL"], os.environ["GIT_EDITOR"]) == ("hx", "hx")
