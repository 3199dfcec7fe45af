"""Redis that breaks all the time, and Redis behind a proxy: nothing is called proven that was not seen, nor wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wizard.verify.test_embedded_run import run

__all__ = ["run"]
pytestmark = pytest.mark.embedded
SERVICE = "services/echo/service.py"
STARTED = 'log("INFO", "started")'
FLAP = """
    def flap():
        while not stopping.wait(0.02):
            for kind in ("normal", "pubsub"):
                try:
                    bus.client_kill_filter(_type=kind, skipme=True)
                except redis.RedisError:
                    pass

    threading.Thread(target=flap, daemon=True).start()
"""
PROXY = """
import socket, sys, threading
def carry(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
    except OSError:
        pass
    for end in (a, b):
        try:
            end.shutdown(2)
        except OSError:
            pass
listener = socket.create_server(("127.0.0.1", 0))
listener.settimeout(20)
print(listener.getsockname()[1], flush=True)
try:
    while True:
        client, _ = listener.accept()
        server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        for pair in ((client, server), (server, client)):
            threading.Thread(target=carry, args=pair, daemon=True).start()
except OSError:
    pass
"""
THROUGH = f"""
import subprocess
def through(port):
    words = ["sh", "-c", 'exec setsid "$@" &', "sh", sys.executable, "-c", {PROXY!r}, port]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as made:
        return int(made.stdout.readline())
"""


def test_a_redis_that_flaps_proves_no_flow(stack: Any, run: Any) -> None:
    stack.edit(SERVICE, STARTED, STARTED + FLAP)
    seen, _ = run("7.1", "7.4")
    assert seen["7.4"].ok is not True, seen["7.4"]
    assert "Redis" in seen["7.4"].result or seen["7.4"].cause == "timeout", seen["7.4"]


def test_a_connection_through_a_proxy_is_neither_its_own_nor_missing(stack: Any, run: Any) -> None:
    stack.edit(SERVICE, 'NAME = "echo"\n', 'NAME = "echo"\n' + THROUGH)
    port = 'os.environ.get("ECHO_REDIS_PORT", "6379")'
    stack.edit(SERVICE, f"port=int({port})", f"port=through({port})")
    seen, _ = run("7.1", "7.3", "7.4")
    assert (seen["7.3"].ok, seen["7.3"].cause) == (None, "unsure"), seen["7.3"]
    assert "proxy" in seen["7.3"].result
    assert seen["7.4"].ok is True, "its flow was seen all the same"
