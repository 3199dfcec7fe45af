"""From answers to a spec that the stack can take: name, port, channels; the same rules for every door."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.audit.ports import choose_port, keeps_port, port_problem
from wizard.errors import UsageError
from wizard.pipeline.opening import spec_of, unreadable
from wizard.rules import names
from wizard.session.answers import check_spec, load_answers, to_spec
from wizard.syntax.python import parse_python
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.lean import dataclass, replace
from wizard.values.spec import ServiceSpec


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person said of a service.

    `answers`: the text of an answers file (`origin` names it), None for the defaults. `port`: as typed, empty for the
    one that is reserved for it or free. `base_image`: `NAME:TAG@sha256:…` or empty.
    """

    name: str
    answers: str | None = None
    origin: str = ""
    port: str = ""
    base_image: str = ""


def settle(facts: StackFacts, wanted: Wanted) -> ServiceSpec:
    """Returns the complete spec.

    Raises `UsageError` naming everything that is wrong at once, `UnreadableError` for a stack that cannot be read.
    """
    name = name_of(facts, wanted.name)
    inferred = spec_of(facts, name)
    broken = unreadable(facts, inferred.spec)
    if broken is not None:
        raise broken
    spec, typed = inferred.spec, wanted.port
    if wanted.answers is not None:
        answers = load_answers(wanted.answers, wanted.origin)
        spec = to_spec(answers, inferred, name)
        typed = typed or (str(spec.port) if "port" in answers.given else "")
    if wanted.base_image:
        spec = replace(spec, base_image=wanted.base_image)
    spec = replace(spec, port=_port(facts, spec, typed))
    problems = check_spec(spec, facts)
    if problems:
        raise UsageError(
            "; ".join(problems), where=wanted.origin, next_step="correct them and run the same command again"
        )
    broken = unreadable(facts, spec)
    if broken is not None:
        raise broken
    return spec


def name_of(facts: StackFacts, word: str) -> str:
    """Returns the service of the stack that a word means, else the word as the name of a new one. Raises `UsageError`
    where it can be none."""
    known = names.service_in(facts, word)
    problem = names.service_name(word) if known is None else ""
    if problem:
        better = names.snake(word.rstrip("/").rpartition("/")[2].removesuffix(".py"))
        step = f"did you mean {better}?" if better and not names.service_name(better) else "choose another name"
        raise UsageError(f"service name {word!r}: {problem}", next_step=step)
    return known or word


def unmoved(facts: StackFacts, spec: ServiceSpec) -> ServiceSpec:
    """Returns the spec with the port that the service has: what only a list reserves for it moves nothing. A manifest's
    port was said by a person."""
    from wizard.plan.compose.move import port_to_leave

    service = facts.service(spec.name)
    if service is None or service.manifest is not None:
        return spec
    return replace(spec, port=port_to_leave(facts, spec.name, spec.port) or spec.port)


def _port(facts: StackFacts, spec: ServiceSpec, typed: str) -> int:
    if typed:
        problem = names.port(typed) or port_problem(facts, spec.name, int(typed))
        if problem:
            free = choose_port(facts, spec.name)
            hint = f"take {free}, or see `stack-wizard ports`" if free else "see `stack-wizard ports`"
            raise UsageError(f"port {typed}: {problem}", next_step=hint)
        from wizard.pipeline.moving import move_of  # reads the stack once more, for a move only

        move = move_of(facts, replace(spec, port=int(typed)))
        if move is not None and move.refusals:
            stuck = move.refusals[0]
            raise UsageError(
                f"port {typed}: {stuck.reason}",
                where=f"{stuck.path}:{stuck.line}" if stuck.line else stuck.path,
                next_step=f"write {typed} there by hand, or leave {spec.name} on {move.old}",
            )
        return int(typed)
    spec = unmoved(facts, spec)
    if spec.port and keeps_port(facts, spec.name, spec.port):
        return spec.port
    chosen = choose_port(facts, spec.name)
    if chosen is None:
        raise UsageError("no port is free", next_step="add a line to the port registry, or give --port N")
    return chosen


def input_without_example(facts: StackFacts, spec: ServiceSpec) -> str:
    """Returns the input of which an accepted event is not known although the service drops some; '' for none.

    The live checks find one in the service's tests and its README; only where neither is there, a person is asked.
    """
    service = facts.service(spec.name)
    if service is None or not spec.inputs or not spec.outputs or spec.inputs[0].example:
        return ""
    shown = any(files for files in service.tests.values()) or "```json" in (
        service.readme.text if service.readme else ""
    )
    return "" if shown or not _drops(facts, service, spec.handler) else spec.inputs[0].name


def _drops(facts: StackFacts, service: ServiceFacts, handler: str) -> bool:
    """True for a handler that answers some events with None."""
    trees = (parse_python(facts.texts.get(file.path, "")) for file in service.code)
    functions = (node for tree in trees if tree is not None for node in ast.walk(tree))
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == handler and any(_nothing(node))
        for node in functions
    )


def _nothing(function: ast.AST) -> Iterator[bool]:
    """Yields True for each `return` or `return None` that stands under a condition."""
    for node in ast.walk(function):
        if isinstance(node, ast.If | ast.Match | ast.Try):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return):
                    value = inner.value
                    yield value is None or (isinstance(value, ast.Constant) and value.value is None)
