"""Whole runs: a terminal for whoever needs one, with a home, an identity and nothing of this machine's settings."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.app_user import APP, AppUser
from tests.journeys.terminal import Terminal

UNWANTED = ("CI", "TERM", "TMUX", "ACCESSIBLE", "NO_COLOR", "FORCE_COLOR", "VISUAL", "EDITOR", "COLUMNS", "LINES")
IDENTITY = "[user]\n\tname = Ada Example\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"

ANSWERS = Path(__file__).parents[2] / "templates" / "demo_answers" / "sentiment.yaml"

OpenTerminal = Callable[..., Terminal]
GitOf = Callable[..., str]


def person_env(home: Path) -> dict[str, str]:
    """The environment of a person with this home; the services' environments built before are found again."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "gitconfig").write_text(IDENTITY, encoding="utf-8")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in UNWANTED and not name.startswith(("GIT_", "TMUX_", "TEXTUAL", "PYTEST_", "STACK_WIZARD"))
    }
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"),
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "COLORTERM": "truecolor",
    }


@pytest.fixture(scope="session")
def terminals() -> Iterator[OpenTerminal]:
    """Gives terminals that are closed at the end: `terminals(home, size=(80, 24), term=…, NAME=value)`."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    opened: list[tuple[Terminal, Path]] = []

    def give(home: Path, *, size: tuple[int, int] = (80, 24), term: str = "tmux-256color", **env: str) -> Terminal:
        place = Path(tempfile.mkdtemp(prefix="sw-"))  # a socket's path must be short
        terminal = Terminal(place, person_env(home) | env, size=size, term=term)
        opened.append((terminal, place))
        return terminal

    yield give
    for terminal, place in opened:
        terminal.close()
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def git_of() -> GitOf:
    """Runs git in a stack; fails the test when git fails."""

    def run(stack: Path, *words: str) -> str:
        done = subprocess.run(["git", "-C", str(stack), *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture
def terminal(terminals: OpenTerminal, tmp_path: Path) -> Iterator[Terminal]:
    """A terminal of 80x24 of one's own."""
    mine = terminals(tmp_path / "home")
    yield mine
    mine.close()


@pytest.fixture(scope="session")
def prepared_halfway(prepared_demo: Path, tmp_path_factory: pytest.TempPathFactory, own_port: int) -> Path:
    """A stack with a new service whose first four phases are committed; copy it, never write to it."""
    place = tmp_path_factory.mktemp("halfway")
    stack = shutil.copytree(prepared_demo, place / "stack", symlinks=True)
    words = ["run", "sentiment", "--answers", str(ANSWERS), "--port", str(own_port), "--yes", "--no-live"]
    run = [*APP, "-C", str(stack), *words, "--phase", "..database"]
    done = subprocess.run(run, env=person_env(place / "home"), capture_output=True, text=True, check=False)
    assert "phase 4 of 7" in done.stdout, done.stdout + done.stderr
    return stack


@pytest.fixture
def halfway(prepared_halfway: Path, tmp_path: Path, apart: None) -> Path:
    """Such a stack of one's own."""
    return shutil.copytree(prepared_halfway, tmp_path / "halfway", symlinks=True)


@pytest.fixture
def checking(halfway: Path, terminal: Terminal) -> AppUser:
    """Somebody who looks at the tests of phase 5 while they run: its files are written and not committed."""
    user = AppUser(terminal)
    user.open(halfway)
    user.open_phase("sentiment", 5)
    user.write_phase(5)
    terminal.wait(r"… running  5\.1")
    return user


@pytest.fixture(scope="session")
def own_port() -> int:
    """A port that nobody of this machine listens on, so that runs side by side do not meet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
