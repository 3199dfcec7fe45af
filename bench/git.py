"""Rows 9 and 10: one phase's commit against GitPython's index and against plain `git commit --only`; the log of
trailers."""

from __future__ import annotations

import itertools
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.measure import Row, compare, timed

_counter = itertools.count(10**6)


def rows() -> Iterator[Row]:
    """In a repository of 600 files and one of 20,000."""
    for files, goal in ((600, 0.35), (20000, 0.15)):
        with tempfile.TemporaryDirectory() as folder:
            ours, reference, plain = _sides([_repository(Path(folder) / name, files) for name in ("a", "b", "c")])
            root = Path(folder) / "a"
            yield compare(f"one commit of 5 files / GitPython index, {files} files", ours, reference, goal)
            yield compare(f"one commit of 5 files / git commit --only, {files} files", ours, plain, 1.2)
            if files == 600:
                yield compare("log of 7 trailers / git log -7", _log(root), timed(partial(_git_log, root)), 1.5)


def _repository(root: Path, files: int) -> Path:
    root.mkdir()
    _git(root, "init", "-q", "-b", "main")
    _git(root, "config", "user.name", "Bench")
    _git(root, "config", "user.email", "bench@example.org")
    for n in range(files):
        path = root / f"d{n % 50}" / f"f{n}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{n}\n")
    _git(root, "add", "-A")
    for n in range(7):
        trailers = f"Stack-Wizard-Service: s\nStack-Wizard-Phase: {n + 1}/7 service\nStack-Wizard-Items: 1.1 met\n"
        _git(root, "commit", "-q", "--allow-empty", "-m", f"feat(s): phase {n}\n\n{trailers}")
    return root


def _sides(roots: list[Path]) -> tuple[Callable[[], float], Callable[[], float], Callable[[], float]]:
    """Each in a repository of its own: GitPython writes an index that makes git look at every file again."""
    from git import Repo as GitPythonRepo

    from wizard.adapters.git.repo import GitRepo

    repo = GitRepo.open(roots[0])

    def changed(root: Path, commit: Callable[[list[str]], object]) -> Callable[[], float]:
        def once() -> float:
            paths = [f"d{n}/f{n}.txt" for n in range(5)]
            for path in paths:
                (root / path).write_text(f"{next(_counter)}\n")
            return timed(lambda: commit(paths))()

        return once

    def gitpython(paths: list[str]) -> None:
        other = GitPythonRepo(roots[1])
        other.index.add(paths)
        other.index.commit("message")
        other.close()

    return (
        changed(roots[0], lambda paths: repo.commit(paths, "message")),
        changed(roots[1], gitpython),
        changed(roots[2], lambda paths: _git(roots[2], "commit", "-q", "--only", "-m", "message", "--", *paths)),
    )


def _log(root: Path) -> Callable[[], float]:
    from wizard.adapters.git.repo import GitRepo

    repo = GitRepo.open(root)
    return timed(lambda: repo.log("s"))


def _git_log(root: Path) -> None:
    form = "%H%x00%an%x00%cI%x00%s%x00%(trailers)%x00"
    subprocess.run(["git", "log", "-7", f"--format={form}"], cwd=root, capture_output=True, check=True)


def _git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, capture_output=True, check=True)
