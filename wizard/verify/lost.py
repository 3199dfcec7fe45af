"""A probe that did not come out: where did it go? What cannot be told is unknown, never the service's fault."""

from __future__ import annotations

from wizard.values.observation import Observation
from wizard.verify.causes import Cause, explain
from wizard.verify.connections import own_view, told_elsewhere
from wizard.verify.events import ProbeTemplate, probe
from wizard.verify.live import LiveCheck
from wizard.verify.outlet import Came, outlet
from wizard.verify.redis_link import Before, RedisLink
from wizard.verify.traces import Traces
from wizard.verify.ways import Way, names, ways_out

_ALIVE = "start the subscriber loop, and keep it alive when Redis goes away"
_LISTEN = 2.0


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
) -> Observation:
    """Sends one more probe, looks at every channel and at who listens, and says what became of it."""
    outputs = ways_out(live)
    limits = live.run.limits
    said = f"{passed} probe(s) came back, then one on {way} did not within {limits.request + limits.late:.0f} s: "
    own = own_view(live, link, before)
    elsewhere_told = told_elsewhere(live, own)
    if elsewhere_told is not None:
        cause, text, step = elsewhere_told
        return live.observe(probed, action, said + text, None, cause=cause, next_step=step)
    deaf = way.kind == "channel" and own.clients is not None and own.heard.get(way.name) == 0
    if deaf and not any(client.patterns for client in own.clients or ()):
        said += f"the service is not subscribed to {way.name}"
        return live.observe(probed, action, said, False, cause="dead-subscriber", next_step=_ALIVE)
    identity, seen = _once_more(live, link, way, tried[0], traces)
    elsewhere = next((c.name for c in seen if c.place(identity) is not None and c.name not in _names(outputs)), "")
    kept = traces.kept_elsewhere({way.name, *_names(outputs)})
    elsewhere = elsewhere or next((f"{kind} {name}" for kind, name in kept), "")
    if elsewhere:
        told = ", ".join(str(out) for out in outputs)
        said += f"the event came out on {elsewhere} instead of {told}"
        step = "make the output channel in models.py the spec's"
        return live.observe(probed, action, said, False, cause="wrong-channel", next_step=step)
    changed = next((came for came in seen if came.name in _names(outputs)), None)
    if changed is not None and live.run.alone():
        said += f"an event came out with another id: {changed.summary()}"
        step = "keep the input event's id in the output event"
        return live.observe(probed, action, said, False, cause="id-lost", next_step=step)
    taken = _taken(link, way, own.heard.get(way.name))
    if changed is not None:
        taken = f"only an event with another id came out, perhaps somebody else's: {changed.summary()}"
    said += taken
    lists = names(outputs, "list")
    if lists and own.takers:
        said += f", but {own.takers} other connection(s) take entries out of lists, and may have taken it"
        step = f"stop what else reads {', '.join(lists)}, and verify again"
        return live.observe(probed, action, said, None, cause="unsure", next_step=step)
    known = [template.told for template in tried if template.known]
    if known or passed:
        step = "look at the handler in logic.py: it may drop the event or fail on it (see the log)"
        said += f" (sent: {', '.join(dict.fromkeys(known))})" if known else ""
        logged = _logged(live)
        if logged is not None:
            said += f"; the log says: {logged.line}"
            return live.observe(probed, action, said, False, cause=logged.name, next_step=logged.next_step)
        return live.observe(probed, action, said, False, cause="timeout", next_step=step)
    said += "; it may rightly drop such an event, and no example of one that it accepts was found"
    step = (
        "put an example event into its tests or README (```json), or say in the spec which values a field may have, or"
        f" one event that it accepts: `example` of the input {way.name}"
    )
    return live.observe(probed, action, said, None, cause="no-acceptable-event", next_step=step)


def _logged(live: LiveCheck) -> Cause | None:
    """The cause with a name that the errors in its log show."""
    problems = live.started.log.problems()[0] if live.started is not None else ()
    cause = explain([line.text for line in problems])
    return cause if cause is not None and cause.name != "crash" else None


def _names(ways: tuple[Way, ...]) -> set[str]:
    return {way.name for way in ways}


def _once_more(
    live: LiveCheck, link: RedisLink, way: Way, template: ProbeTemplate, traces: Traces
) -> tuple[str, list[Came]]:
    """(the id of one more probe, everything that was heard after it but itself)."""
    made = probe(live, way.channel, template)
    seen: list[Came] = []
    with outlet(live, link, ways_out(live), everything=True) as out:
        traces.put(way, made)
        for came in out.hear(min(_LISTEN, live.run.limits.request)):
            if came.name != way.door or came.value != made.text:
                seen.append(came)
                traces.came(came)
    return made.identity, [came for came in seen if not (came.kind == "channel" and came.name.startswith("__key"))]


def _taken(link: RedisLink, way: Way, heard: int | None) -> str:
    if way.kind == "stream":
        pending = sum(link.groups(way.name).values())
        return f"nothing came out ({pending} entries are taken and not acknowledged)" if pending else "nothing came out"
    return f"{heard} connection(s) got it and nothing came out" if heard else "nothing came out"
