"""The diff: git's own `apply` must make the same text of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.phases import DOCS
from wizard.plan.diff import CARRIAGE_RETURN, unified_diff
from wizard.values.edit import ChangeSet, FileEdit


def diff(before: str | None, after: str | None) -> list[str]:
    edit = FileEdit("a/file.txt", before, after, "why")
    return [line.text for line in unified_diff(ChangeSet("x", DOCS, (edit,)))]


@given(
    st.lists(st.sampled_from("abc"), max_size=14),
    st.lists(st.sampled_from("abcd"), max_size=14),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_git_applies_it(tmp_path: Path, old: list[str], new: list[str], old_ends: bool, new_ends: bool) -> None:
    before, after = "\n".join(old) + "\n" * old_ends, "\n".join(new) + "\n" * new_ends
    if before == after:
        assert diff(before, after) == []
        return
    target = tmp_path / "a" / "file.txt"
    target.parent.mkdir(exist_ok=True)
    target.write_text(before)
    patch = "\n".join(diff(before, after)) + "\n"
    run = subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch, text=True, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr + patch
    assert (target.read_text() if target.exists() else "") == after


def test_a_new_file_is_shown_against_nothing() -> None:
    assert diff(None, "a\nb\n") == ["--- /dev/null", "+++ b/a/file.txt", "@@ -0,0 +1,2 @@", "+a", "+b"]
    assert diff("a\n", None)[1] == "+++ /dev/null"


def test_a_missing_newline_at_the_end_is_said() -> None:
    assert diff("a", "a\n") == [
        "--- a/a/file.txt",
        "+++ b/a/file.txt",
        "@@ -1 +1 @@",
        "-a",
        "\\ No newline at end of file",
        "+a",
    ]


def test_carriage_returns_are_shown_only_where_they_differ() -> None:
    assert diff("a\r\nb\r\n", "a\r\nc\r\n")[-2:] == ["-b", "+c"]
    mixed = diff("a\r\nb\n", "a\nb\n")
    assert f"-a{CARRIAGE_RETURN}" in mixed
    assert "+a" in mixed


@pytest.mark.parametrize("odd", ["\x0c", "\x85", "\u2028", "\x1c"])
def test_only_a_newline_ends_a_line(odd: str) -> None:
    assert diff(None, f"a{odd}b\n")[3:] == [f"+a{odd}b"]


def test_a_secret_of_the_file_is_masked_on_every_line_and_in_the_text_it_stays() -> None:
    before = "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: postgres\n      POSTGRES_USER: postgres\n"
    shown = diff(before, before + "      POSTGRES_DB: app\n")
    assert "       POSTGRES_PASSWORD: ***" in shown and "       POSTGRES_USER: postgres" in shown
    assert shown[-1] == "+      POSTGRES_DB: app"
    moved = diff(before, before.replace("      POSTGRES_PASSWORD", "        POSTGRES_PASSWORD"))
    assert [line for line in moved if "PASSWORD" in line] == [
        "-      POSTGRES_PASSWORD: ***",
        "+        POSTGRES_PASSWORD: ***",
    ]


def test_what_the_wizard_adds_itself_is_shown_as_it_is_written() -> None:
    assert "+DB_PASSWORD: example" in diff("a: 1\n", "a: 1\nDB_PASSWORD: example\n")
    assert "+DB_PASSWORD: example" in diff(None, "DB_PASSWORD: example\n")
