"""What the blocks of a stack's own services share, so that a new block shares it, too: the anchors that they merge or
name, their restart policy, and the file in which their limits stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial

from wizard.plan.compose.files import SERVICE, ComposeEdits
from wizard.plan.compose.house_style import built
from wizard.plan.context import PlanContext
from wizard.plan.splice.text import SpliceRefused
from wizard.plan.splice.yaml import add_pair
from wizard.plan.splice.yaml_alias import MERGE, add_alias
from wizard.plan.splice.yaml_find import walk_path
from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import Node, get, parse
from wizard.syntax.yaml_data import Data, data, resolve
from wizard.values.lean import dataclass

LIMITS = ("mem_limit", "cpus", "pids_limit", "logging", "deploy")
_OWN = frozenset(
    {"build", "container_name", "environment", "secrets", "entrypoint", "depends_on", "healthcheck", "ports"}
)
"""What a block says of its own service: an anchor's is not taken instead of it."""
_BY_DEPLOY = frozenset({"mem_limit", "cpus", "pids_limit"})
"""What Compose refuses beside `deploy.resources` that says otherwise."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What most blocks of the built services do in one file. `merged`: the anchor that they merge, '' for none;
    `given`: what it brings. `environment`: the anchor merged into their variables. `aliases`: key -> anchor that is its
    value. `restart`: the policy most of them write themselves, '' when they do not agree or write none."""

    merged: str = ""
    given: tuple[tuple[Data, Data], ...] = ()
    environment: str = ""
    aliases: tuple[tuple[str, str], ...] = ()
    restart: str = ""


def habits(ctx: PlanContext, edits: ComposeEdits, path: str) -> Habits:
    """Returns what the blocks in a file do alike; nothing for a file that cannot be edited, or with no such blocks."""
    blocks = _blocks(ctx, edits, path)
    merged = _common(blocks, MERGE)
    anchor = next((resolve(get(block, MERGE)) for block in blocks if _alias(block, MERGE) == merged), None)
    environments = [node for block in blocks if (node := get(block, "environment")) is not None]
    keys = dict.fromkeys(key.value for block in blocks for key, value in block.pairs if value.kind == "alias")
    named = ((key, _common(blocks, key)) for key in keys if key not in _OWN | {MERGE})
    return Habits(
        merged,
        tuple(_mapping(anchor).items()) if merged else (),
        _common(environments, MERGE) if len(environments) == len(blocks) else "",
        tuple((key, name) for key, name in named if name),
        _most(
            (node.value for block in blocks if (node := get(block, "restart")) and node.kind == "scalar"), len(blocks)
        ),
    )


def _blocks(ctx: PlanContext, edits: ComposeEdits, path: str) -> list[Node]:
    """The blocks of the stack's own services in a file."""
    try:
        services = walk_path(edits.document(path), ("services",))
    except SpliceRefused:
        return []
    found = (get(services, block.key) for block in built(ctx.facts, ctx.key))
    return [node for node in found if node is not None and node.kind == "mapping"]


def _alias(block: Node, key: str) -> str:
    node = get(block, key)
    return node.value if node is not None and node.kind == "alias" else ""


def _common(blocks: list[Node], key: str) -> str:
    return _most((_alias(block, key) for block in blocks), len(blocks))


def _most(values: Iterable[str], among: int) -> str:
    """The value that more than half of so many have; '' when there is none."""
    (value, count), *_ = [*Counter(filter(None, values)).most_common(1), ("", 0)]
    return value if count * 2 > among else ""


def _mapping(node: Node | None) -> Mapping[Data, Data]:
    try:
        value = data(node)
    except SyntaxTrouble:  # an alias bomb: what it brings is not known
        return {}
    return value if isinstance(value, dict) else {}


def without_shared(body: str, shared: Habits, network: str, limits: Iterable[str] = ()) -> str:
    """Returns a new block (at indent 0) without what the stack's anchors bring it, and without `limits`, which stand in
    another file; with the stack's restart policy."""
    root = parse(body).root
    given = dict(shared.given)
    gone = {*limits, *(key for key, _ in shared.aliases)}
    if root is None:
        return body
    if "deploy" in given or "deploy" in gone:
        gone |= _BY_DEPLOY
    own = _mapping(root)
    gone |= {
        key for key in own if isinstance(key, str) and key in given and _covers(key, given[key], own[key], network)
    }
    kept = [_source(body, root, number) for number, (key, _) in enumerate(root.pairs) if key.value not in gone]
    text = "".join(kept)
    if given.get("read_only") is True and "read_only" not in own:  # left out for its secrets, which Compose copies in
        text += "read_only: false\n"
    if shared.restart and "restart" not in gone:
        text = text.replace("restart: unless-stopped\n", f"restart: {_restart(shared.restart)}\n", 1)
    return text


