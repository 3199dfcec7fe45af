"""A service as tasks of a Swarm of two nodes: each item decided inside the overlay, the drills, what goes wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.swarm import ROLLING, for_a_swarm
from wizard.adapters.clock import SystemClock
from wizard.errors import RuntimeUnavailableError
from wizard.runtime.digests import resolve_digest
from wizard.runtime.swarm.runtime import SwarmRuntime
from wizard.values.live import Limits
from wizard.values.observation import Observation, Progress
from wizard.verify.drill import drill
from wizard.verify.swarm.drill import SWARM_DRILL_ITEMS
from wizard.verify.verify import verify

pytestmark = pytest.mark.engine
DEPLOYMENT = ("7.1", "7.2", "7.3", "7.4", "7.5")
REGISTRY = "10.213.7.1:5000"
ANSWERS = Path(__file__).parents[2] / "templates" / "demo_answers" / "sentiment.yaml"
LIMITS = Limits(start=40.0, health=8.0, request=5.0, stop=5.0, dependencies=90.0, late=5.0, engine=90.0)
PROJECT = f"labswarm{os.getpid()}"
SCRATCH = f"verify-{PROJECT}"
"""The stack of these tests alone: another run that was killed may have left its own on the engines."""
BASE, DEV = "infrastructure/compose/base.yml", "infrastructure/compose/dev.yml"


@pytest.fixture(scope="module")
def swarm(machines: Any) -> Iterator[Any]:
    machines.swarm()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STACK_WIZARD_REGISTRY", REGISTRY)
        yield machines
    machines.leave_swarm()


@pytest.fixture
def stack(swarm: Any, make_demo: Any, tmp_path: Path) -> Any:
    """The sample stack as one writes it for a Swarm: overlay, configs, no virtual IP (this kernel may have none)."""
    demo = make_demo(tmp_path, PROJECT)
    for_a_swarm(demo.root)
    return demo


def seen_in(events: Iterator[Observation | Progress]) -> dict[str, Observation]:
    return {o.item: o for o in events if isinstance(o, Observation)}


def watch(demo: Any, name: str, *items: str, long_window: float = 0.5) -> Iterator[Observation | Progress]:
    return verify(
        demo.facts(),
        demo.spec(name),
        SwarmRuntime(LIMITS),
        items=items or DEPLOYMENT,
        clock=SystemClock(),
        log_window=long_window,
        settle=0.5,
    )


def on_second(demo: Any, key: str) -> None:
    """Binds a service's tasks to the second machine."""
    place = "        placement:\n            constraints: [node.hostname == lab-two]\n"
    demo.edit(
        DEV,
        f"    {key}:\n        <<: *service\n",
        f"    {key}:\n        <<: *service\n        deploy:\n"
        + "".join(f"    {line}\n" for line in (ROLLING.split("deploy:\n")[1] + place).splitlines() if line.strip()),
    )


def left(machines: Any) -> str:
    """What any engine still has of a scratch stack, once the last container is gone: the manager does not see it."""
    SystemClock().wait(90.0, lambda: not left_now(machines))  # a node stops what ignores SIGTERM after ten seconds
    return left_now(machines)


def left_now(machines: Any) -> str:
    found = machines.first("service", "ls", "-q") + machines.first("secret", "ls", "-q")
    found += machines.first("config", "ls", "-q")
    for call in (machines.first, machines.second):
        found += call("ps", "-a", "--filter", f"name={SCRATCH}", "--format", "{{.Names}}")
        found += call("ps", "-aq", "--filter", f"label=stack-wizard.helper={SCRATCH}")
        found += call("network", "ls", "--filter", f"name={SCRATCH}", "--format", "{{.Name}}")
    return str(found)


def test_every_item_is_decided_on_another_node(swarm: Any, stack: Any) -> None:
    on_second(stack, "cdb_risk")
    seen = seen_in(watch(stack, "risk", "4.3", *DEPLOYMENT))
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(("4.3", *DEPLOYMENT), True), seen
    assert all("on node lab-two (10.213.7.2)]" in seen[item].result for item in DEPLOYMENT), seen
    assert {o.runtime for o in seen.values()} == {"swarm"}
    assert seen["7.1"].image.startswith("sha256:")
    assert "the engine says healthy" in seen["7.2"].result
    assert len(seen["7.4"].samples) == 5
    assert left(swarm) == ""


def test_a_service_finds_the_others_by_their_virtual_ip(swarm: Any, stack: Any) -> None:
    reason = swarm.no_virtual_ip()
    if reason:
        pytest.skip(reason)
    for path in (BASE, DEV):
        stack.edit_by(path, "endpoint_mode: dnsrr", "endpoint_mode: vip")
    seen = seen_in(watch(stack, "core"))
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(DEPLOYMENT, True), seen


def test_the_drills_pass(swarm: Any, stack: Any) -> None:
    events = drill(stack.facts(), stack.spec("risk"), SwarmRuntime(LIMITS), clock=SystemClock())
    seen = seen_in(events)
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(SWARM_DRILL_ITEMS, True), seen
    assert all("an event came through" in o.result for o in seen.values()), seen
    assert "Active" in swarm.first("node", "ls", "--format", "{{.Availability}}")
    assert "Drain" not in swarm.first("node", "ls", "--format", "{{.Availability}}")
    assert left(swarm) == ""


