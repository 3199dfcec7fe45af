"""Layouts and configurations of repositories in which a phase is committed whole and taken back whole, or refused."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.phases import COMPOSE
from wizard.adapters.files.files import DiskFiles
from wizard.adapters.git.repo import GitRepo
from wizard.apply.commit import commit
from wizard.apply.undo import undo
from wizard.apply.write import applied
from wizard.errors import WizardError
from wizard.values.edit import ChangeSet, FileEdit

Git = Callable[..., str]
OLD = "one\ntwo\nthree\n"
MESSAGE = (
    "feat(market): add compose (phase 3 of 7)\n\n# a line that a template would drop\n\nStack-Wizard-Service: market\n"
    "Stack-Wizard-Phase: 3/7 compose\nStack-Wizard-Items: 3.1 met\n"
)
CONFIGURED = {
    "autocrlf": [("core.autocrlf", "true")],
    "autocrlf and safecrlf": [("core.autocrlf", "true"), ("core.safecrlf", "true")],
    "autocrlf input, safecrlf warn": [("core.autocrlf", "input"), ("core.safecrlf", "warn")],
    "fileMode": [("core.fileMode", "false")],
    "scissors": [("commit.cleanup", "scissors"), ("commit.verbose", "true"), ("commit.status", "true")],
    "a comment character of its own": [("core.commentChar", "S"), ("commit.cleanup", "strip")],
    "encodings": [("i18n.commitEncoding", "latin1"), ("i18n.logOutputEncoding", "latin1")],
    "odd status": [("status.showUntrackedFiles", "no"), ("status.relativePaths", "false"), ("core.quotePath", "true")],
    "odd diffs": [("diff.noprefix", "true"), ("diff.external", "false"), ("diff.renames", "copies")],
    "caches": [("core.untrackedCache", "true"), ("core.splitIndex", "true"), ("index.version", "4")],
    "a filter as LFS has it": [
        ("filter.shout.clean", "tr a-z A-Z"),
        ("filter.shout.smudge", "tr A-Z a-z"),
        ("filter.shout.required", "true"),
    ],
}


def _linked(root: Path, git: Git) -> Path:
    git("worktree", "add", "-q", "-b", "linked", "../linked")
    return root.parent / "linked"


def _submodule(root: Path, git: Git) -> Path:
    outer = root.parent / "outer"
    git("init", "-q", str(outer))
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(root), "inner", cwd=outer)
    git("switch", "-q", "-C", "work", cwd=outer / "inner")
    return outer / "inner"


def _shallow(root: Path, git: Git) -> Path:
    git("commit", "-q", "--allow-empty", "-m", "later")
    git("clone", "-q", "--depth=1", f"file://{root}", "../shallow")
    return root.parent / "shallow"


def _sparse(root: Path, git: Git) -> Path:
    git("sparse-checkout", "set", "services")
    return root


def _sparse_elsewhere(root: Path, git: Git) -> Path:
    git("sparse-checkout", "set", "sub")
    return root


PLACES = {
    "linked": _linked,
    "submodule": _submodule,
    "shallow": _shallow,
    "sparse": _sparse,
    "sparse, elsewhere": _sparse_elsewhere,
}


def _there_and_back(root: Path, git: Git, *, refused: bool = False) -> None:
    """A phase and its undo: each whole, or (only where git itself refuses) with everything as it was."""
    files, repo = DiskFiles(root), GitRepo(root)
    for key, value in (("user.name", "Ada"), ("user.email", "a@example.org")):
        git("config", key, value, cwd=root)
    old = files.read("a.txt")
    edits = (
        FileEdit("services/market/service.py", None, "print(1)\n", ""),
        FileEdit("services/market/run.sh", None, "true\n", "", mode=0o755),
        FileEdit("a.txt", old, old + ("four\r\n" if "\r\n" in old else "four\n"), ""),
    )
    tree, status = git("rev-parse", "HEAD^{tree}", cwd=root), git("status", "--porcelain", cwd=root)
    try:
        with applied(ChangeSet("market", COMPOSE, edits), files, repo) as written:
            made = commit(written, MESSAGE, files, repo)
    except WizardError:
        assert refused
        assert git("rev-parse", "HEAD^{tree}", cwd=root) == tree
    else:
        assert not refused
        assert made.commit == git("rev-parse", "HEAD", cwd=root).strip() and made.warnings == ()
        assert len(git("show", "--format=", "--name-only", "HEAD", cwd=root).split()) == 3
        assert [(one.commit, one.phase) for one in repo.log("market")] == [(made.commit, COMPOSE)]
        undo("market", None, files, repo)
    assert git("rev-parse", "HEAD^{tree}", cwd=root) == tree
    assert git("status", "--porcelain", cwd=root) == status
    assert files.read("a.txt") == old
    assert not (root / "services/market").exists()


@pytest.mark.parametrize("settings", CONFIGURED.values(), ids=CONFIGURED)
def test_a_configuration_changes_nothing_of_it(grown: Path, git: Git, settings: list[tuple[str, str]]) -> None:
    if any(key.startswith("filter") for key, _ in settings):
        (grown / ".gitattributes").write_text("*.py filter=shout\n*.txt -text\n")
        git("add", "-A")
        git("commit", "-q", "-m", "attributes")
    for key, value in settings:
        git("config", key, value)
    git("rm", "-q", "--cached", "-r", ".")
    git("reset", "-q", "--hard")  # the files as this configuration has them
    # git refuses new files with LF then: a checkout would make CRLF of it
    _there_and_back(grown, git, refused=("core.safecrlf", "true") in settings)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_layout_changes_nothing_of_it(grown: Path, git: Git, place: Callable[[Path, Git], Path]) -> None:
    _there_and_back(place(grown, git), git, refused=place is _sparse_elsewhere)


def test_neither_does_a_python_without_assertions_in_a_plain_locale(grown: Path, git: Git) -> None:
    """`-O` takes `assert` away, and `LANG=C` the encoding; the commit is looked at from here."""
    script = (
        "import sys\nfrom tests.wizard.apply.test_layouts import *\n"
        "root = Path(sys.argv[1])\nfiles, repo = DiskFiles(root), GitRepo(root)\n"
        "edits = (FileEdit('d/é 日本.txt', None, 'é\\n', ''),)\n"
        "with applied(ChangeSet('market', COMPOSE, edits), files, repo) as written:\n"
        "    commit(written, MESSAGE, files, repo)\n"
    )
    env = {**os.environ, "LANG": "C", "LC_ALL": "C", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    tree = git("rev-parse", "HEAD^{tree}")
    subprocess.run([sys.executable, "-O", "-c", script, str(grown)], env=env, check=True)
    assert git("-c", "core.quotePath=false", "show", "--format=", "--name-only", "HEAD").strip() == "d/é 日本.txt"
    undo("market", None, DiskFiles(grown), GitRepo(grown))
    assert git("rev-parse", "HEAD^{tree}") == tree
    assert git("status", "--porcelain") == ""
