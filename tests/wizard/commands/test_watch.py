"""`check --watch` in a process of its own: what a change of files makes better or worse is said soon, and once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

from tests.conftest import AUTHOR
from wizard.session.sample import create_demo

CORE = "services/core/models.py"
PATIENCE = 60
SOON = 1.0


class Watching:
    """A running `check --watch` on a sample stack, and the events that it has said."""

    def __init__(self, root: Path, *words: str) -> None:
        self.root = root
        place = [sys.executable, "-m", "screens", "-C", str(root)]
        self.process = subprocess.Popen(
            [*place, "check", "--watch", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.lines: Queue[str] = Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def event(self) -> Any:
        return json.loads(self.lines.get(timeout=PATIENCE))

    def nothing(self) -> bool:
        try:
            self.lines.get(timeout=0.4)
        except Empty:
            return True
        return False

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.root / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    def git(self, *words: str) -> None:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        subprocess.run(["git", "-C", str(self.root), *who, *words], check=True, capture_output=True)

    def end(self, number: int) -> tuple[int, str]:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.reader.join()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        with self.process.stdout, self.process.stderr as errors:
            return code, errors.read()


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watching]:
    running = Watching(create_demo(tmp_path_factory.mktemp("watched") / "stack", author=AUTHOR), "--format", "json")
    start = running.event()
    assert start["event"] == "start"
    assert start["items"]["core"]["1.1"] == "met"
    assert [one["topic"] for one in start["contradictions"]] == ["channel order_results", "port"]
    assert {one["kind"] for one in start["flow"]} == {"never-read", "never-written"}
    yield running
    assert running.end(signal.SIGTERM) == (0, "")


def test_breaking_a_publishers_model_makes_its_readers_finding_appear_within_a_second(watching: Watching) -> None:
    needed = []
    for _ in range(3):
        begun = time.monotonic()
        watching.edit(CORE, "    price: float\n", "    cost: float\n")
        event = watching.event()
        needed.append(time.monotonic() - begun)
        assert (event["event"], event["paths"], event["worse"], event["better"]) == ("change", [CORE], 1, 0)
        (found,) = event["contradictions"]["new"]
        assert (found["service"], found["topic"]) == ("risk", "channel signals")
        assert [said["path"] for said in found["says"]] == ["services/risk/models.py", CORE]
        watching.edit(CORE, "    cost: float\n", "    price: float\n")
        mended = watching.event()
        assert (mended["worse"], mended["better"]) == (0, 1)
        assert [one["service"] for one in mended["contradictions"]["gone"]] == ["risk"]
    assert min(needed) < SOON, needed


def test_a_half_written_file_says_so_and_what_it_means_only_when_it_is_whole(watching: Watching) -> None:
    compose = "infrastructure/compose/dev.yml"
    whole = (watching.root / compose).read_text()
    (watching.root / compose).write_text(whole[:900] + "\n    ports: [")
    event = watching.event()
    assert event["event"] == "unreadable"
    assert [one["path"] for one in event["problems"]["new"]] == [compose]
    (watching.root / compose).write_text(whole.replace("127.0.0.1:8001:8001", "8001:8001"))
    event = watching.event()
    assert [(one["service"], one["item"], one["before"], one["after"]) for one in event["items"]] == [
        ("core", "3.5", "met", "broken")
    ]
    assert [one["path"] for one in event["problems"]["gone"]] == [compose]
    (watching.root / CORE).write_text("class (:\n")
    assert watching.event()["event"] == "unreadable"
    watching.git("checkout", "-q", "--", ".")
    event = watching.event()
    assert [(one["item"], one["after"], one["better"]) for one in event["items"]] == [("3.5", "met", True)]
    assert event["worse"] == 0


def test_a_manifest_that_cannot_be_used_does_not_end_it(watching: Watching) -> None:
    profile = watching.root / ".stack-wizard/stack.yaml"
    profile.parent.mkdir(exist_ok=True)
    profile.write_text("schema: 99\n")
    event = watching.event()
    assert event["event"] == "trouble"
    assert "99" in event["message"]
    profile.unlink()
    assert watching.event()["event"] == "change"


def test_a_checkout_and_a_rebase_are_one_change_each(watching: Watching) -> None:
    watching.git("checkout", "-qb", "other")
    for number, name in enumerate(("core", "risk", "execution", "ws")):
        with (watching.root / f"services/{name}/models.py").open("a") as file:
            file.write(f"\n# {number}\n")
        watching.git("commit", "-qam", f"Change {name}")
    while "services/ws/models.py" not in watching.event()["paths"]:
        pass
    watching.git("checkout", "-q", "main")
    assert len(watching.event()["paths"]) == 4
    assert watching.nothing()
    watching.edit("README.md", "\n", "\n\n")
    watching.git("commit", "-qam", "Change main")
    watching.event()
    watching.git("checkout", "-q", "other")
    watching.event()
    watching.git("rebase", "-q", "main")
    assert "README.md" in watching.event()["paths"]
    assert watching.nothing()


def test_a_new_service_is_named(watching: Watching) -> None:
    folder = watching.root / "services/fresh"
    folder.mkdir()
    (folder / "service.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n")
    event = watching.event()
    assert event["services"]["new"] == ["fresh"]


def test_words_for_a_person_of_one_service_and_ctrl_c(tmp_path: Path) -> None:
    running = Watching(create_demo(tmp_path / "stack", author=AUTHOR), "risk", "--phase", "1..2")
    assert "risk: 7 of 9 met" in running.lines.get(timeout=PATIENCE)
    assert "watching the files; ctrl+c ends it" in running.lines.get(timeout=PATIENCE)
    running.edit("services/risk/Dockerfile", "USER", "# USER")
    assert "  services/risk/Dockerfile: 1 worse" in running.lines.get(timeout=PATIENCE)
    assert "  worse  risk 2.1  met → broken: " in running.lines.get(timeout=PATIENCE)
    assert running.end(signal.SIGINT) == (0, "")


@pytest.mark.parametrize("word", ["--live", "--baseline", "--changed", "--write-baseline"])
def test_what_does_not_go_with_it(wizard: Any, word: str) -> None:
    said = wizard("check", "--watch", word)
    assert said.code == 2
    assert f"--watch does not go with {word}" in said.err