def test_an_update_that_stops_half_way_is_a_fault(swarm: Any, stack: Any) -> None:
    stack.edit_by(DEV, r"            failure_action: rollback\n", "            failure_action: pause\n")
    seen: dict[str, Observation] = {}
    for event in drill(stack.facts(), stack.spec("core"), SwarmRuntime(LIMITS), clock=SystemClock()):
        if isinstance(event, Observation):
            seen[event.item] = event
            break
    assert (seen["drill.update"].ok, seen["drill.update"].cause) == (False, "no-rollback"), seen
    assert "failure_action: rollback" in seen["drill.update"].next_step


def test_a_worker_and_a_lone_engine_are_refused(swarm: Any, stack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{swarm.socket}")
    with pytest.raises(RuntimeUnavailableError, match=r"is a worker of its Swarm") as caught:
        next(watch(stack, "risk"))
    assert "10.213.7.1:2377" in caught.value.next_step


def first_trouble(stack: Any, name: str) -> Observation:
    return seen_in(watch(stack, name, "7.1"))["7.1"]


def test_a_stack_of_that_name_is_left_alone(swarm: Any, stack: Any) -> None:
    label = f"com.docker.stack.namespace=verify-{stack.project}"
    swarm.first("config", "create", "--label", label, "theirs", str(stack.root / "README.md"))
    try:
        seen = first_trouble(stack, "core")
        assert "theirs" in swarm.first("config", "ls", "--format", "{{.Name}}")
    finally:
        swarm.first("config", "rm", "theirs")
    assert (seen.ok, seen.cause) == (False, "stack-exists"), seen


def test_no_registry_and_one_that_is_away(swarm: Any, stack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    swarm.stop_registry()
    try:
        seen = first_trouble(stack, "core")
    finally:
        swarm.start_registry()
    assert (seen.ok, seen.cause) == (False, "registry-away"), seen
    assert REGISTRY in seen.result
    monkeypatch.delenv("STACK_WIZARD_REGISTRY")
    seen = first_trouble(stack, "core")
    assert (seen.ok, seen.cause) == (False, "no-registry"), seen
    assert left(swarm) == ""


def test_an_image_that_only_one_node_has(swarm: Any, stack: Any) -> None:
    swarm.first("tag", "redis:7.2-alpine", "lab-only-here:1")
    stack.edit(
        BASE,
        "image: redis:7.2-alpine\n    deploy:\n",
        "image: lab-only-here:1\n    deploy:\n      placement: {constraints: [node.hostname == lab-two]}\n",
    )
    try:
        seen = first_trouble(stack, "core")
    finally:
        swarm.first("rmi", "lab-only-here:1")
    assert (seen.ok, seen.cause) == (False, "image-on-one-node"), seen
    assert "lab-two (10.213.7.2)" in seen.result
    assert left(swarm) == ""


def test_a_secret_that_exists_with_other_content(swarm: Any, stack: Any) -> None:
    stack.edit(
        BASE, "    file: ../secrets/redis_password.txt", "    name: shared_pw\n    file: ../secrets/redis_password.txt"
    )
    swarm.first("secret", "create", "shared_pw", str(stack.root / "README.md"))
    try:
        seen = first_trouble(stack, "core")
        assert "shared_pw" in swarm.first("secret", "ls", "--format", "{{.Name}}")
    finally:
        swarm.first("secret", "rm", "shared_pw")
    assert (seen.ok, seen.cause) == (False, "secret-differs"), seen
    assert left(swarm) == ""


def wizard(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wizard", "-C", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=840, check=False)


def test_a_new_service_through_seven_phases(swarm: Any, stack: Any) -> None:
    subprocess.run(["git", "-C", str(stack.root), "commit", "-qam", "Deploy to a Swarm"], check=True)
    image = resolve_digest("python:3.11-slim").pinned
    words = ["run", "sentiment", "--yes", "--runtime", "swarm", "--base-image", image, "--log-window", "1"]
    done = wizard(stack.root, *words, "--answers", str(ANSWERS))
    seen = wizard(stack.root, "check", "sentiment", "--format", "json")
    found = {item["item"]: item for item in json.loads(seen.stdout)["services"][0]["findings"]}
    left_over = {name: item for name, item in found.items() if item["status"] not in ("met", "na")}
    assert not left_over, (left_over, done.stdout[-3000:], done.stderr[-2000:])
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert len(found) == 30
    assert left(swarm) == ""


def test_a_node_that_is_lost_in_the_middle(swarm: Any, stack: Any) -> None:
    """The last one: the second machine is gone after it."""
    on_second(stack, "cdb_core")
    seen: dict[str, Observation] = {}
    cut = False
    for event in watch(stack, "core", long_window=90.0):
        if isinstance(event, Observation):
            seen[event.item] = event
        elif event.item == "7.2" and not cut:
            cut = True
            swarm.kill_second()
    assert seen["7.1"].ok is None, seen
    lost = [o for o in seen.values() if o.cause == "node-lost"]
    assert lost, seen
    assert "lab-two (10.213.7.2)" in lost[0].result
    assert swarm.first("service", "ls", "-q") == ""
