"""A hostile repository: to open, check, plan and dry-run it runs nothing of it and reads nothing outside of it.

Every trap leaves a mark when it is sprung, and the control springs it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wizard.cli import main

Git = Callable[..., str]
LOOKS = (
    ("check",),
    ("check", "market", "--format", "json"),
    ("ports",),
    ("status",),
    ("explain", "3.1"),
    ("run", "market", "--yes", "--dry-run"),
    ("run", "market", "--print-answers"),
)
HOOKS = (
    "pre-commit",
    "post-checkout",
    "post-index-change",
    "prepare-commit-msg",
    "commit-msg",
    "reference-transaction",
)
# Trap -> (git configuration that sets it, the command that springs it).
CONFIGURED = {
    "fsmonitor": (("core.fsmonitor",), ("status",)),
    "pager": (("core.pager", "pager.log"), ("--paginate", "log", "-1")),
    "filter": (("filter.trap.clean", "filter.trap.smudge"), ("add", "trapped.txt")),
    "textconv": (("diff.trap.textconv",), ("diff", "--no-ext-diff", "HEAD", "--", "trapped.txt")),
    "external diff": (("diff.external",), ("diff", "HEAD", "--", "trapped.txt")),
    "signature": (("gpg.program",), ("log", "-1", "--show-signature")),
    "editor": (("core.editor",), ("commit", "--allow-empty")),
    "credentials": (("credential.helper",), ("credential", "fill")),
}


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


def _script(path: Path, mark: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\ntouch '{mark}'\ncat\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def hostile(demo: Path, git: Git, marks: Path) -> Path:
    """The sample stack full of traps."""
    (demo / "trapped.txt").write_text("x\n")
    git("add", "-A")
    git("commit", "-q", "-m", "more")
    (demo / ".gitattributes").write_text("* filter=trap diff=trap\n")
    (demo / "trapped.txt").write_text("changed\n")
    _signed(git)
    for name in HOOKS:
        _script(demo / ".git/hooks" / name, marks / name)
    for name, (keys, _) in CONFIGURED.items():
        script = _script(demo / "tools" / name.replace(" ", "-"), marks / name)
        for key in keys:
            git("config", key, f"!{script}" if key == "credential.helper" else str(script))
    git("config", "log.showSignature", "true")
    mark = "import pathlib\npathlib.Path({!r}).touch()\n"
    for name in ("conftest.py", "sitecustomize.py", "redis.py", "yaml.py", "jinja2.py", "docker.py"):
        for folder in (demo, demo / "services/market", demo / "tests"):
            (folder / name).write_text(mark.format(str(marks / "python")))
    return demo


def _signed(git: Git) -> None:
    """A commit with a signature on top: `git log` asks gpg about it when it is told to show signatures."""
    text = git("cat-file", "commit", "HEAD")
    head = text.partition("\n\n")[0]
    tree = git("rev-parse", "HEAD^{tree}").strip()
    parent = git("rev-parse", "HEAD").strip()
    people = "\n".join(line for line in head.splitlines() if line.startswith(("author", "committer")))
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----"
    trailers = "Stack-Wizard-Service: market\nStack-Wizard-Phase: 1/7 service\n"
    raw = f"tree {tree}\nparent {parent}\n{people}\n{signature}\n\nsigned\n\n{trailers}"
    done = subprocess.run(
        ["git", "-C", _root(git), "hash-object", "-t", "commit", "-w", "--stdin"],
        input=raw,
        capture_output=True,
        text=True,
        check=True,
    )
    git("reset", "-q", "--soft", done.stdout.strip())


def _root(git: Git) -> str:
    return git("rev-parse", "--show-toplevel").strip()


@pytest.mark.parametrize("words", LOOKS, ids=" ".join)
def test_looking_springs_no_trap(hostile: Path, marks: Path, words: tuple[str, ...], apart: None) -> None:
    program = Path(sys.executable).with_name("stack-wizard")
    done = subprocess.run([program, *words], cwd=hostile, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert sorted(path.name for path in marks.iterdir()) == []


@pytest.mark.parametrize("name", CONFIGURED)
def test_the_trap_is_sharp(hostile: Path, marks: Path, name: str, apart: None) -> None:
    _, words = CONFIGURED[name]
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "TERM": "xterm"}
    given = "url=https://example.org/\n\n" if name == "credentials" else ""
    run: list[Any] = ["git", "-C", hostile, *words]
    if name == "pager":  # git asks for a terminal first
        run = ["script", "-qec", f"git -C {hostile} --paginate log -1", "/dev/null"]
    subprocess.run(run, input=given, capture_output=True, text=True, env=env, timeout=60, check=False)
    assert (marks / name).exists()


def test_the_hooks_and_the_python_are_sharp(hostile: Path, marks: Path, apart: None) -> None:
    subprocess.run(["git", "-C", hostile, "commit", "-q", "-m", "x", "--allow-empty"], capture_output=True, check=False)
    assert (marks / "pre-commit").exists()
    subprocess.run([sys.executable, "-c", "import conftest"], cwd=hostile, capture_output=True, check=True)
    assert (marks / "python").exists()


TEMPLATES = (
    "{% include '/etc/passwd' %}",
    "{% include '../../../outside.txt' %}",
    "{% extends '/outside.txt' %}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ cycler.__init__.__globals__.os.popen('touch ' ~ name).read() }}",
    "{% for x in range(999999999) %}{% endfor %}",
)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside.txt"
    path.write_text("0utside-c4nary\n")
    return path


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_reaches_nothing(demo: Path, outside: Path, template: str, apart: None, wizard: Any) -> None:
    path = demo / ".stack-wizard/templates/docs/readme.md.j2"
    path.parent.mkdir(parents=True)
    path.write_text(template)
    said = wizard("run", "sentiment", "--yes", "--dry-run")
    assert said.code == 1
    assert ".stack-wizard/templates/docs/readme.md.j2:1" in said.err
    assert "root:" not in said.out and "0utside" not in said.out + said.err and "<class" not in said.out


LINKED = (
    "services/market/README.md",
    "services/market/requirements.txt",
    "FUTURE_SERVICES.md",
    ".env",
    "pyproject.toml",
)


@pytest.mark.parametrize("name", [*LINKED, "include", "env_file"])
def test_nothing_outside_is_opened(demo: Path, outside: Path, name: str, quiet_machine: None, apart: None) -> None:
    compose = demo / "infrastructure/compose/dev.yml"
    if name == "include":
        compose.write_text(f"include: [{outside}, ../../../outside.txt]\n" + compose.read_text())
    elif name == "env_file":
        text = compose.read_text()
        compose.write_text(
            text.replace(
                "    environment:\n", f"    env_file: [{outside}, ../../../outside.txt]\n    environment:\n", 1
            )
        )
    else:
        (demo / name).unlink(missing_ok=True)
        (demo / name).symlink_to(outside)
    assert _opened(demo, outside, lambda: [main(["-C", str(demo), *words]) for words in LOOKS]) == 0
    assert _opened(demo, outside, lambda: outside.read_text()) == 1


def _opened(demo: Path, outside: Path, act: Callable[[], object]) -> int:
    """1 when the file outside was opened, in a process of its own; 2 when it came to grief."""
    child = os.fork()
    if child == 0:
        seen: list[str] = []

        def watch(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
                seen.append(os.fsdecode(arguments[0]))

        sys.addaudithook(watch)
        try:
            act()
        except BaseException as error:
            sys.stderr.write(f"{error!r}\n")
            os._exit(2)
        os._exit(int(any(os.path.realpath(path) == str(outside) for path in seen)))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
