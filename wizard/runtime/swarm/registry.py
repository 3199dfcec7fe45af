"""Images on their way to every node: pushed to a registry, known by digest from then on."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from wizard.rules.images import HUB, parse_image
from wizard.runtime.engine.engine import translated
from wizard.values.live import LiveTrouble

if TYPE_CHECKING:
    from docker import DockerClient

VARIABLE = "STACK_WIZARD_REGISTRY"
_CAUSES = (
    (
        "http response to https client",
        "registry-insecure",
        "let every engine trust it: insecure-registries in daemon.json",
    ),
    ("connection refused", "registry-away", "start the registry, then verify again"),
    ("no route to host", "registry-away", "start the registry, then verify again"),
    ("no such host", "registry-away", "correct the registry's name"),
    ("i/o timeout", "registry-away", "see whether the registry answers, then verify again"),
    ("denied", "no-access", "docker login REGISTRY"),
    ("unauthorized", "no-access", "docker login REGISTRY"),
    ("no basic auth credentials", "no-access", "docker login REGISTRY"),
)


def repository(image: str, project: str, key: str) -> str:
    """Returns where the image of a built service goes: where its `image:` says, else below the registry that was named.

    Raises `LiveTrouble` (`no-registry`) when neither is there.
    """
    named = os.environ.get(VARIABLE, "").strip("/")
    if named:
        return f"{named}/{project}/{key}".lower()
    name = parse_image(image) if image else None
    if name is not None and name.registry != HUB:
        return f"{name.registry}/{name.repository}"
    text = f"{key} is built here, and no registry is named from which the other nodes could pull it"
    step = f"name one that every node reaches: image: REGISTRY/NAME:TAG in compose, or {VARIABLE}=HOST:PORT"
    raise LiveTrouble("no-registry", text, step)


def push(
    client: DockerClient,
    local: str,
    target: str,
    tag: str,
    call: Callable[[Sequence[str], float], tuple[int, list[str]]],
    limit: float,
) -> str:
    """Pushes a local image and returns it by digest. `call`: runs the `docker` client. The tag is removed here again.

    Raises `LiveTrouble` with the registry's reason.
    """
    name = f"{target}:{tag}"
    with translated(f"tagging {local}"):
        client.images.get(local).tag(target, tag)
    try:
        code, lines = call(["push", name], limit)
        if code != 0:
            raise push_trouble(name, "\n".join(lines))
        with translated(f"looking at {name}"):
            digests = client.images.get(name).attrs.get("RepoDigests") or []
    finally:
        with translated(f"untagging {name}"):
            client.images.remove(name, noprune=True)
    found = next((str(one) for one in digests if str(one).startswith(f"{target}@")), "")
    if not found:
        raise LiveTrouble("no-digest", f"{target} told no digest for what was pushed", "push it by hand")
    return found


def push_trouble(name: str, text: str) -> LiveTrouble:
    """Returns the cause in the words of `docker push`."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for words, cause, step in _CAUSES:
        told = next((line for line in lines if words in line.lower()), "")
        if told:
            host = name.partition("/")[0]
            return LiveTrouble(cause, f"{name} cannot be pushed: {told[:300]}", step.replace("REGISTRY", host))
    return LiveTrouble(
        "push-failed", f"{name} cannot be pushed: {lines[-1][:300] if lines else 'no reason'}", "push it by hand"
    )
