"""Which routes tell how a service is: the same answer for what is asked, probed and documented."""

from __future__ import annotations

import pytest

from wizard.rules.health_routes import health_paths, is_silent
from wizard.values.facts.code import PythonFile, Route
from wizard.values.facts.stack import Program, ServiceFacts
from wizard.values.source import Source

AT = Source("services/x/service.py", 1)


def file(*paths: str) -> PythonFile:
    split = [path.rpartition(" ")[::2] for path in paths]
    return PythonFile("services/x/service.py", routes=tuple(Route(p, (m,) if m else (), "", "f", AT) for m, p in split))


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        (("/healthz", "/health"), ("/health",)),
        (("/status", "/healthz"), ("/healthz", "/status")),
        (("/live",), ("/live",)),
        (("/is-alive", "/-/ready"), ("/is-alive", "/-/ready")),
        (("/api/v1/healthcheck/",), ("/api/v1/healthcheck/",)),
        (("/upload", "/groups", "/delivery", "/already", "/statuses"), ()),
        (("POST /health", "GET /ping"), ("/ping",)),
        (("/health/<name>", "/status/{id}"), ()),
        (("ANY /up",), ("/up",)),
        ((), ()),
    ],
)
def test_the_routes_that_tell_how_it_is(routes: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert health_paths((file(*routes),)) == expected


def test_what_answers_nothing() -> None:
    """Only code that was read whole and has no route, no application and no server answers nothing for certain."""
    plain = ServiceFacts("x", "services/x", AT.path, python=(file(),))
    assert is_silent(plain)
    served = ServiceFacts("x", "services/x", AT.path, python=(file(),), program=Program(("-m", "uvicorn", "a:b"), ""))
    routed = ServiceFacts("x", "services/x", AT.path, python=(file("/metrics"),))
    unread = ServiceFacts("x", "services/x", AT.path, python=(PythonFile(AT.path, unread_routes=(AT,)),))
    assert not any(map(is_silent, (served, routed, unread, ServiceFacts("x", ""), None)))
