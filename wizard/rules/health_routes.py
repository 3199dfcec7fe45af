"""Which routes of a service tell how it is: asked after a start and by health checks, named in documents."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.values.facts.code import PythonFile, Route
from wizard.values.facts.stack import ServiceFacts

_OTHERS = ("alive", "live", "livez", "liveness", "ready", "readyz", "readiness", "ping", "status", "up")
"""What people call it besides `health…`: a whole word of the path's last part, so that `/upload` is none."""


def is_health(route: Route) -> bool:
    """Tells whether it is the route that the checklist asks for."""
    return (route.path.rstrip("/") or "/") == "/health" and answers_get(route)


def answers_get(route: Route) -> bool:
    """Tells whether a GET reaches it; one without methods takes any."""
    return not route.methods or any(method.upper() in ("GET", "ANY", "*") for method in route.methods)


def health_paths(files: Iterable[PythonFile]) -> tuple[str, ...]:
    """Returns the paths that can be asked, the nearest to `/health` first; only that one where it is there."""
    routes = (route for file in files for route in file.routes if answers_get(route))
    paths = list(dict.fromkeys(route.path for route in routes if not re.search(r"[<{]", route.path)))
    if "/health" in paths:
        return ("/health",)
    last = {path: path.rstrip("/").rpartition("/")[2].lower() for path in paths}
    words = {path: frozenset(re.split(r"[^a-z]+", part)) for path, part in last.items()}
    named = [path for path in paths if "health" in last[path]]
    return (*named, *(path for word in _OTHERS for path in paths if word in words[path] and path not in named))


def is_silent(service: ServiceFacts | None) -> bool:
    """Tells that nothing of a service answers requests: its code, read whole, has no route, its start no server."""
    if service is None or not service.python or service.program is not None or service.listens is not None:
        return False
    files = service.code
    unread = any(file.problems or file.unread_routes or file.routes or file.apps or file.served_ports for file in files)
    return not unread and not (service.compose is not None and service.compose.ports)
