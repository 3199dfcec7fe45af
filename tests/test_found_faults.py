"""The faults that were found once, each through the command line, as a user met it: the tests run on any version.

The numbers are those of the list in SECURITY.md, where each stands in a sentence.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]
Git = Callable[..., str]
Opened = Callable[..., Any]
DOCS = ("run", "market", "--yes", "--no-live", "--phase", "docs")
COMPOSE = ("run", "market", "--yes", "--no-live", "--phase", "compose")
RUNBOOK = "DOCKER_STACK_RUNBOOK.md"
DEV = "infrastructure/compose/dev.yml"
NOT_TOLD = "nothing was committed"
MOST_MEMORY, MOST_SECONDS = 300 * 1024, 20
"""KiB at the highest, and seconds of processor time, that any of these small stacks may cost."""


def _hook(stack: Path, name: str, script: str) -> None:
    path = stack / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def _everywhere(stack: Path) -> str:
    """Every text below the stack, git's own folder included."""
    return "".join(path.read_text(errors="replace") for path in stack.rglob("*") if path.is_file())


def _as_committed(git: Git) -> None:
    assert git("status", "--porcelain") == ""


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_01_hidden_edits_are_neither_committed_nor_lost(demo: Path, command: Wizard, git: Git, flag: str) -> None:
    git("update-index", flag, RUNBOOK)
    with (demo / RUNBOOK).open("a") as runbook:
        runbook.write("\nmy private note\n")
    head = git("rev-parse", "HEAD")
    said = command(*DOCS, stack=demo)
    assert said.code == 1
    assert git("rev-parse", "HEAD") == head
    assert "my private note" in (demo / RUNBOOK).read_text()
    assert not (demo / "services/market/README.md").exists()


@pytest.mark.parametrize("path", ["services/market/README.md", RUNBOOK])
def test_02_work_saved_while_a_hook_runs_is_kept(demo: Path, command: Wizard, git: Git, path: str) -> None:
    _hook(demo, "pre-commit", f"echo 'saved by an editor' >> {path}; exit 1")
    said = command(*DOCS, stack=demo)
    assert said.code == 1
    assert "saved by an editor" in _everywhere(demo / ".git/stack-wizard") + (demo / RUNBOOK).read_text()


