"""What an image is known not to have, so that a health check can be written with what it has."""

from __future__ import annotations

from wizard.plan.context import PlanContext
from wizard.plan.modules import is_generated, is_wired


def lacks_tool(ctx: PlanContext, tool: str) -> bool:
    """True when a health check's `curl` or `wget` is not in the service's image: a slim Python image without a line
    installing it."""
    file = ctx.service.dockerfile if ctx.service else None
    if file is None or not file.bases or tool not in ("curl", "wget") or tool in file.tools:
        return False
    last = file.bases[-1]
    stages = {base.alias.lower(): base for base in file.bases if base.alias}
    for _ in file.bases:
        if last.external or last.image.lower() not in stages:
            break
        last = stages[last.image.lower()]
    return "slim" in last.tag or "distroless" in last.image or ("alpine" in last.tag and tool == "curl")


def health_path(ctx: PlanContext) -> str:
    """The path to ask: `/health`, or the one route of the code that is about health when that one is missing."""
    files = ctx.service.python if ctx.service else ()
    paths = [r.path for file in files for r in file.routes if not r.methods or "GET" in r.methods]
    if "/health" in paths:
        return "/health"
    return next((path for path in paths if "health" in path.lower() and "<" not in path and "{" not in path), "/health")


def is_silent(ctx: PlanContext) -> bool:
    """True for code, read whole, that answers no request at all: a health check of it would always fail."""
    files = ctx.service.python if ctx.service else ()
    if not files or is_generated(ctx) or is_wired(ctx) or any(file.problems for file in files):
        return False
    return not any(file.routes or file.apps or file.served_ports for file in files)


def health_check_source(port: int, path: str = "/health") -> str:
    """A Dockerfile HEALTHCHECK that needs nothing but the image's own Python."""
    call = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{port}{path}', timeout=4)"
    options = "--interval=15s --timeout=5s --start-period=20s --retries=3"
    return f'HEALTHCHECK {options} \\\n    CMD ["python", "-c", "{call}"]'


SILENT = "nothing in the code answers GET /health yet (1.1); once something does, this asks it"
NO_PORT = "the service has no port yet: `stack-wizard ports` offers free ones"
