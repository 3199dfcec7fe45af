"""The engine of another machine, over SSH: everything is asked there, nothing of this machine's ports."""

from __future__ import annotations

import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from wizard.adapters.clock import SystemClock
from wizard.errors import RuntimeUnavailableError
from wizard.pipeline.proof import choose_runtime
from wizard.runtime.engine.runtime import DockerRuntime
from wizard.values.live import Limits
from wizard.values.observation import Observation, Progress
from wizard.verify.verify import verify

pytestmark = pytest.mark.engine
DEPLOYMENT = ("7.1", "7.2", "7.3", "7.4", "7.5")
HOST = "ssh://root@10.213.7.2"
LIMITS = Limits(start=40.0, health=5.0, request=5.0, stop=5.0, dependencies=150.0, late=5.0)


@pytest.fixture(scope="module")
def far(machines: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """`DOCKER_HOST` names the second machine, and `ssh` knows the way there."""
    if shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        pytest.skip("no SSH server is installed (apt-get install openssh-server)")
    door = machines.open_ssh(tmp_path_factory.mktemp("keys"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{door}:{os.environ['PATH']}")
        patch.setenv("DOCKER_HOST", HOST)
        yield machines


class Impostor(http.server.BaseHTTPRequestHandler):
    """What would answer for the service if somebody asked this machine."""

    asked: list[str] = []  # noqa: RUF012  (one list for all of them is what is meant)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"service": "risk", "status": "ok"}')

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def impostors() -> Iterator[list[str]]:
    """Somebody else holds the service's port here, and those of its servers."""
    Impostor.asked.clear()
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", port), Impostor) for port in (8002, 6379, 5432)]
    for server in servers:
        server.get_request = _counting(server)  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Impostor.asked
    for server in servers:
        server.shutdown()
        server.server_close()


def _counting(server: http.server.ThreadingHTTPServer) -> Any:
    usual = server.get_request

    def get_request() -> Any:
        Impostor.asked.append(f"a connection to {server.server_address[1]}")
        return usual()

    return get_request


def watched(demo: Any, name: str, *items: str) -> Iterator[Observation | Progress]:
    return verify(
        demo.facts(),
        demo.spec(name),
        DockerRuntime(LIMITS, remote=True),
        items=items or DEPLOYMENT,
        clock=SystemClock(),
        log_window=0.5,
        settle=0.5,
    )


def left_on(machines: Any, project: str) -> str:
    label = f"label=com.docker.compose.project={project}"
    return "".join(
        str(machines.second(kind, "ls", "-aq" if kind == "container" else "-q", "--filter", label))
        for kind in ("container", "network", "volume")
    )


def test_a_remote_engine_is_never_used_by_accident(far: Any) -> None:
    with pytest.raises(RuntimeUnavailableError, match=r"ssh://root@10\.213\.7\.2 .* is another machine.*--remote"):
        choose_runtime("docker")
    assert choose_runtime("docker", remote=True).name == "docker"


def test_the_deployment_is_decided_through_it(far: Any, remote_demo: Any, impostors: list[str]) -> None:
    seen = {o.item: o for o in watched(remote_demo, "risk", "4.3", *DEPLOYMENT) if isinstance(o, Observation)}
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(("4.3", *DEPLOYMENT), True), seen
    assert impostors == [], "this machine's ports were asked"
    assert seen["7.2"].action.startswith("ssh 10.213.7.2 curl -i http://127.0.0.1:8002/health")
    assert len(seen["7.4"].samples) == 5
    assert seen["7.1"].image.startswith("sha256:")
    assert left_on(far, remote_demo.project) == ""


def test_a_port_held_over_there(far: Any, remote_demo: Any) -> None:
    far.second("run", "-d", "--name", "far-holder", "-p", "127.0.0.1:8002:80", "python:3.11-slim", "sleep", "600")
    try:
        seen = {o.item: o for o in watched(remote_demo, "risk") if isinstance(o, Observation)}
    finally:
        far.second("rm", "-f", "far-holder")
    assert (seen["7.1"].ok, seen["7.1"].cause) == (False, "port-taken"), seen["7.1"]
    assert "far-holder" in seen["7.1"].result


def test_a_host_that_refuses_says_so(far: Any, remote_demo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://nobody@10.213.7.2")
    with pytest.raises(RuntimeUnavailableError, match=r"10\.213\.7\.2.*Permission denied"):
        list(watched(remote_demo, "risk"))


def test_a_lost_connection_ends_with_what_was_seen_and_what_is_left(far: Any, remote_demo: Any) -> None:
    seen: dict[str, Observation] = {}
    cut = False
    try:
        for event in watched(remote_demo, "risk", "4.3", *DEPLOYMENT):
            if isinstance(event, Observation):
                seen[event.item] = event
            elif event.item == "7.2" and not cut:  # the service was started
                cut = True
                far.close_ssh()
    finally:
        far.open_ssh_again()
    assert seen["4.3"].ok is True
    lost = [o for o in seen.values() if o.cause == "engine-lost"]
    assert lost, seen
    assert all(o.ok is None and "on 10.213.7.2 may be left: " in o.result for o in lost), lost
    assert left_on(far, remote_demo.project) != ""
    seen = {o.item: o for o in watched(remote_demo, "risk", "7.1") if isinstance(o, Observation)}
    assert "an earlier run had left" in seen["7.1"].result
    assert left_on(far, remote_demo.project) == ""
