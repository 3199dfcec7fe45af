"""What a block has on a Swarm: the image that the nodes pull, and what the template needs to write `deploy:`."""

from __future__ import annotations

import re
from collections import Counter

from wizard.plan.container.probes import inside
from wizard.plan.context import PlanContext
from wizard.rules.images import split_image
from wizard.rules.swarm import NEWEST_MINOR, is_everyones
from wizard.values.facts.compose import ComposeService
from wizard.values.pattern import lazy_pattern

_VERSION = lazy_pattern(r"^version:\s*[\"']?3(?:\.(\d+))?[\"']?\s*(?:#.*)?$", re.MULTILINE)
_IMAGE = lazy_pattern(r"\bimage:\s*[\"']?((?:\$\{[^}]{0,200}\}|[^\s\"'#,}])+)")
NO_IMAGE = "a Swarm's nodes pull the image, and nothing says from where: answer deploy.image (REGISTRY/NAME:TAG)"


def swarm_variables(ctx: PlanContext) -> dict[str, object]:
    """Returns what the block's template is given beside the usual; nothing where Compose starts the stack."""
    if not ctx.profile.on_swarm:
        return {}
    version = _VERSION.search(ctx.text(ctx.profile.edit_file) or "")
    minor = int(version[1]) if version and version[1] else NEWEST_MINOR
    return {
        "swarm": True,
        "deploy": ctx.spec.deploy,
        "image": image_of(ctx) or "REGISTRY/NAME:TAG",
        "target": inside(ctx),
        "minor": minor,
    }


def image_of(ctx: PlanContext) -> str:
    """Returns what the nodes pull: what was answered, what the block says, or a name made as most siblings' are; ''
    where nothing says it."""
    if ctx.spec.deploy is not None and ctx.spec.deploy.image:
        return ctx.spec.deploy.image
    block = ctx.service.compose if ctx.service else None
    if block is not None and block.image is not None:
        return _written(ctx, block)
    made = (_alike(ctx, service) for service in ctx.facts.compose.services if service.key != ctx.key)
    found = Counter(name for name in made if name and not is_everyones(name, built=True))
    return found.most_common(1)[0][0] if found else ""


def _written(ctx: PlanContext, block: ComposeService) -> str:
    """The image as it stands in the file, variables unresolved."""
    at = block.image.source if block.image else block.declared[-1]
    lines = (ctx.text(at.path) or "").split("\n")
    line = lines[at.line - 1] if 0 < at.line <= len(lines) else ""
    found = _IMAGE.search(line)
    return found[1] if found else block.image.value if block.image else ""


def _alike(ctx: PlanContext, service: ComposeService) -> str:
    """The service's own name in the place of a sibling's: `registry.example/shop/orders:${TAG}` becomes
    `…/market:${TAG}`; '' where the image is not named after the sibling."""
    written = _written(ctx, service) if service.image is not None else ""
    name, tag, _ = split_image(written)
    folder, slash, last = name.rpartition("/")
    bare = service.key.removeprefix(ctx.profile.prefix)
    for theirs in (bare, service.key):
        for spelled, own in ((theirs, ctx.spec.name), (theirs.replace("_", "-"), ctx.spec.name.replace("_", "-"))):
            if slash and last.endswith(spelled):
                return f"{folder}/{last.removesuffix(spelled)}{own}" + (f":{tag}" if tag else "")
    return ""
