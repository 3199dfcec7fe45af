"""Services of many shapes, and each of them wrong in one way: nothing is called proven that was not seen, nor wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wizard.verify import odd_shapes, shapes
from tests.wizard.verify.shapes import DEPLOYMENT, Shape, edit, seen, spec_of, stack

pytestmark = [pytest.mark.embedded, pytest.mark.own_ports]
SHAPES = {name: value for name, value in vars(shapes).items() if isinstance(value, Shape)}
ODD = {name: value for name, value in vars(odd_shapes).items() if isinstance(value, Shape) and name not in SHAPES}
SLEEPS = "    time.sleep(600)\n    while True:\n"
LOOP = "    while True:\n"
UNDONE = "for connection in (psycopg.connect(**dsn),):"
"""Nothing commits it."""
Row = tuple[str, str, str, str, bool | None, str]
SABOTAGES: tuple[Row, ...] = (
    ("CHANNEL", 'subscribe("prices")', 'subscribe("price")', "7.3", False, "wrong-channel"),
    ("CHANNEL", 'subscribe("prices")', 'psubscribe("news.*")', "7.3", False, "wrong-channel"),
    ("CHANNEL", 'subscribe("prices")', 'psubscribe("news.*")', "7.4", False, "dead-subscriber"),
    ("CHANNEL", 'publish("signals"', 'publish("signal"', "7.4", False, "wrong-channel"),
    ("PATTERN", '"prices.*"', '"price.*"', "7.3", False, "wrong-channel"),
    ("GROUP", '{"prices": ">"}', '{"tocks": ">"}', "7.4", False, "wrong-channel"),
    ("GROUP", '"prices"', '"tocks"', "7.3", False, "wrong-channel"),
    ("GROUP", '"prices"', '"tocks"', "7.4", False, "wrong-channel"),
    ("GROUP", 'client.xadd("signals", answer(fields))', "fields", "7.4", None, "no-acceptable-event"),
    ("GROUP", "for _, entries", "raise SystemExit\n        for _, entries", "7.3", False, "dead-subscriber"),
    ("GROUP", "for _, entries", "raise SystemExit\n        for _, entries", "7.4", False, "unread"),
    ("GROUP", LOOP, SLEEPS, "7.4", False, "unread"),
    ("STREAM", '{"prices": last}', '{"tocks": last}', "7.3", False, "wrong-channel"),
    ("STREAM", '{"prices": last}', '{"tocks": last}', "7.4", False, "wrong-channel"),
    ("LIST", '["prices"]', '["tocks"]', "7.3", False, "wrong-channel"),
    ("LIST", '["prices"]', '["tocks"]', "7.4", False, "wrong-channel"),
    ("LIST", 'client.rpush("signals"', 'str("signals"), (str', "7.4", None, "no-acceptable-event"),
    ("LIST", LOOP, SLEEPS, "7.4", False, "unread"),
    ("POLLER", 'rpop("prices")', 'rpop("tocks")', "7.3", False, "wrong-channel"),
    ("POLLER", LOOP, SLEEPS, "7.3", None, "not-connected"),
    ("POLLER", LOOP, SLEEPS, "7.4", None, "unread"),
    ("SAFE", 'client.lpush("signals"', 'str("signals"), (str', "7.4", None, "no-acceptable-event"),
    ("TIMER", 'publish("signals"', 'publish("signal"', "7.4", None, "silent"),
    ("TIMER_STREAM", 'xadd("signals"', 'xadd("signal"', "7.4", None, "silent"),
    ("TAKES_LIST", 'blpop("prices"', 'blpop("tocks"', "7.4", False, "wrong-channel"),
    ("TAKES_GROUP", '"prices"', '"tocks"', "7.4", False, "wrong-channel"),
    ("TAKES_GROUP", LOOP, SLEEPS, "7.4", False, "unread"),
    ("TABLE_LIST", "store(json.loads(taken[1]))", "taken", "7.4", False, "no-row"),
    ("TABLE_LIST", "INTO bookings", "INTO booking", "7.5", False, "missing-table"),
    ("TABLE_LIST", "with psycopg.connect(**dsn) as connection:", UNDONE, "7.4", False, "no-row"),
    ("TABLE_GROUP", "store(fields)", "fields", "7.4", False, "no-row"),
)


@pytest.mark.parametrize("name", SHAPES)
def test_a_service_of_every_shape_passes(tmp_path: Path, name: str) -> None:
    found = seen(stack(tmp_path, SHAPES[name]))
    assert {item: o.ok for item, o in found.items()} == dict.fromkeys(DEPLOYMENT, True), found


UNDECIDED: dict[str, dict[str, str]] = {
    "COMMAS": {"7.4": "no-acceptable-event"},
    "PICKLED": {"7.4": "other-format", "7.5": "made-up-event"},
    "FILTERS_BESIDES": {"7.4": "unsure"},
    "DROPS_REPEATS": {"7.4": "unsure"},
    "NOISY": {"7.4": "no-acceptable-event", "7.5": "made-up-event"},
    "FALLS": {
        "7.1": "made-up-event",
        "7.2": "not-running",
        "7.4": "no-acceptable-event",
        "7.5": "not-running",
    },
}
"""What is well and cannot be seen from outside."""


@pytest.mark.parametrize("name", ODD)
def test_what_looks_odd_is_never_called_broken(tmp_path: Path, name: str) -> None:
    found = seen(stack(tmp_path, ODD[name]))
    undecided = UNDECIDED.get(name, {})
    assert {item: o.cause for item, o in found.items() if o.ok is not True} == undecided, found
    assert {o.ok for item, o in found.items() if item in undecided} <= {None}


ANSWER = "        self.send_response(200"
OK = """b'{"status": "ok"}'"""
SERVE = 'ThreadingHTTPServer(("0.0.0.0", {port}), Health).serve_forever()'
STRANGER = (
    "import subprocess, sys\n"
    "    subprocess.run(['sh', '-c', 'exec setsid \"$@\" >/dev/null 2>&1 &', 'sh', sys.executable, '-c', "
    '\'import http.server as h, threading; s = h.HTTPServer(("127.0.0.1", {port}), type("H", '
    '(h.BaseHTTPRequestHandler,), {{"do_GET": lambda self: (self.send_response(200), self.end_headers())}})); '
    "threading.Timer(20, s.shutdown).start(); s.serve_forever()'])\n    time.sleep(60)"
)
LOGGED = 'import logging\n    logging.basicConfig(filename="/dev/null")'
ENDS: dict[str, tuple[str, str, dict[str, tuple[bool | None, str] | None]]] = {
    "it dies just after its first answer": (
        ANSWER,
        "        threading.Timer(0.4, os._exit, (3,)).start()\n" + ANSWER,
        # whether health is asked once more before it is gone, or while it goes, is the machine's
        {"7.1": (False, "crash"), "7.2": None, "7.5": (None, "not-running")},
    ),
    "somebody else answers on its port": (SERVE, STRANGER, {"7.1": (True, ""), "7.2": (False, "other-service")}),
    "it answers 200 and says that Redis is down": (
        OK,
        """b'{"status": "ok", "redis": "down: timeout"}'""",
        {"7.2": (False, "dependency-unhealthy")},
    ),
    "it answers 200 and says that something else is down": (
        OK,
        """b'{"status": "ok", "checks": {"exchange": "down"}}'""",
        {"7.2": (None, "dependency-unhealthy")},
    ),
    "it says more than that it is well": (
        OK,
        """b'{"status": "ok", "redis": "7.2", "checks": {"queue": 3}}'""",
        {"7.2": (True, "")},
    ),
    "it logs into a file": ('print("INFO begins", flush=True)', LOGGED, {"7.5": (None, "logs-elsewhere")}),
    "it logs into a file and to the output": (
        'print("INFO begins", flush=True)',
        LOGGED + "\n    logging.getLogger().addHandler(logging.StreamHandler())",
        {"7.5": (True, "")},
    ),
}


@pytest.mark.parametrize("name", ENDS)
def test_what_answers_and_what_ends_is_told_as_it_was_seen(tmp_path: Path, name: str) -> None:
    old, new, wanted = ENDS[name]
    root = stack(tmp_path, Shape(shapes.LIST.work))
    edit(root, 'print("WARNING", error, flush=True)', "pass")
    spec = spec_of(root)
    edit(
        root,
        old.format(port=spec.port) if "{port}" in old else old,
        new.format(port=spec.port) if "{port}" in new else new,
    )
    found = seen(root, spec, window=1.5)
    sure = {item: said for item, said in wanted.items() if said is not None}
    assert {item: (found[item].ok, found[item].cause) for item in sure} == sure, found
    assert [item for item, o in found.items() if o.ok is False and item not in wanted] == []


@pytest.mark.parametrize(("name", "old", "new", "item", "ok", "cause"), SABOTAGES)
def test_a_sabotage_is_told_by_the_right_item(
    tmp_path: Path, name: str, old: str, new: str, item: str, ok: bool | None, cause: str
) -> None:
    root = stack(tmp_path, SHAPES[name])
    spec = spec_of(root)
    edit(root, old, new)
    items = ("7.1", "7.4", "7.5") if item == "7.5" else ("7.1", item)
    found = seen(root, spec, items)
    assert (found[item].ok, found[item].cause) == (ok, cause), found[item]
    assert found[item].next_step
    assert found["7.1"].ok is True
