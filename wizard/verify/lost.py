"""A probe that did not come out: where did it go? What cannot be told is unknown, never the service's fault."""

from __future__ import annotations

import time

from wizard.values.observation import Observation
from wizard.verify.causes import Cause, explain
from wizard.verify.connections import Own, own_view, told_elsewhere
from wizard.verify.events import ProbeTemplate, other_format, probe
from wizard.verify.live import LiveCheck
from wizard.verify.outlet import Came, outlet
from wizard.verify.overheard.own import wrote
from wizard.verify.redis_link import Before, RedisLink
from wizard.verify.sides.lying import Told, not_taken, taken
from wizard.verify.traces import Traces
from wizard.verify.ways import Way, names, ways_out

_ALIVE = "start the subscriber loop, and keep it alive when Redis goes away"
_LISTEN = 2.0
_BATCH = 25
"""Probes sent at once before an event counts as lost: people's batches are often smaller."""


def diagnose(
    live: LiveCheck,
    link: RedisLink,
    before: Before,
    way: Way,
    tried: list[ProbeTemplate],
    passed: int,
    probed: str,
    action: str,
    traces: Traces,
    since: float,
) -> Observation:
    """Sends one more probe, looks at every channel and at who listens, and says what became of it."""
    limits = live.run.limits
    said = f"{passed} probe(s) came back, then one on {way} did not within {limits.request + limits.late:.0f} s: "

    def verdict(told: Told) -> Observation:
        text = told.text if told.ok else said + told.text
        return live.observe(probed, action, text, told.ok, cause=told.cause, next_step=told.step)

    own = own_view(live, link, before)
    if (elsewhere := told_elsewhere(live, own)) is not None:
        cause, text, step = elsewhere
        return verdict(Told(None, text, cause, step))
    if own.clients is not None and own.deaf((way,)) and traces.listened and not any(one.known for one in tried):
        text = f"the service was subscribed to {way.name} until an event was sent that was made up: it may not know it"
        return verdict(Told(None, text, "made-up-event", _example(way)))
    if own.clients is not None and own.deaf((way,)):
        return verdict(Told(False, f"the service is not subscribed to {way.name}", "dead-subscriber", _ALIVE))
    lies = not_taken(live, link, way, traces, since)
    if lies is not None:
        return verdict(lies)
    told, other = _elsewhere(live, link, way, tried, traces)
    told = told or (None if passed else _together(live, link, way, tried, traces))
    if told is not None:
        return verdict(told)
    text = other or taken(link, way, traces.entries(way.name), own.heard.get(way.name))
    return verdict(_kept_back(live, way, own, tried, passed, text))


def _elsewhere(
    live: LiveCheck, link: RedisLink, way: Way, tried: list[ProbeTemplate], traces: Traces
) -> tuple[Told | None, str]:
    """One more probe, while everything is listened to: it came out elsewhere, or as another event.

    Of an event that may be somebody else's there are words only.
    """
    outputs = ways_out(live)
    alone = not _speaks_by_itself(live, link, outputs)
    identity, seen, since = _once_more(live, link, way, tried[0], traces)
    found = [
        (came.kind, came.name, came.name if came.kind == "channel" else f"{came.kind} {came.name}")
        for came in seen
        if came.place(identity) is not None
    ]
    found = [(kind, name, told) for kind, name, told in found if not any(out.is_door(kind, name) for out in outputs)]
    known = {way.name, *(out.name for out in live.spec.outputs)}
    found += [(kind, name, f"{kind} {name}") for kind, name in traces.kept_elsewhere(known)]
    told = ", ".join(str(out) for out in outputs)
    for kind, name, place in found:
        if wrote(live, link, kind, name, since) is not False:
            step = "make the output channel in models.py the spec's"
            return Told(False, f"the event came out on {place} instead of {told}", "wrong-channel", step), ""
    changed = next((came for came in seen if any(out.is_door(came.kind, came.name) for out in outputs)), None)
    if changed is None:
        return None, ""
    if not live.run.alone():
        return None, f"only an event with another id came out, perhaps somebody else's: {changed.summary()}"
    text = f"an event came out with another id: {changed.summary()}"
    if alone:
        return Told(False, text, "id-lost", "keep the input event's id in the output event"), ""
    step = "put the input event's id into the output event, so that one can be told from the others"
    text += "; others come by themselves, so that which one is the answer is unsure"
    return Told(None, text, "unsure", step), ""


