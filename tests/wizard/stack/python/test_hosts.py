"""Hosts that code names, and what it only says to people."""

from __future__ import annotations

import pytest

from wizard.stack.python.source import read_python


@pytest.mark.parametrize(
    ("code", "hosts"),
    [
        ('get("http://user-service:5000/users")\n', ["user-service"]),
        ('get(f"http://user-service:5000/users/{name}")\n', ["user-service"]),
        ('BASE = "https://api.internal"\n', ["api.internal"]),
        ('url = "postgresql+asyncpg://app:x@db/app"\n', ["db"]),
        ('channel = grpc.insecure_channel("risk:50051")\n', ["risk"]),
        ('client = Client(host="risk", port=1)\n', ["risk"]),
        ('get(f"http://{HOST}:5000/")\n', []),
        ("# see http://user-service:5000\n", []),
        ('def f():\n    """Asks http://user-service:5000."""\n', []),
        ('x = {"a": "b:1"}\ny = "12:30"\n', []),
        ('get("http://one/a")\nget("http://one/b")\nget("http://two/")\n', ["one", "two"]),
    ],
)
def test_hosts_in_code(code: str, hosts: list[str]) -> None:
    assert [fact.value for fact in read_python(code, "x.py").hosts] == hosts
