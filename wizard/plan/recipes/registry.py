"""The recipes, in the order in which they are applied to one file."""

from __future__ import annotations

from wizard.plan.compose.planner import REVIVED, revivable
from wizard.plan.container.requirements import NARROWED, ranges
from wizard.plan.recipes import health, markers, models, redis, secrets, server
from wizard.plan.recipes.recipe import Recipe

COMPOSE_BLOCK = Recipe(
    REVIVED,
    "compose-service",
    "unsafe",
    "bring its commented-out block to life instead of writing a second one",
    "what somebody switched off counts again as it stands, and is only completed",
    lambda ctx: (ctx.service.commented[0].declared[-1].path,) if revivable(ctx) and ctx.service else (),
    None,
)
"""The planner of phase 3 carries it out, because it completes the block as well."""

PINNED = Recipe(
    NARROWED,
    "requirements",
    "unsafe",
    "pin what has a version range to one version within it",
    "an image that is built from now on has exactly these versions, and no newer ones",
    ranges,
    None,
)
"""The planner of phase 2 carries it out, among the other lines of the file."""

RECIPES: tuple[Recipe, ...] = (
    server.PORT_FROM_ENVIRONMENT,
    health.HEALTH_503,
    models.PYDANTIC_DATACLASSES,
    redis.CLIENT_NAME,
    redis.RETRY,
    markers.PYTESTMARK,
    markers.PYTESTMARK_CHOSEN,
    PINNED,
    COMPOSE_BLOCK,
    secrets.SECRET_FILE,
)
