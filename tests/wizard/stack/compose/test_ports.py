"""Short and long form of published ports."""

from __future__ import annotations

import pytest

from wizard.stack.compose.ports import long_form, short_form
from wizard.values.source import Source

AT = Source("compose.yaml", 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8000", [("", None, 8000, "tcp")]),
        ("8000:80", [("", 8000, 80, "tcp")]),
        ("127.0.0.1:8000:80", [("127.0.0.1", 8000, 80, "tcp")]),
        ("127.0.0.1::80", [("127.0.0.1", None, 80, "tcp")]),
        ("[::1]:8000:80/udp", [("::1", 8000, 80, "udp")]),
        ("::1:8000:80", [("::1", 8000, 80, "tcp")]),
        ("localhost:8000:80", [("localhost", 8000, 80, "tcp")]),
        ("6060:6060/UDP", [("", 6060, 6060, "udp")]),
        ("0:80", [("", None, 80, "tcp")]),
        ("8000-8002:9000-9002", [("", 8000, 9000, "tcp"), ("", 8001, 9001, "tcp"), ("", 8002, 9002, "tcp")]),
        ("8000-8001:80", [("", 8000, 80, "tcp"), ("", 8001, 80, "tcp")]),
        ("3000-3001", [("", None, 3000, "tcp"), ("", None, 3001, "tcp")]),
        (":80", [("", None, 80, "tcp")]),
    ],
)
def test_short_form(text: str, expected: list[tuple[str, int | None, int, str]]) -> None:
    found = short_form(text, text, AT)
    assert [(p.host_ip, p.published, p.target, p.protocol) for p in found] == expected
    assert all(p.source == AT and p.raw == text for p in found)


@pytest.mark.parametrize(
    "text", ["", "web", "80:web", "8002-8000:1-3", "1-3:1-2", "99999:80", "1-65535:80", "1:2:3:4:5x"]
)
def test_what_is_no_port_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        short_form(text, text, AT)


def test_long_form() -> None:
    found = long_form("80", "8080-8081", "[::1]", "", "raw", AT)
    assert [(p.host_ip, p.published, p.target, p.protocol) for p in found] == [
        ("::1", 8080, 80, "tcp"),
        ("::1", 8081, 80, "tcp"),
    ]
    with pytest.raises(ValueError, match="no target"):
        long_form("", "8080", "", "", "raw", AT)
