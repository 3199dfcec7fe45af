"""What whole-product tests share: the sample stack, made once and copied, and the command line, in process or not."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from tests.grown_checklist import grown
from wizard.cli import main
from wizard.session.sample import create_demo

AUTHOR = ("Ada Example", "ada@example.org")
ANSWERS = Path(__file__).parents[1] / "templates" / "demo_answers" / "sentiment.yaml"


@dataclass(frozen=True)
class Said:
    """What one command line did."""

    code: int
    out: str
    err: str


# An example that takes 200 ms says that the machine has much to do; folders that load a profile of their own know it.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")
Wizard = Callable[..., Said]
Git = Callable[..., str]


def pytest_configure() -> None:
    """A run started in the background inherits an ignored SIGINT, and so would every child it interrupts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def answers() -> Path:
    """The demo's answers for its new service."""
    return ANSWERS


@pytest.fixture(scope="session")
def prepared_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample stack as `stack-wizard demo` makes it; copy it, never write to it."""
    return create_demo(tmp_path_factory.mktemp("prepared") / "stack", author=AUTHOR)


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """This machine's git configuration, home and terminal have no say; environments built before are found again."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    unwanted = ("CI", "TERM", "ACCESSIBLE", "NO_COLOR", "FORCE_COLOR", "VISUAL", "EDITOR", "COLUMNS", "XDG_CONFIG_HOME")
    for name in [name for name in os.environ if name.startswith("GIT_") or name in unwanted]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    for name, value in (
        ("GIT_CONFIG_GLOBAL", os.devnull),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("HOME", str(home)),
        ("XDG_STATE_HOME", str(home / "state")),
        ("XDG_CACHE_HOME", cache),
    ):
        monkeypatch.setenv(name, value)


@pytest.fixture
def demo(prepared_demo: Path, tmp_path: Path, apart: None) -> Path:
    """A sample stack of one's own."""
    return copy_stack(prepared_demo, tmp_path / "stack")


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Path, str], Path]:
    """Copies a stack under another name."""
    return lambda stack, name: copy_stack(stack, tmp_path / name)


def copy_stack(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, symlinks=True)
    return target


@pytest.fixture
def quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens on this machine, whatever other tests start at the same time."""
    monkeypatch.setattr("wizard.adapters.sockets.listening", lambda: ())


@pytest.fixture
def wizard(
    demo: Path, quiet_machine: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Wizard:
    """Runs a command line in this process, on the sample stack unless `stack` names another folder."""
    monkeypatch.setattr("wizard.commands.terminal.SOON", 60.0)  # a slow machine's notice is no difference

    def call(*words: str, stack: Path = demo) -> Said:
        capsys.readouterr()
        try:
            code = main(["-C", str(stack), *words])
        except SystemExit as end:  # argparse's own way to refuse
            code = int(str(end.code or 0))
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


@pytest.fixture
def command(apart: None) -> Wizard:
    """Runs a command line in a process of its own."""

    def call(
        *words: str, stack: Path | None = None, given: str = "", timeout: float = 600, before: tuple[str, ...] = ()
    ) -> Said:
        place = ["-C", str(stack)] if stack is not None else []
        done = subprocess.run(
            [*before, sys.executable, "-m", "screens", *place, *words],
            input=given,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def git(demo: Path) -> Git:
    """Runs git in the sample stack, or in `stack`; fails the test when git fails."""

    def call(*words: str, stack: Path = demo) -> str:
        done = subprocess.run(
            ["git", "-C", str(stack), *words],
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


@pytest.fixture
def observability(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The checklist has an eighth phase, `observability`, with the item 8.1: added as data, see `grown_checklist`."""
    with grown(monkeypatch):
        yield


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on now, and that no outgoing connection takes before the test does."""
    from wizard.runtime import process

    return process.free_port()


@pytest.fixture
def photograph() -> Callable[[Path], dict[str, bytes]]:
    """Everything of a stack that a refused command must leave alone: files with their modes, HEAD, refs and index."""
    return _photograph


def _photograph(stack: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in sorted(stack.rglob("*")):
        name = path.relative_to(stack).as_posix()
        if name.startswith(".git/") and not _counts(name):
            continue
        if path.is_symlink():
            found[name] = str(path.readlink()).encode()
        elif path.is_file():
            found[name] = oct(path.stat().st_mode).encode() + path.read_bytes()
        else:
            found[name] = b"folder"
    return found


def _counts(name: str) -> bool:
    return name in (".git/HEAD", ".git/index", ".git/packed-refs") or name.startswith(".git/refs/")
