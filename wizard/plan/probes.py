"""What an image is known not to have, so that a health check can be written with what it has."""

from __future__ import annotations

from wizard.plan.context import PlanContext


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


def health_check_source(port: int) -> str:
    """A Dockerfile HEALTHCHECK that needs nothing but the image's own Python."""
    call = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{port}/health', timeout=4)"
    options = "--interval=15s --timeout=5s --start-period=20s --retries=3"
    return f'HEALTHCHECK {options} \\\n    CMD ["python", "-c", "{call}"]'
