"""What starts a stack, Compose or a Swarm: its commands say it, else parts of its files that only a Swarm honours."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.rules.swarm import swarm_only
from wizard.stack.detect.compose_commands import compose_starts, deployments
from wizard.stack.survey import Findings, Survey
from wizard.syntax.yaml import Node
from wizard.syntax.yaml_data import entries, resolve
from wizard.values.profile import COMPOSE, SWARM
from wizard.values.source import Source

FIELD = "deploy_target"


def detect_target(survey: Survey, files: tuple[str, ...], findings: Findings) -> None:
    """Fills `deploy_target`, and `project` with the stack's name. `docker stack deploy` with these files decides,
    unless a document alone says it beside other commands that start the stack with Compose: then it is one of two ways.

    Without such a command, parts that only a Swarm honours do, as long as no command starts the stack with Compose;
    both together are left to a person.
    """
    elsewhere: list[tuple[tuple[str, ...], Source]] = []
    for named, source, stack in deployments(survey):
        if set(named) <= set(files):
            beside = [at for at in compose_starts(survey) if at != source]
            if beside and _is_document(source):
                words = f"{beside[0]} starts it with Compose, and {source} tells how it is deployed to a Swarm"
                findings.say(FIELD, COMPOSE, words, unsure=True)
                return
            findings.say(FIELD, SWARM, source, unsure=any(not _is_document(at) for at in beside))
            if stack:
                findings.say("project", stack, source)
            return
        elsewhere.append((named, source))
    if elsewhere:
        named, source = elsewhere[0]
        words = f"{source} deploys other files to a Swarm: {', '.join(named)}; name them here to judge those"
        findings.say(FIELD, COMPOSE, words, unsure=bool(set(named) & set(files)))
        return
    part = next(_parts(survey, files), None)
    if part is None:
        findings.say(FIELD, COMPOSE, "default: nothing says that it runs on a Swarm")
        return
    what, where = part
    started = next(compose_starts(survey), None)
    if started is None:
        findings.say(FIELD, SWARM, f"{where}: {what}, which only a Swarm honours")
        return
    words = f"{started} starts it with Compose, and {where} has {what}, which only a Swarm honours"
    findings.say(FIELD, COMPOSE, words, unsure=True)


def _is_document(source: Source) -> bool:
    return source.path.lower().endswith(".md")


def _parts(survey: Survey, files: tuple[str, ...]) -> Iterator[tuple[str, Source]]:
    """Yields what only a Swarm honours, and its line."""
    for path in files:
        for _, body in survey.compose.services(path).values():
            for name, _, node in entries(body):
                if name == "deploy":
                    yield from _named(path, "deploy", node)
        for root in survey.compose.roots(path):
            for name, _, node in entries(root):
                if name == "networks":
                    for _, _, network in entries(node):
                        yield from _named(path, "networks", network)


def _named(path: str, section: str, node: Node) -> Iterator[tuple[str, Source]]:
    for name, key, value in entries(node):
        text = (resolve(value) or value).value
        if swarm_only(section, name, text):
            yield (
                f"{section}.{name}" if section == "deploy" else f"a network with {name}: {text}",
                Source(path, key.line),
            )
