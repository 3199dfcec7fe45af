"""Tasks, nodes, the checks before a deploy, the words of a registry: without a Swarm."""

from __future__ import annotations

from typing import Any

import pytest

from wizard.runtime.swarm.deployment import _log_line, rejected
from wizard.runtime.swarm.preflight import check_architectures, swarm_reason
from wizard.runtime.swarm.registry import push_trouble, repository
from wizard.runtime.swarm.tasks import LOOP, Node, Task, failures, lost_nodes, place
from wizard.values.live import LiveTrouble, LogLine


def node(name: str, arch: str = "x86_64", state: str = "ready", availability: str = "active") -> Node:
    return Node(name, name, f"10.0.0.{len(name)}", arch, state, availability, manager=False)


def task(state: str, wanted: str = "running", slot: str = "1", on: str = "one", error: str = "") -> Task:
    return Task("t", slot, on, state, wanted, "", "", error, None, ("10.0.1.2",), "r/a@sha256:1", "c")


@pytest.mark.parametrize(
    ("found", "times"),
    [
        ([task("running"), task("shutdown", "shutdown")], 0),  # a drained node: moved, not failed
        ([task("running"), task("orphaned", "shutdown")], 0),  # a lost node
        ([task("running"), task("failed", "shutdown")], 1),
        ([task("running"), task("failed", "shutdown", "1"), task("failed", "shutdown", "2")], 1),
        ([task("starting"), task("failed", "shutdown"), task("failed", "shutdown")], 2),
        ([task("ready"), task("rejected", "shutdown"), task("rejected", "shutdown")], 2),
    ],
)
def test_a_task_that_was_moved_is_no_restart_loop(found: list[Task], times: int) -> None:
    assert failures(found) == times
    assert (times >= LOOP) is (times == 2)


def test_a_node_that_is_lost_is_named() -> None:
    known = {"one": node("one", state="down"), "other": node("other")}
    assert lost_nodes([task("running"), task("running", on="other")], known) == (known["one"],)
    moved = [task("running", "shutdown"), task("running", on="other")]
    assert lost_nodes(moved, known) == (known["one"],), "what runs on a lost node is not known to have ended"
    assert lost_nodes([task("starting", "shutdown"), task("shutdown", on="other")], known) == (known["one"],)
    assert lost_nodes([task("shutdown", "shutdown"), task("failed", "shutdown")], known) == ()
    assert place(task("running"), known) == "task 1 on node one (10.0.0.3)"


def test_nodes_of_two_architectures() -> None:
    both = [node("one"), node("arm", "aarch64")]
    with pytest.raises(LiveTrouble, match=r"built for x86_64.*arm \(10\.0\.0\.3\): aarch64") as caught:
        check_architectures("r/a", "amd64", both, ())
    assert "node.platform.arch == x86_64" in caught.value.next_step
    check_architectures("r/a", "amd64", both, ("node.platform.arch == x86_64",))
    check_architectures("r/a", "amd64", [node("one"), node("arm", "aarch64", "down")], ())
    check_architectures("r/a", "amd64", [node("one"), node("arm", "aarch64", "ready", "drain")], ())


@pytest.mark.parametrize(
    ("info", "words"),
    [
        ({"Swarm": {"LocalNodeState": "inactive"}}, "not part of a Swarm"),
        ({}, "not part of a Swarm"),
        (
            {
                "Swarm": {
                    "LocalNodeState": "active",
                    "ControlAvailable": False,
                    "RemoteManagers": [{"Addr": "10.0.0.1:2377"}],
                }
            },
            "is a worker",
        ),
        ({"Swarm": {"LocalNodeState": "active", "ControlAvailable": True}}, ""),
    ],
)
def test_only_a_manager_will_do(info: dict[str, Any], words: str) -> None:
    text, step = swarm_reason(info, "unix:///x")
    assert (words in text) if words else (text, step) == ("", "")
    assert ("10.0.0.1:2377" in step) is (words == "is a worker")


def test_where_a_built_image_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STACK_WIZARD_REGISTRY", raising=False)
    assert repository("reg.example:5000/team/a:1", "p", "a") == "reg.example:5000/team/a"
    for image in ("", "a:1", "team/a"):
        with pytest.raises(LiveTrouble, match="no registry is named") as caught:
            repository(image, "p", "a")
        assert "STACK_WIZARD_REGISTRY" in caught.value.next_step
    monkeypatch.setenv("STACK_WIZARD_REGISTRY", "10.0.0.1:5000/")
    assert repository("", "Proj", "a") == "10.0.0.1:5000/proj/a"


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("Get http://r/v2/: dial tcp 10.0.0.1:5000: connect: connection refused", "registry-away"),
        ("http: server gave HTTP response to HTTPS client", "registry-insecure"),
        ("denied: requested access to the resource is denied", "no-access"),
        ("something odd", "push-failed"),
    ],
)
def test_why_a_push_failed(said: str, cause: str) -> None:
    trouble = push_trouble("r.example/a:1", f"The push refers to repository [r.example/a]\n{said}")
    assert trouble.cause == cause
    assert said in trouble.message


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("No such image: local-only:1", "image-on-one-node"),
        ('invalid mount config for type "bind": bind source path does not exist: /srv/x', "missing-file"),
        ("no suitable node (scheduling constraints not satisfied on 2 nodes)", "no-node"),
        ("starting container failed: strange", "rejected"),
    ],
)
def test_why_a_task_cannot_run(error: str, cause: str) -> None:
    known = {"one": node("one"), "other": node("other")}
    trouble = rejected("a", task("rejected", error=error), known)
    assert trouble.cause == cause
    assert "task 1 on node one (10.0.0.3)" in trouble.message


def test_a_log_line_tells_its_node_and_keeps_its_text() -> None:
    raw = 'verify-p_a.1.x7k2@lab-two    | 2026-11-29T01:02:03.456789012Z {"level": "error"}'
    assert _log_line(LogLine("now", raw)) == LogLine("2026-11-29T01:02:03.456Z lab-two", '{"level": "error"}')
    assert _log_line(LogLine("now", "no prefix")) == LogLine("now", "no prefix")
