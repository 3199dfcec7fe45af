"""The recovery drill in the embedded runtime: a service that recovers, and ones that do not."""

from __future__ import annotations

from typing import Any

import pytest

from wizard.adapters.clock import SystemClock
from wizard.runtime.embedded.runtime import EmbeddedRuntime
from wizard.values.live import Limits
from wizard.values.observation import Observation
from wizard.verify.drill import DRILL_ITEMS, drill

pytestmark = pytest.mark.embedded
QUICK = Limits(start=20.0, health=1.0, request=1.5, stop=5.0, recovery=3.0)


def run(stack: Any) -> dict[str, Observation]:
    events = drill(stack.facts, stack.spec, EmbeddedRuntime(QUICK), clock=SystemClock(), cancelled=lambda: False)
    return {event.item: event for event in events if isinstance(event, Observation)}


def test_a_service_that_recovers_passes(stack: Any) -> None:
    seen = run(stack)
    assert tuple(seen) == DRILL_ITEMS
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(DRILL_ITEMS, True), seen
    assert "naming redis" in seen["drill.pause"].result
    assert "exit code 0" in seen["drill.stop"].result
    assert len(seen["drill.restart"].samples) == 1


@pytest.mark.parametrize(
    ("old", "new", "item", "cause"),
    [
        ("        bus.ping()\n", "        pass\n", "drill.pause", "health-blind"),
        ('parts["redis"] = f"down', 'parts["cache"] = f"down', "drill.pause", "not-named"),
        (
            "except redis.RedisError as error:\n            log(",
            "except ZeroDivisionError as error:\n            log(",
            "drill.restart",
            "dead-subscriber",
        ),
        (
            "signal.signal(signal.SIGTERM, stop)",
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
            "drill.stop",
            "ignores-sigterm",
        ),
        ("signal.signal(signal.SIGTERM, stop)", "", "drill.stop", "bad-exit"),
        ("sys.exit(0)", "sys.exit(4)", "drill.stop", "bad-exit"),
    ],
)
def test_a_service_that_does_not_is_named(stack: Any, old: str, new: str, item: str, cause: str) -> None:
    stack.edit("services/echo/service.py", old, new)
    seen = run(stack)
    assert (seen[item].ok, seen[item].cause) == (False, cause), seen[item]
    assert seen[item].next_step


def test_a_lost_message_is_found(stack: Any) -> None:
    """Every second event is taken and forgotten: the gap shows, whatever was counted."""
    stack.edit(
        "services/echo/service.py",
        "                        store(event)\n",
        "                        store(event)\n"
        "                        globals()['seen'] = globals().get('seen', 0) + 1\n"
        "                        if globals()['seen'] % 2 == 0:\n"
        "                            continue\n",
    )
    seen = run(stack)
    assert (seen["drill.stop"].ok, seen["drill.stop"].cause) == (False, "message-lost"), seen["drill.stop"]


def test_a_sick_service_is_not_drilled(stack: Any) -> None:
    stack.edit("services/echo/service.py", "import json\n", "import json\nimport nowhere\n")
    seen = run(stack)
    assert {o.ok for o in seen.values()} == {None}
    assert {o.cause for o in seen.values()} == {"import-error"}
