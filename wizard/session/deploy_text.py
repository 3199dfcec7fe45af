"""How a Swarm runs a service, as one line that a person types: `replicas 2, order stop-first, publish host`."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, get_args

from wizard.values.spec import Deploy, Publishing, UpdateOrder

_WORDS = {
    "image": "image",
    "replicas": "replicas",
    "order": "order",
    "publish": "publish",
    "cpus": "cpus",
    "memory": "memory",
    "reserve-cpus": "reserve_cpus",
    "reserve-memory": "reserve_memory",
}
"""What stands before a value, and the field it is."""
_CHOICES = {"order": get_args(UpdateOrder), "publish": get_args(Publishing)}
DEPLOY_HELP = (
    "How the Swarm runs it, between commas; leave it empty for one task that is restarted.\n"
    "As in: replicas 2, order start-first, cpus 0.50, memory 256M, reserve-memory 64M, node.labels.zone==a.\n"
    "image REGISTRY/NAME:TAG is what the nodes pull; without it, it is named as its siblings are.\n"
    "publish host opens the port on the node that runs it, with order stop-first; else nothing is published."
)


def deploy_text(deploy: Deploy | None) -> str:
    """Returns the line that reads back as these answers; '' where there are none."""
    if deploy is None:
        return ""
    usual = Deploy()
    said = [
        f"{word} {getattr(deploy, field)}"
        for word, field in _WORDS.items()
        if field == "replicas" or getattr(deploy, field) != getattr(usual, field)
    ]
    return ", ".join([*said, *deploy.constraints])


def read_deploy(text: str) -> tuple[Deploy | None, str]:
    """Returns the answers of a line, and the first thing that cannot be read ('' when all can)."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    found: dict[str, Any] = {}
    nodes: list[str] = []
    for part in parts:
        if "==" in part or "!=" in part:
            nodes.append(part)
            continue
        word, _, value = part.partition(" ")
        field, value = _WORDS.get(word, ""), value.strip()
        wrong = _wrong(word, field, value)
        if wrong:
            return None, wrong
        found[field] = int(value) if field == "replicas" else value
    return (Deploy(**found, constraints=tuple(nodes)) if parts else None), ""


def _wrong(word: str, field: str, value: str) -> str:
    if not field:
        near = get_close_matches(word, _WORDS, 1, 0.5)
        return f"{word!r} is no part of it" + (
            f" (did you mean {near[0]!r}?)" if near else f"; {', '.join(_WORDS)} are"
        )
    if field == "replicas" and not (value.isascii() and value.isdigit() and len(value) < 6):
        return f"replicas: {value!r} is no number"
    choices = _CHOICES.get(field, ())
    return f"{word} is {' or '.join(choices)}, not {value!r}" if choices and value not in choices else ""
