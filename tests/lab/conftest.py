"""The lab as fixtures: a real engine with the sample stack; without root or engine every test skips, saying why."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wizard.adapters.clock import SystemClock
from wizard.adapters.files.files import DiskFiles
from wizard.runtime.engine.compose_cli import find_compose
from wizard.runtime.engine.runtime import DockerRuntime
from wizard.session.sample import create_demo
from wizard.stack.infer.infer import infer
from wizard.stack.read import read_stack
from wizard.values.facts.stack import StackFacts
from wizard.values.live import Limits
from wizard.values.observation import Observation, Progress
from wizard.values.spec import ServiceSpec
from wizard.verify.drill import drill
from wizard.verify.verify import verify

FILES = ("infrastructure/compose/base.yml", "infrastructure/compose/dev.yml")
COLD, WARM = f"labcold{os.getpid()}", f"labwarm{os.getpid()}"  # two sessions may share one engine
DEPLOYMENT = ("7.1", "7.2", "7.3", "7.4", "7.5")
QUICK = Limits(start=25.0, health=3.0, request=3.0, stop=5.0, dependencies=150.0, late=2.0)


def _module() -> Any:
    """`lab.py` beside this file; test folders are no packages."""
    spec = importlib.util.spec_from_file_location("stack_wizard_lab", Path(__file__).with_name("lab.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def lab() -> Iterator[Any]:
    """The lab, up; stopped again at the end unless it ran before."""
    module = _module()
    reason = module.why_not()
    if reason:
        pytest.skip(f"no lab: {reason}")
    place = module.lab()
    ran = place.answers()
    place.up()
    before = {name: os.environ.get(name) for name in place.environment}
    os.environ.update(place.environment)
    yield place
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    if not ran:
        place.down()


def _beside(name: str) -> Any:
    """Another module of this folder."""
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.pop(0)


@pytest.fixture(scope="session")
def machines(lab: Any) -> Iterator[Any]:
    """The second machine and the registry, up; no Swarm yet."""
    two = _beside("two")
    reason = two.why_not_two()
    if reason:
        pytest.skip(f"no second machine: {reason}")
    made = two.TwoMachines(lab)
    made.up()
    yield made
    made.down()


@dataclass
class Demo:
    """The sample stack in a folder, with a Compose project of its own, so that tests do not meet."""

    root: Path
    project: str

    def facts(self) -> StackFacts:
        return read_stack(DiskFiles(self.root))

    def spec(self, name: str) -> ServiceSpec:
        return infer(self.facts(), name).spec

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.root / path
        text = file.read_text()
        assert old in text, f"{old!r} is not in {path}"
        file.write_text(text.replace(old, new))

    def edit_by(self, path: str, pattern: str, new: str) -> None:
        file = self.root / path
        file.write_text(re.sub(pattern, new, file.read_text()))

    def compose(self, *words: str) -> str:
        command = find_compose().command(FILES, "", *words)
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, timeout=840, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def verify(self, name: str, *items: str, **how: Any) -> dict[str, Observation]:
        return {o.item: o for o in self.events(name, *items, **how) if isinstance(o, Observation)}

    def events(
        self,
        name: str,
        *items: str,
        limits: Limits = QUICK,
        cancelled: Callable[[], bool] = lambda: False,
        spec: ServiceSpec | None = None,
        window: float = 0.5,
    ) -> Iterator[Observation | Progress]:
        return verify(
            self.facts(),
            spec or self.spec(name),
            DockerRuntime(limits),
            items=items or DEPLOYMENT,
            clock=SystemClock(),
            log_window=window,
            settle=0.5,
            cancelled=cancelled,
        )

    def drill(self, name: str) -> dict[str, Observation]:
        events = drill(self.facts(), self.spec(name), DockerRuntime(QUICK), clock=SystemClock())
        return {o.item: o for o in events if isinstance(o, Observation)}


def containers() -> dict[str, tuple[str, str]]:
    """Every container of the engine: id -> (name, start time)."""
    listed = subprocess.run(
        ["docker", "ps", "-aq", "--no-trunc"], capture_output=True, text=True, check=True
    ).stdout.split()
    if not listed:
        return {}
    words = ["docker", "inspect", "-f", "{{.Id}} {{.Name}} {{.State.StartedAt}}", *listed]
    lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    return {line.split()[0]: (line.split()[1], line.split()[2]) for line in lines}


def traces(project: str) -> list[str]:
    """What the engine still has of a project: containers, networks, volumes."""
    found = []
    for kind in ("ps -aq", "network ls -q", "volume ls -q"):
        words = ["docker", *kind.split(), "--filter", f"label=com.docker.compose.project={project}"]
        found += subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    return found


@pytest.fixture
def engine_view(lab: Any) -> Any:
    """(containers, traces): what the engine has."""
    return containers, traces


def _make(folder: Path, project: str) -> Demo:
    demo = Demo(create_demo(folder / project), project)
    demo.edit(FILES[0], "name: cdb", f"name: {project}")
    for file in FILES:  # probe often: a test need not wait ten seconds for the engine's opinion
        demo.edit_by(file, r"interval: \d+s", "interval: 1s")
        demo.edit_by(file, r"start_period: \d+s", "start_period: 2s")
    demo.edit_by(FILES[0], r"retries: \d+", "retries: 120")  # a busy machine makes a database in its own time
    return demo


@pytest.fixture
def demo(lab: Any, tmp_path: Path) -> Iterator[Demo]:
    """The sample stack, nothing of it running."""
    made = _make(tmp_path, COLD)
    yield made
    left = traces(COLD)
    made.compose("down", "-v", "--rmi", "local", "--remove-orphans")
    assert not left, f"left in the engine: {left}"


@pytest.fixture(scope="session")
def make_demo() -> Callable[[Path, str], Demo]:
    """The sample stack in a folder, as a project of that name."""
    return _make


@pytest.fixture
def remote_demo(machines: Any, tmp_path: Path) -> Demo:
    """The sample stack for the second machine's engine, which sees this one's files; its images stay for the next."""
    return _make(tmp_path, "labfar")


@pytest.fixture(scope="session")
def warm_stack(lab: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    made = _make(tmp_path_factory.mktemp("warm"), WARM)
    made.compose("up", "-d", "--wait", "cdb_redis", "cdb_postgres")
    yield made
    made.compose("down", "-v", "--rmi", "local", "--remove-orphans")


@pytest.fixture
def warm(warm_stack: Demo, tmp_path: Path) -> Iterator[Demo]:
    """The sample stack with Redis and PostgreSQL running from before; a fresh copy of its files, the same project."""
    before = containers()
    copy = tmp_path / WARM
    shutil.copytree(warm_stack.root, copy, symlinks=True)
    yield Demo(copy, WARM)
    after = containers()
    changed = {identity for identity, told in before.items() if after.get(identity, told) != told}
    new = {told[0] for identity, told in after.items() if identity not in before and WARM in told[0]}
    assert not changed, f"containers that ran before were touched: {changed}"
    assert not new, f"left in the engine: {new}"
