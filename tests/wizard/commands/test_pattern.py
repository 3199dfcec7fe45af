"""A team's pattern is taken from its repository with a diff, pinned, and nothing hostile in it does anything."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.own_checklist import CHECKLIST

Wizard = Callable[..., Any]
HOME = ".stack-wizard/patterns/ours"
TEMPLATE = "# {{ spec.name }} of our team\n"


@pytest.fixture
def ours(tmp_path: Path, apart: None) -> Path:
    """A team's repository with a checklist, a template and a file that is no part of the pattern."""
    repo = tmp_path / "ours"
    repo.mkdir()
    git(repo, "init", "--quiet", "-b", "main")
    commit(repo, {"checklist.yaml": CHECKLIST, "templates/docs/readme.md.j2": TEMPLATE, "README.md": "hello\n"})
    return repo


def git(repo: Path, *words: str, given: bytes = b"") -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always")
    done = subprocess.run(["git", "-C", str(repo), *identity, *words], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def commit(repo: Path, files: dict[str, str]) -> str:
    for path, text in files.items():
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        (repo / path).write_text(text, encoding="utf-8")
    git(repo, "add", "-A")
    git(repo, "commit", "--quiet", "-m", "change")
    return git(repo, "rev-parse", "HEAD")


def kept(stack: Path) -> dict[str, str]:
    home = stack / HOME
    return {str(p.relative_to(home)): p.read_text(encoding="utf-8") for p in home.rglob("*") if p.is_file()}


def test_it_is_shown_then_copied_and_pinned(wizard: Wizard, demo: Path, ours: Path) -> None:
    said = wizard("pattern", "add", str(ours))
    assert said.code == 2 and "say --yes" in said.err and not (demo / HOME).exists()
    assert f"+++ b/{HOME}/checklist.yaml" in said.out and '+        title: "Draw a dashboard"' in said.out
    said = wizard("pattern", "add", str(ours), "--yes")
    assert said.code == 0, said.err
    assert "its checklist runs commands: read them, then `stack-wizard trust`" in said.out
    found = kept(demo)
    assert set(found) == {"checklist.yaml", "templates/docs/readme.md.j2", "pattern.yaml"}
    assert f"commit: {git(ours, 'rev-parse', 'HEAD')}" in found["pattern.yaml"].replace('"', "")
    assert "8 observability: Observability" in wizard("explain").out
    assert "of our team" in wizard("templates", "show", "docs/readme.md").out
    assert wizard("pattern").out.startswith(f"ours {git(ours, 'rev-parse', 'HEAD')[:12]} {ours}")
    assert wizard("pattern", "add", str(ours), "--yes").code == 2


def test_an_update_is_a_diff(wizard: Wizard, demo: Path, ours: Path) -> None:
    wizard("pattern", "add", str(ours), "--yes")
    assert "nothing to change" in wizard("pattern", "update", "ours").out
    old = git(ours, "rev-parse", "HEAD")
    (ours / "templates/docs/readme.md.j2").unlink()
    commit(ours, {"checklist.yaml": CHECKLIST.replace("Draw a dashboard", "Draw two dashboards")})
    before = kept(demo)
    said = wizard("pattern", "update", "ours")
    assert said.code == 2 and kept(demo) == before
    assert '-        title: "Draw a dashboard"' in said.out and '+        title: "Draw two dashboards"' in said.out
    assert wizard("pattern", "update", "ours", "--yes").code == 0
    assert set(kept(demo)) == {"checklist.yaml", "pattern.yaml"} and not (demo / HOME / "templates").exists()
    assert wizard("pattern", "update", "ours", "--at", old, "--yes").code == 0
    assert {k: v for k, v in kept(demo).items() if k != "pattern.yaml"} == {
        k: v for k, v in before.items() if k != "pattern.yaml"
    }


def test_what_was_edited_here_is_said_and_put_back_by_a_diff(wizard: Wizard, demo: Path, ours: Path) -> None:
    wizard("pattern", "add", str(ours), "--yes")
    (demo / HOME / "templates/docs/readme.md.j2").write_text("mine\n", encoding="utf-8")
    assert "edited here" in wizard("pattern", "list").out
    said = wizard("pattern", "update", "ours", "--yes")
    assert "-mine" in said.out and "edited here" not in wizard("pattern", "list").out


def test_removing_leaves_nothing_behind(wizard: Wizard, demo: Path, ours: Path) -> None:
    wizard("pattern", "add", str(ours), "--name", "ours", "--yes")
    said = wizard("pattern", "remove", "ours", "--yes")
    assert said.code == 0 and f"removed: {HOME}/pattern.yaml" in said.out
    assert not (demo / ".stack-wizard/patterns").exists()
    assert "follows no pattern" in wizard("pattern").out
    assert "this stack follows none" in wizard("pattern", "remove", "ours", "--yes").err


def test_the_stack_has_the_last_word_over_templates(wizard: Wizard, demo: Path, ours: Path) -> None:
    wizard("pattern", "add", str(ours), "--yes")
    own = demo / ".stack-wizard/templates/docs/readme.md.j2"
    own.parent.mkdir(parents=True)
    own.write_text("mine\n", encoding="utf-8")
    assert wizard("templates", "show", "docs/readme.md").out == "mine\n"


def test_a_stack_of_its_own_is_a_pattern(wizard: Wizard, demo: Path, ours: Path) -> None:
    commit(ours, {".stack-wizard/checklist.yaml": CHECKLIST})
    git(ours, "rm", "-rq", "checklist.yaml", "templates")
    git(ours, "commit", "-qm", "moved")
    assert wizard("pattern", "add", str(ours), "--yes").code == 0
    assert set(kept(demo)) == {"checklist.yaml", "pattern.yaml"}


@pytest.mark.parametrize(
    "source",
    [
        "--upload-pack=touch canary",
        "-x",
        "ext::sh -c touch% canary",
        "fd::3",
        "git://example.org/a.git",
        "http://example.org/a.git",
        "https://user:hunter22@example.org/a.git",
        "https://user:hunter22@[example.org/a.git",
        "ssh://-oProxyCommand=touch canary/a",
        "a@-oProxyCommand=x:b",
        "nowhere-at-all",
        "file:///nowhere/at/all\nx",
    ],
)
def test_a_source_that_git_would_misread_is_refused(source: str, wizard: Wizard, demo: Path) -> None:
    said = wizard("pattern", "add", "--yes", "--", source)
    assert said.code == 2 and "hunter22" not in said.err
    assert not (demo / ".stack-wizard/patterns").exists() and not Path("canary").exists()


@pytest.mark.parametrize("at", ["-x", "a..b", "--output=x", "a b", "@{u}"])
def test_a_ref_that_is_none_is_refused(at: str, wizard: Wizard, ours: Path) -> None:
    assert wizard("pattern", "add", str(ours), f"--at={at}", "--yes").code == 2


@pytest.mark.parametrize("at", ["0" * 40, "no-such-branch"])
def test_a_commit_that_is_gone_is_said(at: str, wizard: Wizard, demo: Path, ours: Path) -> None:
    wizard("pattern", "add", str(ours), "--yes")
    before = kept(demo)
    said = wizard("pattern", "update", "ours", "--at", at, "--yes")
    assert said.code == 1 and "is not in the repository (any more)" in said.err
    assert kept(demo) == before


def tree(repo: Path, *entries: tuple[str, str, bytes]) -> None:
    """Commits a tree of raw entries: (mode, path, content), whatever git itself would let one write."""
    rows = b""
    for mode, path, content in entries:
        name = git(repo, "hash-object", "-w", "--stdin", given=content)
        rows += f"{mode} {name}\t{path}\0".encode()
    git(repo, "read-tree", "--empty")
    git(repo, "update-index", "-z", "--index-info", given=rows)
    made = git(repo, "commit-tree", "-m", "raw", git(repo, "write-tree"))
    git(repo, "update-ref", "refs/heads/main", made)


GOOD = ("100644", "checklist.yaml", CHECKLIST.encode())
HOSTILE = {
    "a link": ((GOOD, ("120000", "templates/docs/readme.md.j2", b"/etc/passwd")), "is a symbolic link"),
    "a link above": ((("120000", "checklist.yaml", b"../../../etc/passwd"),), "is a symbolic link"),
    "a large file": ((GOOD, ("100644", "templates/big.j2", b"x" * 300_000)), "at most 262,144"),
    "many files": ((GOOD, *(("100644", f"templates/{n}.j2", b"x") for n in range(201))), "at most 200"),
    "no text": ((GOOD, ("100644", "templates/a.j2", b"\xff\xfe\0")), "is no text"),
    "an odd name": ((GOOD, ("100644", "templates/a\nb.j2", b"x")), "is no name of a file"),
    "two of one name": ((GOOD, ("100644", "templates/a.j2", b"x"), ("100644", "templates/A.j2", b"x")), "in case only"),
    "a pointer": (
        (("100644", "checklist.yaml", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),),
        "pointer of Git LFS",
    ),
    "nothing": ((("100644", "README.md", b"x"),), "neither checklist.yaml nor templates/"),
    "a typo": ((("100644", "checklist.yaml", CHECKLIST.replace("- command", "- comand").encode()),), "did you mean"),
    "a newer schema": ((("100644", "checklist.yaml", b"schema: 9\n"),), "has schema 9"),
    "a broken template": ((GOOD, ("100644", "templates/docs/readme.md.j2", b"{{ x")), "do not compile"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_no_pattern_has_is_refused_and_nothing_written(case: str, wizard: Wizard, demo: Path, ours: Path) -> None:
    entries, words = HOSTILE[case]
    tree(ours, *entries)
    said = wizard("pattern", "add", str(ours), "--yes")
    assert said.code == 1 and words in said.err
    assert not (demo / ".stack-wizard/patterns").exists()


def test_no_hook_and_no_filter_of_it_runs(wizard: Wizard, demo: Path, ours: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    commit(ours, {".gitattributes": "* filter=evil\n"})
    git(ours, "config", "filter.evil.smudge", f"touch {canary}")
    git(ours, "config", "uploadpack.packObjectsHook", f"touch {canary}")
    for hook in ("post-checkout", "pre-receive", "reference-transaction", "post-update"):
        path = ours / ".git/hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch {canary}\n", encoding="utf-8")
        path.chmod(0o755)
    assert wizard("pattern", "add", str(ours), "--yes").code == 0
    assert not canary.exists() and ".gitattributes" not in kept(demo)


def test_a_repository_that_is_too_large_is_not_taken(
    wizard: Wizard, demo: Path, ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.adapters.git.foreign.LARGEST_PACK", 4096)
    lines = "\n".join(str(n * 7919) for n in range(40_000))
    commit(ours, {"large.bin": lines})
    said = wizard("pattern", "add", str(ours), "--yes")
    assert said.code == 1 and not (demo / ".stack-wizard/patterns").exists()


def test_two_patterns_that_do_not_fit_are_refused(wizard: Wizard, demo: Path, ours: Path) -> None:
    wizard("pattern", "add", str(ours), "--yes")
    said = wizard("pattern", "add", str(ours), "--name", "theirs", "--yes")
    assert said.code == 1 and "phase 8 is called observability already" in said.err
    assert f"{HOME[:-4]}theirs/checklist.yaml:3" in said.err
    assert not (demo / ".stack-wizard/patterns/theirs").exists()


def test_a_folder_that_is_a_link_is_not_written_through(wizard: Wizard, demo: Path, ours: Path) -> None:
    (demo / ".stack-wizard").mkdir(exist_ok=True)
    (demo / ".stack-wizard/patterns").symlink_to(demo / "services")
    said = wizard("pattern", "add", str(ours), "--yes")
    assert said.code == 1 and "is a symbolic link" in said.err
    assert not (demo / "services/ours").exists()


def test_a_pin_that_cannot_be_read_is_said(wizard: Wizard, demo: Path, ours: Path) -> None:
    wizard("pattern", "add", str(ours), "--yes")
    pin = demo / HOME / "pattern.yaml"
    text = pin.read_text(encoding="utf-8")
    pin.write_text(text.replace("schema: 1", "schema: 2"), encoding="utf-8")
    assert wizard("pattern").code == 1 and "this stack-wizard reads schema 1" in wizard("pattern").out
    assert "reads schema 1" in wizard("pattern", "update", "ours", "--yes").err
    pin.write_text(text.replace("source:", "sorce:"), encoding="utf-8")
    assert "did you mean 'source'?" in wizard("pattern", "update", "ours", "--yes").err


def test_a_folder_beside_the_stack_is_recorded_as_that(
    wizard: Wizard, demo: Path, ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ours.parent)
    wizard("pattern", "add", "ours", "--yes")
    assert "source: ../ours" in kept(demo)["pattern.yaml"].replace('"', "")
    commit(ours, {"templates/docs/readme.md.j2": "new\n"})
    monkeypatch.chdir("/")
    assert wizard("pattern", "update", "ours", "--yes").code == 0
    assert kept(demo)["templates/docs/readme.md.j2"] == "new\n"
