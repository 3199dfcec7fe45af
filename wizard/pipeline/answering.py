"""From answers to a spec that the stack can take: name, port, channels; the same rules for every door."""

from __future__ import annotations

from wizard.audit.ports import choose_port, port_problem
from wizard.errors import UsageError
from wizard.pipeline.opening import spec_of, unreadable
from wizard.session.answers import check_spec, load_answers, to_spec
from wizard.values import names
from wizard.values.facts import StackFacts
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
    """The complete spec.

    Raises `UsageError` naming everything that is wrong at once, `UnreadableError` for a stack that cannot be read.
    """
    problem = names.service_name(wanted.name)
    if problem and facts.service(wanted.name) is None:
        raise UsageError(f"service name {wanted.name!r}: {problem}", next_step="choose another name")
    inferred = spec_of(facts, wanted.name)
    broken = unreadable(facts, inferred.spec)
    if broken is not None:
        raise broken
    spec, typed = inferred.spec, wanted.port
    if wanted.answers is not None:
        answers = load_answers(wanted.answers, wanted.origin)
        spec = to_spec(answers, inferred, wanted.name)
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


def _port(facts: StackFacts, spec: ServiceSpec, typed: str) -> int:
    if typed:
        problem = names.port(typed) or port_problem(facts, spec.name, int(typed))
        if problem:
            free = choose_port(facts, spec.name)
            hint = f"take {free}, or see `stack-wizard ports`" if free else "see `stack-wizard ports`"
            raise UsageError(f"port {typed}: {problem}", next_step=hint)
        return int(typed)
    # What listens now may be this very service, started by hand: a port that files already give it is not taken away.
    written = replace(facts, claims=tuple(claim for claim in facts.claims if claim.source is not None))
    if spec.port and not port_problem(written, spec.name, spec.port):
        return spec.port
    chosen = choose_port(facts, spec.name)
    if chosen is None:
        raise UsageError("no port is free", next_step="add a line to the port registry, or give --port N")
    return chosen
