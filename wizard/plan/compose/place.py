"""Which file and node of a service's block an edit goes to, and the pieces of the block the wizard would write."""

from __future__ import annotations

from wizard.plan.compose.files import ComposeEdits
from wizard.plan.compose.house_style import hardened
from wizard.plan.compose.swarm import swarm_variables
from wizard.plan.container.probes import health_path, inside
from wizard.plan.context import PlanContext
from wizard.plan.service.modules import is_generated, is_wired
from wizard.plan.splice.text import SpliceRefused
from wizard.plan.splice.yaml_find import walk_path
from wizard.plan.splice.yaml_style import column
from wizard.syntax.yaml import Node, YamlDocument, get, parse
from wizard.values.facts.compose import ComposeService


def own_node(edits: ComposeEdits, path: str, *keys: str | int) -> Node | None:
    """Returns the node below `services.` in a file as changed so far, None when the file cannot be edited or has
    none.
    """
    try:
        return walk_path(edits.document(path), ("services", *keys))
    except SpliceRefused:
        return None


def file_of(ctx: PlanContext, edits: ComposeEdits, block: ComposeService, key: str) -> str:
    """Returns the file to edit for a key of the block: the last one that has the key, else the edit file when it
    declares the service, else the last one that builds or runs it.
    """
    paths = list(dict.fromkeys(source.path for source in block.declared))
    having = [path for path in paths if get(own_node(edits, path, block.key), key) is not None]
    if having:
        return having[-1]
    if ctx.profile.edit_file in paths:
        return ctx.profile.edit_file
    running = [
        path for path in paths if any(own_node(edits, path, block.key, k) is not None for k in ("build", "image"))
    ]
    return (running or paths)[-1]


def fragment(ctx: PlanContext, *keys: str) -> str:
    """Returns a piece of the block the wizard would write, at indent 0: `fragment(ctx, "healthcheck", "test")`; '' when
    it has none.
    """
    document = parse(service_body(ctx))
    node = walk_path(document, keys)
    return _dedented(document, node) if node is not None else ""


def service_body(ctx: PlanContext, **extra: object) -> str:
    """Returns the whole block at indent 0, asking the health path that the code has; without `environment` when nothing
    is to be set.
    """
    handwritten = bool(ctx.service and ctx.service.entry) and not is_generated(ctx)
    # Compose copies a secret with a variable as its source into the container, and refuses that for a read-only one.
    mounted = extra.get("secrets", ctx.shape.secrets)
    copied = any(secret in mounted for secret, _ in ctx.shape.secret_variables) if isinstance(mounted, tuple) else False
    usual = {
        "handwritten": handwritten,
        "drains": not handwritten or is_wired(ctx),
        "hardening": hardened(ctx.facts, ctx.key),
        "start": "",
        "silent": False,
        "copied_secrets": copied,
        **swarm_variables(ctx),
    }
    body = ctx.fill("compose/service.yaml.j2", **{**usual, **extra})
    port = inside(ctx)
    body = body.replace(f":{ctx.spec.port}/health'", f":{port}{health_path(ctx)}'")
    body = body.replace(f':{ctx.spec.port}:{ctx.spec.port}"', f':{ctx.spec.port}:{port}"')
    node = walk_path(parse(body), ("environment",))
    return body.replace("environment:\n", "", 1) if node is not None and not node.pairs else body


def indented(text: str) -> str:
    """Returns a piece of a block two columns in, every line ended."""
    return "".join(f"  {line}\n" for line in text.split("\n"))


def _dedented(document: YamlDocument, node: Node) -> str:
    text = document.text
    indent = column(text, node.start) if node.style == "block" else 0
    lines = text[node.start : node.end].split("\n")
    return "\n".join([lines[0], *(line[indent:] for line in lines[1:])])


def block_line(block: ComposeService, path: str) -> int:
    """Returns the line of the service's key in a file."""
    return next((source.line for source in block.declared if source.path == path), 0)
