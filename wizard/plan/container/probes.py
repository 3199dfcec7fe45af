"""What is known of a service before it runs: where it listens, what it answers, which programs its image has."""

from __future__ import annotations

from wizard.plan.context import PlanContext
from wizard.plan.service.modules import is_generated, is_wired, port_variables
from wizard.rules.base_images import lacks
from wizard.rules.health_routes import health_paths
from wizard.rules.ports import served_ports
from wizard.values.facts.compose import HealthCheck
from wizard.values.source import Source


def cannot_run(ctx: PlanContext, check: HealthCheck) -> bool:
    """Tells whether a health check cannot work whatever is answered: by its words, or for want of a program."""
    file = ctx.service.dockerfile if ctx.service else None
    shell = check.test[:1] == ("CMD-SHELL",)
    lacking = file is not None and (lacks(file, check.tool) or (shell and lacks(file, "sh")))
    return lacking or bool(check.fault)


def health_path(ctx: PlanContext) -> str:
    """Returns the path to ask: `/health`, or the route of the code that comes nearest to it when that one is
    missing.
    """
    return next(iter(health_paths(ctx.service.python if ctx.service else ())), "/health")


def lacks_health(ctx: PlanContext) -> bool:
    """Returns True where no route about its health is known: a check of one that is not there fails for ever, and
    everything that waits for the service never starts. The wizard's own code has one, also before it is written.
    """
    service = ctx.service
    if service is None or health_paths(service.python) or is_generated(ctx) or is_wired(ctx):
        return False
    return bool(service.python or service.dockerfile or service.compose)


def _is_read(ctx: PlanContext) -> bool:
    files = ctx.service.python if ctx.service else ()
    return bool(files) and not (is_generated(ctx) or is_wired(ctx) or any(file.problems for file in files))


def fixed_ports(ctx: PlanContext) -> dict[int, Source]:
    """Returns the ports that its code or its start command listens on and that no variable moves, or only the image's
    ENV.
    """
    service = ctx.service
    if service is None or service.listens is not None:
        known = service is not None and service.listens is not None and not service.listens_by
        return {service.listens.value: service.listens.source} if known and service and service.listens else {}
    variables = port_variables(ctx)
    moved = {variable.default for variable in variables}
    served = (fact for file in service.python for fact in file.served_ports)
    fixed = {fact.value: fact.source for fact in served if str(fact.value) not in moved}
    set_in_compose = {entry.name.upper() for entry in service.compose.environment} if service.compose else set()
    names = {variable.name.upper() for variable in variables} - set_in_compose
    image = service.dockerfile.env if service.dockerfile else ()
    return fixed | {int(value): at for name, value, at in image if name.upper() in names and value.isdecimal()}


def inside(ctx: PlanContext) -> int:
    """Returns the port it listens on in its container: the spec's, unless compose maps that to another one where it
    listens now or may listen for all that is known, or it fixes another one and compose or the image agree with that.
    """
    service = ctx.service
    fixed = fixed_ports(ctx)
    if service is None or ctx.spec.port in fixed:
        return ctx.spec.port
    listens = {fact.value for fact in served_ports(service, ctx.facts.service_names, ctx.profile.prefix)}
    mapped = [p.target for p in service.compose.ports if p.published == ctx.spec.port] if service.compose else []
    if set(mapped) & listens:
        return next(port for port in mapped if port in listens)
    if mapped and not listens and not fixed and not is_generated(ctx):
        return mapped[0]
    agreeing = {port.target for port in service.compose.ports} if service.compose else set()
    agreeing |= {fact.value for fact in service.dockerfile.expose} if service.dockerfile else set()
    agreeing |= set(fixed) if service.listens is not None and not (service.compose and service.compose.ports) else set()
    return next((port for port in fixed if port in agreeing), ctx.spec.port)


def is_silent(ctx: PlanContext) -> bool:
    """Returns True for code, read whole, that answers no request at all: a health check of it would always fail."""
    files = ctx.service.python if ctx.service else ()
    return _is_read(ctx) and not any(file.routes or file.apps or file.served_ports for file in files)


def health_check_source(port: int, path: str = "/health") -> str:
    """Returns a Dockerfile HEALTHCHECK that needs nothing but the image's own Python."""
    call = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{port}{path}', timeout=4)"
    options = "--interval=15s --timeout=5s --start-period=20s --retries=3"
    return f'HEALTHCHECK {options} \\\n    CMD ["python", "-c", "{call}"]'


SILENT = "nothing in the code answers GET /health yet; once something does, this asks it"
NO_PORT = "the service has no port yet: `stack-wizard ports` offers free ones"
