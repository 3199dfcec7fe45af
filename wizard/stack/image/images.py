"""The Dockerfiles that the services of a stack are built from, each read once."""

from __future__ import annotations

from functools import partial

from wizard.stack.image.dockerfile import read_dockerfile
from wizard.stack.survey import Survey
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.container import DockerfileFacts
from wizard.values.lean import replace
from wizard.values.pattern import lazy_pattern

_OTHERS = lazy_pattern(
    r"node|nginx|caddy|httpd|traefik|haproxy|golang|rust|ruby|php|openjdk|eclipse-temurin|amazoncorretto|maven|gradle"
    r"|aspnet|sdk|deno|bun|elixir|postgres|timescaledb|mysql|mariadb|mongo|redis|valkey|rabbitmq|grafana|prometheus"
)
"""Images that run something else than Python."""


def image_of(
    survey: Survey, path: str, target: str = "", given: tuple[tuple[str, str], ...] = ()
) -> DockerfileFacts | None:
    """Returns the facts of a Dockerfile of the stack, of the stage `target` ('' the last), built with the arguments
    `given`; None when it cannot be read."""
    text = survey.texts.get(path)
    if text is None:
        return None
    parts = ("dockerfile", path, target, given, text)
    read = partial(read_dockerfile, text, path, target=target, given=dict(given))
    return survey.memo.over(parts, survey.texts.get, read)


def built_by(survey: Survey, block: ComposeService) -> DockerfileFacts | None:
    """Returns the facts of what a Compose block builds: its Dockerfile or the text it holds itself, with its arguments
    and its stage; None when it builds nothing that lies in the stack."""
    target = block.target.value if block.target else ""
    given = tuple((name, value) for name, _, value in (fact.value.partition("=") for fact in block.build_args))
    if block.inline is not None:
        text, source = block.inline.value, block.inline.source
        # The empty lines give every instruction the line that it has in the Compose file.
        facts = read_dockerfile("\n" * source.line + text, source.path, target=target, given=dict(given))
        return replace(facts, inline=True)
    if block.dockerfile is None:
        return None
    return image_of(survey, block.dockerfile.value, target, given)


def runs_something_else(survey: Survey, block: ComposeService) -> bool:
    """Tells whether what a block builds stands on something that is no Python and gets none."""
    file = built_by(survey, block)
    base = file.base if file is not None else None
    if file is None or base is None or any("python" in tool or tool == "pip" for tool in file.tools):
        return False
    return bool(_OTHERS.fullmatch(base.image.rsplit("/", 1)[-1].lower()))
