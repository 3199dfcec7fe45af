"""The benchmark measures the process it started, not itself."""

from __future__ import annotations

from bench.measure import python, run_once


def test_memory_and_exit_code_are_those_of_the_child() -> None:
    ballast = bytearray(b"x" * (96 << 20))
    small = run_once(python("raise SystemExit(7)"))
    large = run_once(python("held = b'x' * (64 << 20)"))
    assert small.code == 7 and large.code == 0
    assert small.mb < 48 < 64 < large.mb < 96
    assert 0 < small.ms < 30_000
    del ballast


def test_a_command_is_found_on_the_path_and_prints_nowhere() -> None:
    assert run_once(["sh", "-c", "echo out; echo err >&2; exit 3"]).code == 3
