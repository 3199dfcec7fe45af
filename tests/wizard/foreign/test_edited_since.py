"""Files the wizard generated and people edited since: a later plan shows its own change against today's text only."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MakeStack = Callable[[str], Path]
COMPOSE = "docker-compose.yml"
FOLDER = "apps/order_book"


@pytest.fixture
def stack(fixture_stack: MakeStack, wizard: Any, git: Any) -> Path:
    """A stack with a generated service that people went on with: every kind of file has something of theirs."""
    made = fixture_stack("layered")
    assert "2.3" in wizard("run", "order_book", "--yes", "--no-live", stack=made).err
    _edit(made / COMPOSE, '      ORDER_BOOK_LOG_LEVEL: "INFO"\n', '      ORDER_BOOK_LOG_LEVEL: "DEBUG"  # ours\n')
    _edit(made / FOLDER / "Dockerfile", "WORKDIR /app\n", "WORKDIR /app\n# ours\nRUN mkdir /app/cache\n")
    _edit(made / FOLDER / "logic.py", "def handle(", "LIMIT = 3  # ours\n\n\ndef handle(")
    _edit(made / FOLDER / "requirements.txt", "waitress==", "numpy==2.1.0\nwaitress==")
    _edit(made / FOLDER / "README.md", "## Configuration\n", "## Our rules\n\nNever on Fridays.\n\n## Configuration\n")
    git("commit", "-q", "-a", "-m", "ours", stack=made)
    return made


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new))


def _texts(stack: Path) -> dict[str, str]:
    places = (COMPOSE, *(str(path.relative_to(stack)) for path in sorted((stack / FOLDER).iterdir()) if path.is_file()))
    return {place: (stack / place).read_text() for place in places}


def test_nothing_of_theirs_is_taken_back(stack: Path, wizard: Any, git: Any) -> None:
    before = _texts(stack)
    head = git("rev-parse", "HEAD", stack=stack)
    wizard("run", "order_book", "--yes", "--no-live", stack=stack)
    assert _texts(stack) == before
    assert git("rev-parse", "HEAD", stack=stack) == head


def test_only_the_wizards_own_change_is_planned_and_made(stack: Path, wizard: Any, git: Any) -> None:
    """Something is missing again in three generated files; each gets just that back, beside what is theirs."""
    readme, docker = stack / FOLDER / "README.md", stack / FOLDER / "Dockerfile"
    section = readme.read_text().split("## Troubleshooting")[1]
    _edit(readme, "## Troubleshooting" + section, "")
    _edit(docker, "USER 10001:10001\n", "")
    _edit(stack / COMPOSE, '      - "127.0.0.1:9004:9004"\n', '      - "9004:9004"\n')
    git("commit", "-q", "-a", "-m", "spoilt", stack=stack)
    before = _texts(stack)
    planned = wizard("run", "order_book", "--yes", "--dry-run", "--no-color", stack=stack).out
    changed = [line for line in planned.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert [line for line in changed if line.startswith("-")] == ['-      - "9004:9004"']
    assert not [line for line in changed if "ours" in line or "Friday" in line or "numpy" in line]
    assert _texts(stack) == before, "a dry run writes nothing"
    wizard("run", "order_book", "--yes", "--no-live", stack=stack)
    after = _texts(stack)
    for path in (COMPOSE, f"{FOLDER}/Dockerfile", f"{FOLDER}/README.md"):
        kept = [line for line in before[path].splitlines() if line != '      - "9004:9004"']
        now = iter(after[path].splitlines())
        assert all(line in now for line in kept), "theirs is all there, in its order"
        assert before[path] != after[path]
    assert '      - "127.0.0.1:9004:9004"\n' in after[COMPOSE]
    assert after[f"{FOLDER}/logic.py"] == before[f"{FOLDER}/logic.py"]


def test_a_hand_written_service_is_never_rewritten(fixture_stack: MakeStack, wizard: Any, git: Any) -> None:
    """Every service of the three stacks, all phases: no line of its Python is changed or removed, but that of a
    development server which gives way to the server that stops with the process."""
    for name in ("flat", "layered", "rootcompose"):
        made = fixture_stack(name)
        python = {path: path.read_text() for path in made.rglob("*.py") if ".git" not in path.parts}
        services = [line.split()[0] for line in wizard("status", stack=made).out.splitlines()[1:] if line]
        for service in dict.fromkeys(services[: services.index("service")]):
            wizard("run", service, "--yes", "--no-live", stack=made)
        for path, text in python.items():
            lines = iter(path.read_text().splitlines())
            kept = (line for line in text.splitlines() if not re.search(r"\b\w+\.run\(.*\bport=", line))
            assert all(line in lines for line in kept), path