def _together(live: LiveCheck, link: RedisLink, way: Way, tried: list[ProbeTemplate], traces: Traces) -> Told | None:
    """Many probes at once: what works in batches answers when one is full, also those that were sent alone before."""
    since, single = time.monotonic(), list(traces.identities)
    with outlet(live, link, ways_out(live)) as out:
        made = [probe(live, way.channel, template) for template in (tried * _BATCH)[:_BATCH]]
        for one in made:
            traces.put(way, one)
        texts = {one.text for one in made}
        for came in out.hear(min(_LISTEN, live.run.limits.request)):
            own = came.value in texts and came.name == way.door
            traces.came(came)
            if own or not any(came.place(identity) is not None for identity in single):
                continue
            if wrote(live, link, came.kind, came.name, since) is not False:
                text = f"events from {way} came out on {came.name} with their id once {_BATCH} were sent together;"
                text += " it answers in batches, none of a single one"
                return Told(True, text, "", "")
    return None


def _kept_back(live: LiveCheck, way: Way, own: Own, tried: list[ProbeTemplate], passed: int, text: str) -> Told:
    """The event was not seen again: what that says of the handler."""
    lists = names(ways_out(live), "list")
    if lists and own.takers:
        text += f", but {own.takers} other connection(s) take entries out of lists, and may have taken it"
        return Told(None, text, "unsure", f"stop what else reads {', '.join(lists)}, and verify again")
    if form := other_format(live):
        text += f"; its events are {form}, the probes are JSON: it cannot read them"
        return Told(None, text, "other-format", "test the flow by hand, with an event as its tests make one")
    known = [template.told for template in tried if template.known]
    failed = live.started is not None and live.started.log.problems()[1] > 0
    if passed and not failed:
        text += "; those before were alike but for their id: it may drop what repeats, or lose some"
        return Told(None, text, "unsure", "test it with different events: its end-to-end test is the place")
    if known or passed:
        step = "look at the handler in logic.py: it may drop the event or fail on it (see the log)"
        text += f" (sent: {', '.join(dict.fromkeys(known))})" if known else ""
        logged = _logged(live)
        if logged is not None:
            return Told(False, f"{text}; the log says: {logged.line}", logged.name, logged.next_step)
        return Told(False, text, "timeout", step)
    text += "; it may rightly drop such an event, and no example of one that it accepts was found"
    return Told(None, text, "no-acceptable-event", _example(way))


def _example(way: Way) -> str:
    return (
        "put an example event into its tests or README (```json), or say in the spec which values a field may have, or"
        f" one event that it accepts: `example` of the input {way.name}"
    )


def _logged(live: LiveCheck) -> Cause | None:
    """The cause with a name that the errors in its log show."""
    problems = live.started.log.problems()[0] if live.started is not None else ()
    cause = explain([line.text for line in problems])
    return cause if cause is not None and cause.name != "crash" else None


def _speaks_by_itself(live: LiveCheck, link: RedisLink, outputs: tuple[Way, ...]) -> bool:
    """Whether something comes out although nothing was put in for a while."""
    with outlet(live, link, outputs) as out:
        return next(iter(out.hear(min(_LISTEN, live.run.limits.request))), None) is not None


def _once_more(
    live: LiveCheck, link: RedisLink, way: Way, template: ProbeTemplate, traces: Traces
) -> tuple[str, list[Came], float]:
    """(the id of one more probe, everything that was heard after it but itself, the moment it was sent)."""
    made, since = probe(live, way.channel, template), time.monotonic()
    seen: list[Came] = []
    with outlet(live, link, ways_out(live), everything=True) as out:
        traces.put(way, made)
        for came in out.hear(min(_LISTEN, live.run.limits.request)):
            if came.name != way.door or came.value != made.text:
                seen.append(came)
                traces.came(came)
    heard = [came for came in seen if not (came.kind == "channel" and came.name.startswith("__key"))]
    return made.identity, heard, since
