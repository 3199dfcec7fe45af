"""Which file and node of a service's block an edit goes to, and the pieces of the block the wizard would write."""

from __future__ import annotations

from wizard.plan.compose_files import ComposeEdits
from wizard.plan.context import PlanContext
from wizard.plan.modules import is_generated
from wizard.plan.probes import health_path
from wizard.plan.splice_text import SpliceRefused
from wizard.plan.splice_yaml_find import walk_path
from wizard.plan.splice_yaml_style import column
from wizard.syntax.yaml import Node, YamlDocument, get, parse
from wizard.values.compose_facts import ComposeService


def own_node(edits: ComposeEdits, path: str, *keys: str | int) -> Node | None:
    """The node below `services.` in a file as changed so far, None when the file cannot be edited or has none."""
    try:
        return walk_path(edits.document(path), ("services", *keys))
    except SpliceRefused:
        return None


def file_of(ctx: PlanContext, edits: ComposeEdits, block: ComposeService, key: str) -> str:
    """The file to edit for a key of the block: the last one that has the key, else the edit file when it declares the
    service, else
    the last one that builds or runs it."""
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
    """A piece of the block the wizard would write, at indent 0: `fragment(ctx, "healthcheck", "test")`; '' when it
    has none."""
    document = parse(service_body(ctx))
    node = walk_path(document, keys)
    return _dedented(document, node) if node is not None else ""


def service_body(ctx: PlanContext, **extra: object) -> str:
    """The whole block at indent 0, asking the health path that the code has; without `environment` when nothing is to
    be set."""
    handwritten = bool(ctx.service and ctx.service.entry) and not is_generated(ctx)
    body = ctx.fill("compose/service.yaml.j2", **{"handwritten": handwritten, "start": "", "silent": False, **extra})
    path = health_path(ctx)
    body = body.replace(f":{ctx.spec.port}/health'", f":{ctx.spec.port}{path}'")
    node = walk_path(parse(body), ("environment",))
    return body.replace("environment:\n", "", 1) if node is not None and not node.pairs else body


def indented(text: str) -> str:
    """A piece of a block two columns in, every line ended."""
    return "".join(f"  {line}\n" for line in text.split("\n"))


def _dedented(document: YamlDocument, node: Node) -> str:
    text = document.text
    indent = column(text, node.start) if node.style == "block" else 0
    lines = text[node.start : node.end].split("\n")
    return "\n".join([lines[0], *(line[indent:] for line in lines[1:])])


def block_line(block: ComposeService, path: str) -> int:
    """The line of the service's key in a file."""
    return next((source.line for source in block.declared if source.path == path), 0)
