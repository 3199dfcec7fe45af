"""The commands of a document in a Swarm's words: `docker stack deploy` and `docker service` for `docker compose`.

The templates know Compose alone, and so do those that a stack keeps for itself. Every command they write has one twin
on a Swarm, so that they are exchanged in what was rendered.
"""

from __future__ import annotations

import re

from wizard.plan.context import PlanContext
from wizard.values.pattern import lazy_pattern

_UP = r"up -d(?: --build)?(?P<again> --force-recreate)? {key}\b"
_ASKED = lazy_pattern(r"curl -f?sS http://[\w.\-\[\]:]+?:(?P<port>\d+)(?P<path>/[^\s|'\"`]*)")


def filled(ctx: PlanContext, template: str, **variables: object) -> str:
    """Renders a template of a document, in the words of what deploys the stack."""
    text = ctx.fill(template, **variables)
    return as_swarm(text, ctx) if ctx.profile.on_swarm else text


def as_swarm(text: str, ctx: PlanContext) -> str:
    """Returns a document with a Swarm's commands for Compose's."""
    stack = ctx.profile.project or "STACK"
    service = f"{stack}_{ctx.key}"
    compose = re.escape(ctx.shape.compose_command)
    files = " ".join(f"-c {path}" for path in ctx.profile.compose_files)
    deploy = f"docker stack deploy --with-registry-auth {files} {stack}"

    def up(found: re.Match[str]) -> str:
        if found["again"]:
            return (
                f"docker service update --force {service}\n# the version before it: docker service rollback {service}"
            )
        command = ctx.shape.compose_command
        built = f"{command} build {ctx.key}\n{command} push {ctx.key}\n" if "--build" in found[0] else ""
        return built + deploy

    key = re.escape(ctx.key)
    pushed = rf"\g<0>\n{ctx.shape.compose_command} push {ctx.key}"
    text = re.sub(rf"{compose} build [^\n]*{key}", pushed, text)
    text = re.sub(rf"{compose} {_UP.format(key=key)}", up, text)
    text = re.sub(rf"{compose} stop {key}\b", f"docker service scale {service}=0", text)
    text = re.sub(rf"{compose} ps {key}\b", f"docker service ps {service}", text)
    text = re.sub(rf"{compose} logs (?P<how>[^\n]*?) {key}\b", rf"docker service logs \g<how> {service}", text)
    text = re.sub(rf"{compose} exec(?: -T)? (?P<where>[\w.-]+) ", lambda found: _inside(stack, found["where"]), text)
    text = _ASKED.sub(lambda found: _asked(found, stack, ctx), text)
    return _where(text, ctx)


def _inside(stack: str, key: str) -> str:
    """A command inside a task of a service, on the node that runs it."""
    return f'docker exec -i "$(docker ps -q -f name={stack}_{key}. | head -n 1)" '


def _asked(found: re.Match[str], stack: str, ctx: PlanContext) -> str:
    """A request from inside the service's own task: nothing is bound to this machine."""
    if found["port"] != str(ctx.spec.port):
        return found[0]
    get = f"c = h.HTTPConnection('127.0.0.1', {found['port']}); c.request('GET', '{found['path']}')"
    words = f"import http.client as h; {get}; print(c.getresponse().read().decode())"
    return f'{_inside(stack, ctx.key)}python -c "{words}"'


def _where(text: str, ctx: PlanContext) -> str:
    """Where the port is reached, in a sentence."""
    port, bind = ctx.spec.port, ctx.profile.bind
    held = ctx.spec.deploy is not None and ctx.spec.deploy.publish == "host"
    where = "on the node that runs it (close it in the nodes' firewall)" if held else "in its networks only"
    text = text.replace(f"port {port}, published on {bind} only", f"port {port}, {where}")
    return text.replace(f"port {port} on {bind}", f"port {port} {where}")