def _restart(policy: str) -> str:
    """`no` is false without its quotes."""
    return f'"{policy}"' if policy == "no" else policy


def _covers(key: str, theirs: Data, own: Data, network: str) -> bool:
    """Whether an anchor's value may stand for the block's own: it says as much, or it is the stack's to say."""
    if key in _OWN or key == "stop_grace_period":
        return False
    if key == "networks":
        return network in theirs if isinstance(theirs, list | dict) else False
    if key in ("init", "read_only", "cap_drop", "security_opt", "tmpfs"):
        both = isinstance(theirs, list) and isinstance(own, list)
        return all(item in theirs for item in own) if both else theirs == own  # type: ignore[union-attr,operator]
    return True


def _source(body: str, root: Node, number: int) -> str:
    """The lines of one key of a block."""
    start = root.pairs[number][0].start
    end = root.pairs[number + 1][0].start if number + 1 < len(root.pairs) else len(body)
    return body[start:end]


def add_shared(ctx: PlanContext, edits: ComposeEdits, path: str, shared: Habits) -> None:
    """Lets a block that was just written merge and name the anchors that its siblings do."""
    place = ("services", ctx.key)
    pairs: list[tuple[tuple[str, ...], str, str]] = [(place, key, name) for key, name in shared.aliases]
    pairs += [((*place, "environment"), MERGE, shared.environment), (place, MERGE, shared.merged)]
    for where, key, name in pairs:
        if name and walk_path(edits.document(path), where) is not None:
            edits.change(path, partial(add_alias, path=where, key=key, anchor=name), (SERVICE,), f"share {name}")


def limits_file(ctx: PlanContext, edits: ComposeEdits) -> tuple[str, Mapping[str, tuple[str, str]]]:
    """Returns (file, key -> (value, anchor)) where the limits of most built services stand in a file of their own, with
    the values that most of them have; ('', {}) where they do not."""
    keys = {block.key for block in built(ctx.facts, ctx.key)}
    declared = [block for block in (*ctx.facts.compose.services, *ctx.facts.compose.beside) if block.key in keys]
    for path in dict.fromkeys(source.path for block in declared for source in block.declared):
        if path == ctx.profile.edit_file:
            continue
        edits.overlays.add(path)
        blocks = [
            block for block in _blocks(ctx, edits, path) if not {"build", "image"} & {k.value for k, _ in block.pairs}
        ]
        found = {
            key: _limit(blocks, key)
            for key in LIMITS
            if sum(get(block, key) is not None for block in blocks) * 2 > len(keys)
        }
        limits = {key: limit for key, limit in found.items() if any(limit)}
        if limits:
            return path, limits
        edits.overlays.discard(path)
    return "", {}


def _limit(blocks: list[Node], key: str) -> tuple[str, str]:
    """(the value that most blocks have, '') or ('', the anchor that most of them name)."""
    anchor = _most((_alias(block, key) for block in blocks), len(blocks) - 1)
    nodes = [node for block in blocks if (node := get(block, key)) is not None]
    values = Counter(node.value for node in nodes if node.kind == "scalar").most_common(1)
    return ("", anchor) if anchor else (values[0][0] if values else "", "")


def add_limits(ctx: PlanContext, edits: ComposeEdits, path: str, limits: Mapping[str, tuple[str, str]]) -> None:
    """Writes the service's limits beside those of its siblings."""
    place = ("services", ctx.key)
    body = "".join(f"{key}: {value}\n" for key, (value, _) in limits.items() if value)
    if not body:
        return
    edits.change(
        path, partial(add_pair, path=place[:-1], key=ctx.key, fragment=body), (SERVICE,), "limit it as the others"
    )
    for key, (_, anchor) in limits.items():
        if anchor:
            edits.change(
                path, partial(add_alias, path=place, key=key, anchor=anchor), (SERVICE,), "limit it as the others"
            )
