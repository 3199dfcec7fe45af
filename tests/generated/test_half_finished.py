"""A service that somebody began by hand is finished in its own form: one server, one start, hardened like others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from redis import Redis

from tests.generated.lab import Lab, servers
from wizard.checklist.load import load
from wizard.pipeline.opening import open_stack, read, spec_of
from wizard.pipeline.work import plan
from wizard.session.sample import create_demo
from wizard.values.edit import Refusal

ENTRY = "services/market/service.py"
HARDENING = {"init", "read_only", "cap_drop", "security_opt", "tmpfs", "restart", "stop_grace_period"}
OTHERS = {
    "fastapi": (
        '"""Market."""\n\nimport uvicorn\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/health")\n'
        'def health() -> dict[str, str]:\n    return {"status": "ok"}\n\n\nif __name__ == "__main__":\n'
        '    uvicorn.run(app, host="0.0.0.0", port=8005)\n',
        "fastapi\nuvicorn\n",
    ),
    "aiohttp": (
        '"""Market."""\n\nfrom aiohttp import web\n\n\nasync def health(request: web.Request) -> web.Response:\n'
        '    return web.json_response({"status": "ok"})\n\n\napp = web.Application()\n'
        'app.router.add_get("/health", health)\n\nif __name__ == "__main__":\n    web.run_app(app, port=8005)\n',
        "aiohttp\n",
    ),
    "loop": (
        '"""Market."""\n\nimport time\n\n\ndef main() -> None:\n    while True:\n        time.sleep(1)\n\n\n'
        'if __name__ == "__main__":\n    main()\n',
        "",
    ),
}


def finished(root: Path, text: str = "", requirements: str = "", start: str = "", phases: int = 2) -> list[Refusal]:
    """Makes the sample stack, with another half-finished market where it is given, and finishes it."""
    stack = open_stack(create_demo(root))
    if text:
        stack.files.write(ENTRY, text)
        stack.files.write("services/market/requirements.txt", requirements)
    if start:
        dockerfile = stack.files.read("services/market/Dockerfile")
        stack.files.write("services/market/Dockerfile", dockerfile.replace('"python", "-m", "market.service"', start))
    refusals: list[Refusal] = []
    spec = spec_of(read(stack), "market").spec
    for phase in load().sequence[:phases]:
        changes = plan(stack, spec, phase).changeset
        refusals += changes.refusals
        for edit in changes.edits:
            stack.files.write(edit.path, edit.after or "")
    return refusals


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with servers(tmp_path_factory.mktemp("half")) as made:
        finished(made.root, phases=3)
        yield made


def clients(lab: Lab) -> int:
    """How many connections of the service Redis has."""
    end = lab.redis.endpoint
    with closing(Redis(host="127.0.0.1", port=end.port, password=end.password)) as client:
        return sum(each["name"] == "market" for each in client.client_list())


def until_connected(lab: Lab) -> None:
    """Waits for the service at Redis, without one request to it."""
    assert lab.process is not None
    for _ in range(600):
        if clients(lab):
            return
        with pytest.raises(psutil.TimeoutExpired):
            psutil.Process(lab.process.pid).wait(0.1)
    raise AssertionError("".join(lab.lines[-20:]))


def listening(lab: Lab) -> list[int]:
    """The ports that the process and its children listen on."""
    assert lab.process is not None
    process = psutil.Process(lab.process.pid)
    family = [process, *process.children(recursive=True)]
    return [c.laddr.port for each in family for c in each.net_connections("tcp") if c.status == "LISTEN"]


@pytest.mark.embedded
def test_the_finished_market_has_one_server_and_one_start(lab: Lab) -> None:
    lab.start("market.service", "MARKET")
    until_connected(lab)
    assert lab.until(200, 60) == {"status": "ok", "service": "market"}, "its own answer"
    assert listening(lab) == [lab.port], "one HTTP server, where MARKET_PORT says"
    assert lab.stop() == 0
    assert clients(lab) == 0
    assert "stopped" in lab.lines[-1]
    compose = read(open_stack(lab.root)).compose
    blocks = {block.key: set(block.keys) & HARDENING for block in compose.services if block.build is not None}
    assert len(blocks) > 4
    assert blocks.pop("cdb_market") >= set.intersection(*blocks.values()), "hardened at least as its siblings are"


@pytest.mark.embedded
def test_under_another_server_the_bus_starts_with_the_process(lab: Lab, tmp_path: Path) -> None:
    text = (
        '"""Market. It is to connect to the exchange and publish on `market_data`."""\n\nfrom flask import Flask\n\n'
        'app = Flask(__name__)\n\n\n@app.route("/health")\ndef health():\n    return {"status": "ok"}\n'
    )
    finished(tmp_path / "stack", text, "flask\nwaitress\n", '"waitress-serve", "--port=8005", "market.service:app"')
    lab.lines.clear()
    where = f"--listen=127.0.0.1:{lab.port}"
    lab.start("waitress", "MARKET", where, "market.service:app", PYTHONPATH=str(tmp_path / "stack" / "services"))
    until_connected(lab)
    assert lab.until(200, 60)
    assert listening(lab) == [lab.port]
    assert clients(lab) <= 2
    lab.stop()
    assert clients(lab) == 0


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_flask_app_gets_no_second_server(kind: str, tmp_path: Path) -> None:
    text, requirements = OTHERS[kind]
    refusals = finished(tmp_path / "stack", text, requirements)
    folder = tmp_path / "stack" / "services" / "market"
    assert (folder / "service.py").read_text() == text
    assert sorted(path.name for path in folder.glob("*.py")) == ["__init__.py", "service.py"]
    required = (folder / "requirements.txt").read_text()
    assert "flask" not in required
    assert "waitress" not in required
    assert {"1.1", "1.3"} <= {refusal.item for refusal in refusals}, "what is left is said"
