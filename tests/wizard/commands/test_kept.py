"""The kept outcome of `check` and `status` is never an old one, and never in the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from wizard.commands import kept as kept_module

Wizard = Callable[..., Any]
Git = Callable[..., str]
Change = Callable[[Path], object]
WORDS = ("check", "--format", "json")
OVERLAY = "services:\n  cdb_core:\n    ports: ['8001:8001']\n"
MANIFEST = "schema: 1\nspec: {name: market, purpose: x, port: 8005}\n"
MOVES = {
    "commit": ("commit", "--allow-empty", "-qm", "x"),
    "switch": ("switch", "-qc", "x"),
    "reset": ("reset", "-q", "HEAD~"),
}


@pytest.fixture
def folder(demo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Switches keeping on; where outcomes are kept."""
    monkeypatch.delenv("STACK_WIZARD_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "stack-wizard"


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows whenever a command is really run."""
    seen: list[int] = []
    real = kept_module._run_and_keep

    def counted(*args: Any) -> int:
        seen.append(1)
        return real(*args)

    monkeypatch.setattr(kept_module, "_run_and_keep", counted)
    return seen


@pytest.fixture
def fresh(wizard: Wizard, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """What a command says without anything kept."""

    def call(*words: str) -> Any:
        with monkeypatch.context() as patch:
            patch.setenv("STACK_WIZARD_CACHE", "off")
            return wizard(*words)

    return call


@pytest.mark.parametrize("words", [WORDS, ("check", "market"), ("check", "--phase", "compose"), ("status",)])
def test_the_second_answer_is_the_first_without_a_run(
    words: tuple[str, ...], folder: Path, wizard: Wizard, fresh: Wizard, runs: list[int]
) -> None:
    first, second = wizard(*words), wizard(*words)
    assert first == second == fresh(*words)
    assert len(runs) == 1
    assert [path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())] == [0o700, 0o600]


def _append(path: str, text: str = "\n") -> Change:
    def change(stack: Path) -> None:
        with (stack / path).open("a") as stream:
            stream.write(text)

    return change


def _write(path: str, text: str) -> Change:
    def change(stack: Path) -> None:
        (stack / path).parent.mkdir(parents=True, exist_ok=True)
        (stack / path).write_text(text)

    return change


def _same_size_and_time(stack: Path) -> None:
    path = stack / "services" / "market" / "Dockerfile"
    before = path.stat()
    path.write_text(path.read_text().replace("8006", "8005"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


def _link(stack: Path) -> None:
    path = stack / "services" / "market" / "README.md"
    path.unlink(missing_ok=True)
    path.symlink_to("../core/README.md")


def _repointed(stack: Path) -> None:
    (stack / "services" / "market" / "README.md").unlink()
    (stack / "services" / "market" / "README.md").symlink_to("../risk/README.md")


def _move(source: str, target: str) -> Change:
    return lambda stack: (stack / source).rename(stack / target)


CHANGES: dict[str, Change] = {
    "content": _append("services/market/service.py", "\nX = os.environ['MARKET_NEW']\n"),
    "content of the same size at the same time": _same_size_and_time,
    "content that says nothing": _append("services/core/service.py", "# a word\n"),
    "compose": _append("infrastructure/compose/dev.yml", "  # a remark\n"),
    "another compose file": _write("infrastructure/compose/prod.yml", OVERLAY),
    ".env": _write("infrastructure/compose/.env", "REDIS_PASSWORD=other\n"),
    ".env at the top": _write(".env", "MARKET_PORT=9000\n"),
    "documents": _append("FUTURE_SERVICES.md", "\n- 8055: Late Service (planned)\n"),
    "a new file": _write("services/market/README.md", "# Market\n"),
    "a new service": _write("services/late/service.py", "from flask import Flask\napp = Flask(__name__)\n"),
    "a new empty folder in the way": lambda stack: (stack / "services" / "market" / "config.d").mkdir(),
    "a file less": lambda stack: (stack / "services" / "market" / "Dockerfile").unlink(),
    "another name": _move("services/core/Dockerfile", "services/core/Dockerfile.old"),
    "a folder with another name": _move("services/core", "services/kern"),
    "a link instead of a file": _link,
    "the profile": _write(".stack-wizard/stack.yaml", "schema: 1\nservices_dir: services\nprefix: cdb_\n"),
    "a broken profile": _write(".stack-wizard/stack.yaml", "schema: 1\nservicesdir: services\n"),
    "a manifest": _write(".stack-wizard/services/market.yaml", MANIFEST),
    "tests": _write("tests/unit/market/test_market_late.py", "def test_it():\n    pass\n"),
    "the pytest configuration": _append("pyproject.toml", "\n# a remark\n"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_is_seen(
    change: Change, demo: Path, folder: Path, wizard: Wizard, fresh: Wizard, runs: list[int]
) -> None:
    wizard(*WORDS)
    change(demo)
    changed = wizard(*WORDS)
    assert changed == fresh(*WORDS)
    assert wizard(*WORDS) == changed


def test_a_change_back_finds_the_first_answer_again(demo: Path, folder: Path, wizard: Wizard, runs: list[int]) -> None:
    first = wizard(*WORDS)
    path = demo / "services" / "market" / "service.py"
    before = path.read_bytes()
    path.write_bytes(before + b"\n# later\n")
    wizard(*WORDS)
    path.write_bytes(before)
    assert wizard(*WORDS) == first
    assert len(runs) == 3  # one outcome a command line is kept, the latest


def test_where_a_link_leads_is_seen(demo: Path, folder: Path, wizard: Wizard, fresh: Wizard) -> None:
    _link(demo)
    wizard(*WORDS)
    _repointed(demo)
    assert wizard(*WORDS) == fresh(*WORDS)


@pytest.mark.parametrize("how", ["commit", "switch", "packed", "reset"])
def test_another_head_is_another_question(
    how: str, demo: Path, folder: Path, wizard: Wizard, git: Git, runs: list[int]
) -> None:
    git("commit", "--allow-empty", "-q", "-m", "one")
    wizard(*WORDS)
    if how == "packed":
        git("pack-refs", "--all")
        wizard(*WORDS)
        runs.clear()
        git("commit", "--allow-empty", "-q", "-m", "two")
        git("pack-refs", "--all")
    else:
        runs.clear()
        git(*MOVES[how])
    wizard(*WORDS)
    assert len(runs) == 1


def test_words_terminal_and_program_have_answers_of_their_own(
    folder: Path, wizard: Wizard, runs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in (WORDS, ("check",), ("check", "-q"), ("check", "core"), ("status",), ("status", "--format", "json")):
        wizard(*words)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in wizard("check").out
    monkeypatch.setattr("wizard.__version__", "0.0.0")
    wizard(*WORDS)
    assert len(runs) == 8


@pytest.mark.parametrize("words", [("check", "nobody"), ("status", "--write"), ("check", "--debug")])
def test_errors_writes_and_debugging_are_not_kept(words: tuple[str, ...], folder: Path, wizard: Wizard) -> None:
    wizard(*words)
    assert not folder.exists()


def test_off_is_off(folder: Path, fresh: Wizard) -> None:
    fresh(*WORDS)
    assert not folder.exists()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _forge(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"met"', b'"MET"'))


def _other_kind(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _elsewhere(path: Path) -> None:
    path.rename(path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved"))


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGE = (
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"{}\n"),
    lambda path: path.write_bytes(os.urandom(2000)),
    _cut,
    _forge,
    _other_kind,
    _elsewhere,
    _pipe,
)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_or_foreign_outcome_is_none(damage: Change, folder: Path, wizard: Wizard, runs: list[int]) -> None:
    first = wizard(*WORDS)
    damage(next(iter(folder.iterdir())))
    assert wizard(*WORDS) == first
    assert len(runs) == 2


def test_a_whole_outcome_with_senseless_questions_is_none(folder: Path, wizard: Wizard, runs: list[int]) -> None:
    first = wizard(*WORDS)
    path = next(iter(folder.iterdir()))
    rest = path.read_bytes().partition(b"\n")[2].replace(b'["read",', b'["dance",', 1)
    path.write_bytes(sha256(rest).hexdigest().encode() + b"\n" + rest)
    assert wizard(*WORDS) == first
    assert len(runs) == 2


def test_a_cache_that_cannot_be_written_is_left_alone(folder: Path, wizard: Wizard, fresh: Wizard) -> None:
    folder.parent.write_text("a file in the way")
    assert wizard(*WORDS) == wizard(*WORDS) == fresh(*WORDS)


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    demo: Path, folder: Path, wizard: Wizard, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wizard.adapters.trace import TracedFiles

    real = TracedFiles.exists

    def meddle(files: TracedFiles, path: str) -> bool:
        found = real(files, path)
        (demo / "services" / "market" / "late.txt").touch()
        files.walk("", limit=5001)
        return found

    monkeypatch.setattr(TracedFiles, "exists", meddle)
    wizard(*WORDS)
    assert not folder.exists()


def test_nothing_secret_is_kept(demo: Path, folder: Path, wizard: Wizard) -> None:
    secret = "hunter2-very-secret"
    _write("infrastructure/compose/.env", f"REDIS_PASSWORD={secret}\n")(demo)
    _append("services/market/service.py", f'\nPASSWORD = os.getenv("MARKET_PASSWORD", "{secret}")\n')(demo)
    for words in (WORDS, ("check", "-v"), ("status",), ("check", "--format", "sarif")):
        wizard(*words)
    assert len(list(folder.iterdir())) == 4
    assert all(secret.encode() not in path.read_bytes() for path in folder.iterdir())


def test_what_is_kept_is_bounded(folder: Path, wizard: Wizard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.adapters.cache.LARGEST_CACHE", 100_000)
    for _ in range(2):
        for name in ("core", "risk", "ws", "execution", "market", "regime", "allocation"):
            for form in ("json", "sarif", "text"):
                wizard("check", name, "--format", form)
    assert 0 < sum(path.stat().st_size for path in folder.iterdir()) <= 100_000
    monkeypatch.setattr("wizard.adapters.cache.LARGEST_ENTRY", 100)
    before = set(folder.iterdir())
    wizard("check", "core", "-q")
    assert set(folder.iterdir()) == before


AUDITED = """
import json, os, sys
root = os.path.realpath(sys.argv[2]) + os.sep
opened = set()
def hook(event, args):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(args[0], (str, bytes, os.PathLike)):
        opened.add(os.path.abspath(os.fsdecode(args[0])))
sys.addaudithook(hook)
from wizard.adapters.trace import Trace
traces = []
real = Trace.__init__
def noted(self):
    real(self)
    traces.append(self)
Trace.__init__ = noted
from wizard.cli import main
sys.stdout = open(os.devnull, "w")
main(sys.argv[1:])
asked = {os.path.join(root, path) for kind, path in traces[0].questions if kind in ("read", "list")}
walked = [os.path.join(root, path) for kind, path in traces[0].questions if kind.startswith("walk")]
missed = [p for p in opened if p.startswith(root) and not p.startswith(os.path.join(root, ".git")) and p not in asked
          and not (os.path.isdir(p) and any((p + os.sep).startswith(w.rstrip(os.sep) + os.sep) for w in walked))]
sys.__stdout__.write(json.dumps([len(asked), sorted(missed)]))
"""


@pytest.mark.parametrize("words", [("check",), ("status",)])
def test_no_file_is_opened_past_the_trace(words: tuple[str, ...], demo: Path, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AUDITED, "-C", str(demo), *words], capture_output=True, text=True, check=False
    )
    asked, missed = json.loads(done.stdout)
    assert asked > 50
    assert missed == []
