"""A command of a checklist: no shell, a clean environment, bounded time and output, nothing left behind."""

from __future__ import annotations

import os
import select
import sys
import time
from pathlib import Path

import pytest

from wizard.rules.text import MOST_OUTPUT
from wizard.verify.declared.command import Ended, run_command


def run(folder: Path, *words: str, seconds: float = 30.0) -> Ended:
    return run_command(words, folder, seconds, lambda: False)


@pytest.mark.parametrize("code", [0, 3])
def test_its_exit_code_and_output_are_taken(code: int, tmp_path: Path) -> None:
    ended = run(tmp_path, sys.executable, "-c", f"import sys; print('seen'); sys.exit({code})")
    assert (ended.code, ended.output) == (code, "seen")


def test_no_shell_reads_the_words(tmp_path: Path) -> None:
    ended = run(tmp_path, "echo", "$HOME", ";", "touch", "canary", "`id`")
    assert ended.output == "$HOME ; touch canary `id`"
    assert not (tmp_path / "canary").exists()


def test_it_runs_in_the_stack_with_nothing_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "very-secret-value")
    monkeypatch.setenv("PATH", f".{os.pathsep}tools{os.pathsep}{os.environ['PATH']}")
    said = run(tmp_path, sys.executable, "-c", "import os; print(os.getcwd(), sorted(os.environ), os.environ['PATH'])")
    assert said.output.startswith(str(tmp_path.resolve()))
    assert "SOME_TOKEN" not in said.output and "tools:" not in said.output
    assert run(tmp_path, sys.executable, "-c", "print(input())").code == 1  # nothing is on its standard input


def test_a_secret_in_its_output_is_struck_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "very-secret-value")
    said = run(tmp_path, "echo", "tried very-secret-value at postgres://app:hunter22@db/app")
    assert "very-secret-value" not in said.output and "hunter22" not in said.output


def test_output_without_end_is_bounded_and_made_safe(tmp_path: Path) -> None:
    script = "import sys\nfor n in range(200000): sys.stdout.write('a' * 99 + '\\n')\nprint('\\x1b[31mend')"
    said = run(tmp_path, sys.executable, "-c", script)
    assert said.code == 0 and said.output.endswith("\nend") and len(said.output) <= MOST_OUTPUT


def test_one_that_does_not_end_is_ended_with_what_it_started(tmp_path: Path) -> None:
    script = "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"
    began = time.monotonic()
    said = run(tmp_path, sys.executable, "-c", script, seconds=1.0)
    assert said.code is None and "within 1 seconds" in said.why and time.monotonic() - began < 60
    assert ended(int(said.output))


def test_what_it_left_running_is_ended(tmp_path: Path) -> None:
    script = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid)"
    said = run(tmp_path, sys.executable, "-c", script)
    assert said.code == 0 and ended(int(said.output))


def ended(pid: int) -> bool:
    """Whether a process ends: the kernel says so itself, also of one that only waits to be reaped."""
    try:
        end = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([end], [], [], 60)[0])
    finally:
        os.close(end)


def test_one_that_is_stopped_says_so(tmp_path: Path) -> None:
    said = run_command(["sleep", "600"], tmp_path, 600, lambda: True)
    assert said == Ended(None, "", "it was stopped")


def test_no_such_program(tmp_path: Path) -> None:
    assert run(tmp_path, "no-such-program-here").missing
    (tmp_path / "plain.txt").write_text("x", encoding="utf-8")
    said = run(tmp_path, "./plain.txt")
    assert said.code is None and not said.missing and "ermission" in said.why
