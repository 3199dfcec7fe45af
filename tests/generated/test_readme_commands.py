"""A README whose commands do not work as pasted is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generated.readme_commands import main, unit_test_commands


def test_only_the_lines_for_unit_tests_are_taken() -> None:
    readme = "Run pytest unit.\n\n```bash\npython -m pytest tests/unit/a\nX=1 python -m pytest tests/e2e/a\n```\n"
    assert unit_test_commands(readme) == ["python -m pytest tests/unit/a"]


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        ("true || pytest unit", 0),
        ("false && pytest unit", 1),
        ("echo no tests", 1),
        ('test "$PYTHONPATH" # pytest unit', 1),
    ],
)
def test_a_command_that_fails_in_a_plain_shell_is_a_finding(
    commands: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "services")
    readme = tmp_path / "README.md"
    readme.write_text(f"```sh\n{commands}\n```\n")
    assert main([str(readme)]) == code
