"""What a health answer means, without a service: it says how it is by its status and by its word."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from wizard.values.live import Reply, ServiceState
from wizard.verify.health import judge


def live(state: ServiceState) -> Any:
    return SimpleNamespace(
        run=SimpleNamespace(
            stranger=lambda: "",
            notes=lambda: (),
            state=lambda: state,
            served_port=lambda: 8001,
            address=lambda: ("127.0.0.1", 8001),
        ),
        facts=SimpleNamespace(service=lambda name: None),
        spec=SimpleNamespace(name="core", port=8001),
        runtime="docker",
        item_of=lambda probe: probe,
        observe=lambda probe, action, text, ok, **more: SimpleNamespace(ok=ok, text=text, **{"cause": "", **more}),
    )


RUNS, ENDED = ServiceState(True, health="healthy"), ServiceState(False, exit_code=0, health="unhealthy")
UNWELL = ServiceState(True, health="unhealthy", detail="health check: HTTP Error 404")


@pytest.mark.parametrize(
    ("status", "body", "state", "ok", "cause"),
    [
        (200, {"status": "ok", "dependencies": {"redis": "ok"}}, RUNS, True, ""),
        (200, {"status": "ok", "dependencies": {"redis": "ok", "mail": "disabled"}}, RUNS, True, ""),
        (200, {"status": "degraded", "dependencies": {"redis": "down"}}, RUNS, False, "dependency-unhealthy"),
        (200, {"status": "UNHEALTHY", "redis": "NOAUTH Authentication required."}, RUNS, False, "wrong-password"),
        (200, {"status": 1}, RUNS, True, ""),
        (200, "OK", RUNS, True, ""),
        (200, {"status": "ok"}, UNWELL, False, "wrong-health-check"),
        (200, {"status": "ok"}, ENDED, None, "not-running"),
        (503, {"status": "degraded", "redis": "down: Connection refused"}, RUNS, False, "dependency-unhealthy"),
        (404, {}, RUNS, False, "http-404"),
    ],
)
def test_an_answer_is_judged(status: int, body: Any, state: ServiceState, ok: bool | None, cause: str) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    seen: Any = judge(live(state), Reply(status, text), [], 1.0)
    assert (seen.ok, seen.cause) == (ok, cause), seen.text