@pytest.mark.parametrize("name", ["/outside.txt", "../outside.txt", "../../../outside.txt", "{folder}/outside.txt"])
def test_03_a_template_reads_no_file_outside(demo: Path, command: Wizard, git: Git, tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.txt").write_text("0utside-canary")
    path = demo / ".stack-wizard/templates/docs/readme.md.j2"
    path.parent.mkdir(parents=True)
    path.write_text("{% include '" + name.format(folder=tmp_path) + "' %}")
    git("add", "-A")
    git("commit", "-q", "-m", "a template")
    said = command(*DOCS, stack=demo)
    assert said.code == 1
    assert "docs/readme.md.j2:1" in said.err
    assert "0utside-canary" not in _everywhere(demo)


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "4d" * 32 + "\nsize 12345\n"


@pytest.mark.parametrize("what", ["a pointer", "too large", "a link to nowhere", "UTF-16"])
def test_04_an_unreadable_compose_file_is_not_taken_as_absent(demo: Path, command: Wizard, git: Git, what: str) -> None:
    path = demo / DEV
    if what == "a pointer":
        path.write_text(POINTER)
    elif what == "too large":
        path.write_bytes(path.read_bytes() + b"#" * (17 << 20))
    elif what == "UTF-16":
        path.write_bytes(path.read_text().encode("utf-16"))
    else:
        path.unlink()
        path.symlink_to("../nowhere/dev.yml")
    git("add", "-A")
    git("commit", "-q", "-m", "unreadable")
    head = git("rev-parse", "HEAD")
    said = command(*COMPOSE, stack=demo)
    assert said.code == 1
    assert "dev.yml" in said.out + said.err
    assert git("rev-parse", "HEAD") == head
    _as_committed(git)


def test_05_locks_of_the_wizard_s_own_killed_git_need_nobody(demo: Path, command: Wizard, git: Git) -> None:
    """The hook kills the wizard and then git, in whose name the index and a next one are locked."""
    _hook(demo, "pre-commit", 'set -- $(cat /proc/$PPID/stat); kill -9 "$4" "$PPID"')
    assert command(*DOCS, stack=demo).code == -9
    assert list((demo / ".git").rglob("*.lock"))
    (demo / ".git/hooks/pre-commit").unlink()
    said = command(*DOCS, stack=demo)
    assert said.code == 0, said.err
    assert not list((demo / ".git").rglob("*.lock"))
    assert git("log", "-1", "--format=%s").startswith("docs(market)")
    _as_committed(git)


def test_06_a_commit_that_is_there_is_not_denied(demo: Path, command: Wizard, git: Git) -> None:
    head = git("rev-parse", "HEAD")
    _hook(demo, "post-commit", "kill -9 $PPID")
    said = command(*DOCS, stack=demo)
    assert git("rev-parse", "HEAD") != head
    assert NOT_TOLD not in said.out + said.err
    assert git("rev-parse", "HEAD")[:10] in said.out


HOSTILE = ("ev\x1b[31mil", "ev\u202eil", "ev\x9b2Jil", "ev\u2066il")


@pytest.mark.parametrize("form", [(), ("--format", "json"), ("--format", "markdown"), ("--format", "sarif")], ids=str)
def test_07_names_from_outside_steer_no_terminal(demo: Path, command: Wizard, form: tuple[str, ...]) -> None:
    for name in HOSTILE:
        folder = demo / "services" / name
        folder.mkdir()
        (folder / "Dockerfile").write_text("FROM python:3.12-slim\nCMD python service.py\n")
        (folder / "service.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    said = command("check", *form, stack=demo)
    assert said.code in (0, 1, 2), said.err
    assert not [char for char in "\x1b\x9b\u202e\u2066" if char in said.out + said.err]


def _costs(stack: Path, *words: str) -> tuple[int, float, str]:
    """Highest memory in KiB, processor seconds and output of a command; ended when it goes far beyond the bound."""

    # Started by a small process: a child begins with the memory of the one that forks it, and a test runner is large.
    words_of_child = [sys.executable, "-m", "screens", "-C", str(stack), *words]
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *words_of_child], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    code, memory, seconds, said = json.loads(done.stdout)
    assert code in (0, 1), said[-2000:]
    return memory, seconds, said


_MEASURE = """
import json, os, resource, subprocess, sys
def bound():
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=bound)
said = child.stdout.read().decode(errors="replace")
_, status, usage = os.wait4(child.pid, 0)
child.returncode = os.waitstatus_to_exitcode(status)
print(json.dumps([child.returncode, usage.ru_maxrss, usage.ru_utime + usage.ru_stime, said]))
"""


NESTED = "x"
for _ in range(3000):
    NESTED = "${A:-" + NESTED + "}"
SMALL: dict[str, tuple[str, Callable[[str], str], tuple[str, ...]]] = {
    "ARG": ("services/market/Dockerfile", lambda text: _doubling("ARG A{} ", text), ("check", "market")),
    "ENV": ("services/market/Dockerfile", lambda text: _doubling("ENV A{} ", text), ("check", "market")),
    "nested default": (
        DEV,
        lambda text: text.replace("services:\n", f'services:\n  odd:\n    image: "{NESTED}"\n', 1),
        ("check",),
    ),
    "range": (
        ".stack-wizard/templates/docs/readme.md.j2",
        lambda _: "{% for a in range(99999) %}{% for b in range(99999) %}{{ a }}{% endfor %}{% endfor %}",
        (*DOCS, "--dry-run"),
    ),
    "a long text": (
        ".stack-wizard/templates/docs/readme.md.j2",
        lambda _: "{{ ('x' * 99999999) * 99 }}",
        (*DOCS, "--dry-run"),
    ),
}


def _doubling(words: str, text: str) -> str:
    lines = [words.format(0).strip() + "=xxxxxxxx"]
    lines += [words.format(n).strip() + f"=${{A{n - 1}}}${{A{n - 1}}}" for n in range(1, 28)]
    first, rest = text.split("\n", 1)
    return "\n".join([first, *lines, "ENV PORT=${A27}", rest])


@pytest.mark.parametrize("name", SMALL)
def test_08_small_files_do_not_exhaust_the_machine(demo: Path, apart: None, name: str) -> None:
    path, change, words = SMALL[name]
    target = demo / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(change(target.read_text() if target.exists() else ""))
    memory, seconds, said = _costs(demo, *words)
    assert memory < MOST_MEMORY
    assert seconds < MOST_SECONDS
    assert "Traceback" not in said


INPUTS: dict[str, Callable[[Path, pytest.MonkeyPatch], object]] = {
    "a template divides": lambda stack, patch: _template(stack, "{{ 1 / 0 }}"),
    "a template compares": lambda stack, patch: _template(stack, "{{ 1 < 'a' }}"),
    "a template recurses": lambda stack, patch: _template(stack, "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
    "deep code": lambda stack, patch: _code(stack, "x = " + "-" * 20000 + "1\n"),
    "deep lists": lambda stack, patch: _code(stack, "x = " + "[" * 150 + "]" * 150 + "\ny = " + "(" * 9000 + "\n"),
    "deep calls": lambda stack, patch: _code(stack, "x = a" + ".b()" * 20000 + "\n"),
    "relative cache": lambda stack, patch: patch.setenv("XDG_CACHE_HOME", "cache"),
    "cache of nobody": lambda stack, patch: patch.setenv("XDG_CACHE_HOME", "~nobody-of-that-name/cache"),
    "state of nobody": lambda stack, patch: patch.setenv("XDG_STATE_HOME", "~nobody-of-that-name/state"),
}


def _template(stack: Path, text: str) -> None:
    path = stack / ".stack-wizard/templates/docs/readme.md.j2"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def _code(stack: Path, text: str) -> None:
    (stack / "services/market/service.py").write_text(text)


@pytest.mark.parametrize("name", INPUTS)
def test_09_no_input_is_a_bug(demo: Path, command: Wizard, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    INPUTS[name](demo, monkeypatch)
    for words in ((*DOCS, "--dry-run"), ("run", "market", "--yes", "--dry-run"), ("check", "market")):
        said = command(*words, stack=demo)
        assert said.code in (0, 1), said.err
        assert "Traceback" not in said.out + said.err


def test_09_nobody_without_a_home(demo: Path, command: Wizard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user id that no file knows, as containers have it, and no HOME; the template is there to be a bug to report."""
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_STATE_HOME")
    _template(demo, "{{ 1 / 0 }}")
    unknown = "import pwd\ndef getpwuid(uid):\n    raise KeyError(uid)\npwd.getpwuid = getpwuid\n"
    for words in ((*DOCS, "--dry-run"), DOCS, ("check", "market")):
        said = command(*words, stack=demo, before=_with_site(tmp_path, unknown))
        assert said.code in (0, 1), said.err
        assert "Traceback" not in said.out + said.err


def _with_site(tmp_path: Path, code: str) -> tuple[str, str]:
    """What to put before a Python so that it runs this code first."""
    site = tmp_path / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(code)
    return ("env", f"PYTHONPATH={site}:{os.environ.get('PYTHONPATH', '')}")


def test_10_temporary_copies_are_private_and_swept(demo: Path, command: Wizard, git: Git, tmp_path: Path) -> None:
    """The file is the engineer's alone (0600), and so is every copy of it from its first moment on."""
    (demo / RUNBOOK).chmod(0o600)
    left = demo / ".git/stack-wizard/.sw-0123456789ab.tmp"
    left.parent.mkdir(exist_ok=True)
    left.write_text("half of a journal")
    seen = tmp_path / "opened"
    code = (
        "import os\n_open = os.open\n"
        "def opened(path, flags, mode=0o777, **rest):\n"
        "    if flags & os.O_CREAT and str(path).endswith('.tmp'):\n"
        f"        print(oct(mode), path, file=open({str(seen)!r}, 'a'))\n"
        "    return _open(path, flags, mode, **rest)\n"
        "os.open = opened\n"
    )
    said = command(*DOCS, stack=demo, before=_with_site(tmp_path, code))
    assert said.code == 0, said.err
    opened = [line.split(" ", 1) for line in seen.read_text().splitlines()]
    assert {mode for mode, path in opened if Path(path).parent == demo} == {"0o600"}
    assert not left.exists()


@pytest.mark.embedded
def test_11_the_embedded_run_opens_no_port_to_the_network(demo: Path, command: Wizard, tmp_path: Path) -> None:
    path = demo / "services/market/service.py"
    seen = tmp_path / "bound"
    path.write_text(
        "import json\nfrom http.server import BaseHTTPRequestHandler, HTTPServer\n"
        "class Handler(BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(200)\n        self.end_headers()\n"
        "        self.wfile.write(json.dumps({'status': 'ok'}).encode())\n"
        "server = HTTPServer(('0.0.0.0', 8005), Handler)\n"
        f"open({str(seen)!r}, 'a').write(str(server.socket.getsockname()))\n"
        "server.serve_forever()\n"
    )
    command("verify", "market", "--runtime", "embedded", "--log-window", "0.3", stack=demo)
    assert "('127.0.0.1', " in seen.read_text()
    assert "0.0.0.0" not in seen.read_text()


@pytest.mark.parametrize("script", ["echo 'ABC-1 work' > \"$1\"", "sed -i '/^Stack-Wizard/d' \"$1\""])
def test_12_a_message_that_a_hook_replaced_is_said_and_the_phase_still_known(
    demo: Path, command: Wizard, git: Git, script: str
) -> None:
    _hook(demo, "commit-msg", script)
    start = git("rev-parse", "HEAD^{tree}")
    said = command(*DOCS, stack=demo)
    assert "trailers" in said.out + said.err
    (demo / ".git/hooks/commit-msg").unlink()
    assert command("undo", "market", stack=demo).code == 0
    assert git("rev-parse", "HEAD^{tree}") == start


def test_12_a_colleague_s_clone_knows_phases_and_waivers_whose_messages_were_replaced(
    demo: Path, command: Wizard, git: Git, tmp_path: Path
) -> None:
    """The clone has neither the hook nor what the first one remembers beside its commits."""
    _hook(demo, "prepare-commit-msg", "echo 'ABC-12 work' > \"$1\"")
    start = git("rev-parse", "HEAD^{tree}")
    said = command(*DOCS, stack=demo)
    assert "by the manifest" in said.out + said.err
    docs = git("rev-parse", "HEAD^{tree}")
    said = command("waive", "market", "3.5", "--reason", "behind a proxy", stack=demo)
    assert "by the manifest" in said.out + said.err
    clone = tmp_path / "colleague"
    git("clone", "-q", str(demo), str(clone))
    for key, value in (("user.name", "Bob"), ("user.email", "bob@example.org")):
        git("config", key, value, stack=clone)
    for tree in (docs, start):
        said = command("undo", "market", stack=clone)
        assert said.code == 0, said.err
        assert git("rev-parse", "HEAD^{tree}", stack=clone) == tree
    page = tmp_path / "page.html"
    assert command("report", "--output", str(page), stack=clone).code == 0
    assert page.read_text().count("ABC-12 work") >= 2


def test_12_a_line_below_the_trailers_loses_nothing(demo: Path, command: Wizard, git: Git) -> None:
    _hook(demo, "commit-msg", "printf '\\nChange reviewed: by nobody\\n' >> \"$1\"")
    start = git("rev-parse", "HEAD^{tree}")
    assert command(*DOCS, stack=demo).code == 0
    assert command("undo", "market", stack=demo).code == 0
    assert git("rev-parse", "HEAD^{tree}") == start


class _Terminal:
    """A program on a terminal of its own."""

    def __init__(self, stack: Path, *words: str) -> None:
        self._master, slave = os.openpty()
        self.said = ""
        env = {**os.environ, "TERM": "xterm-256color"}
        run = [sys.executable, "-m", "screens", "-C", str(stack), *words]
        self.process = subprocess.Popen(run, env=env, preexec_fn=lambda: os.login_tty(slave))
        os.close(slave)

    def __enter__(self) -> _Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._master)
        self.process.kill()
        self.process.wait()

    def until(self, text: str) -> None:
        """Reads on until the text was printed."""
        seen = len(self.said)
        while text not in self.said[seen:]:
            assert select.select([self._master], [], [], 120)[0], self.said
            self.said += os.read(self._master, 65536).decode("utf-8", "replace")

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())


def test_13_a_phase_is_not_written_on_a_branch_that_was_switched_to(demo: Path, apart: None, git: Git) -> None:
    with _Terminal(demo, "run", "market", "--no-live", "--phase", "docs") as person:
        person.until("[Y/n]")
        person.type("\n")
        person.until("Apply and commit phase 6 docs? [Y/n]")
        git("switch", "-q", "-c", "other")
        person.type("y\n")
        assert person.process.wait(120) == 1
    assert git("rev-parse", "main") == git("rev-parse", "other")
    _as_committed(git)


def test_14_a_waiver_is_in_the_history_and_can_be_taken_back(demo: Path, command: Wizard, git: Git) -> None:
    assert command(*DOCS, stack=demo).code == 0
    made = git("rev-parse", "HEAD^{tree}")
    for words in (("waive", "market", "3.5", "--take-back"), ("undo", "market")):
        assert command("waive", "market", "3.5", "--reason", "behind a proxy", stack=demo).code == 0
        assert "Stack-Wizard-Service: market" in git("log", "-1", "--format=%B")
        assert command(*words, stack=demo).code == 0
        assert git("rev-parse", "HEAD^{tree}") == made
    said = command("undo", "market", stack=demo)
    assert said.code == 0, said.err
    assert not (demo / "services/market/README.md").exists()


async def _settle(app: Any, pilot: Any) -> None:
    """Waits until no worker runs and none follows from what the last one sent."""
    for _ in range(5):
        while running := [worker for worker in app.workers if not worker.is_finished]:
            for worker in running:
                await worker.wait()
            await pilot.pause()
        await pilot.pause()


async def test_15_letters_after_a_slash_write_nothing(demo: Path, quiet_machine: None, apart: None, git: Git) -> None:
    from screens.app import StackWizardApp

    app = StackWizardApp(demo, tour=False, log_window=0.2)
    head = git("rev-parse", "HEAD")
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            for key in ("enter", "ctrl+s", "slash", *"cache", ""):
                await _settle(app, pilot)
                await pilot.press(*key and [key])
            _as_committed(git)  # while the app is open: leaving it puts back what is not committed
    finally:
        app.close_desk()
    assert git("rev-parse", "HEAD") == head


@pytest.mark.parametrize("door", [("--plain",), ("run", "market", "--no-live")], ids=["plain", "run"])
def test_15_enters_typed_ahead_write_nothing(demo: Path, apart: None, git: Git, door: tuple[str, ...]) -> None:
    head = git("rev-parse", "HEAD")
    with _Terminal(demo, *door) as person:
        person.type(("market\n" if door == ("--plain",) else "") + "\n" * 60)
        # the plain door drops what was typed before its first question, the headless one before it asks to write
        person.until("Which service?" if door == ("--plain",) else "[Y/n]")
        assert git("rev-parse", "HEAD") == head
        _as_committed(git)
