"""A service with one side: something comes out by itself, or something shows that an event was taken in: a row, its own
counter, its group, the emptied list.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from wizard.values.lean import dataclass
from wizard.values.observation import Observation
from wizard.values.pattern import lazy_pattern
from wizard.verify.connections import own_view, told_elsewhere
from wizard.verify.events import ProbeTemplate, other_format, probe, probe_templates
from wizard.verify.live import Checks, LiveCheck
from wizard.verify.outlet import Came, outlet
from wizard.verify.overheard.own import unread, written, wrote
from wizard.verify.redis_link import RedisLink
from wizard.verify.sides.lying import not_taken
from wizard.verify.sides.rows import Rows
from wizard.verify.traces import Traces
from wizard.verify.ways import Way, ways_in

PROBES = 5
_RECEIVED = lazy_pattern(
    r"^(?P<name>[a-z_:]*(?:received|messages|events|processed|handled|consumed)[a-z_:]*)(?:\{[^}]*\})?"
    r"\s+(?P<value>[0-9.e+]+)",
    re.MULTILINE,
)
_DEAF = "start the subscriber loop, and keep it alive when Redis goes away"


@dataclass(frozen=True, slots=True)
class Sent:
    """What was put into one input, and how things stood before."""

    way: Way
    tried: list[ProbeTemplate]
    counted: dict[str, float]
    rows: Rows
    at: float

    def __str__(self) -> str:
        return f"{PROBES} events into {self.way}"


def received(live: LiveCheck, link: RedisLink, traces: Traces, probed: str, action: str) -> Checks:
    """Puts events into every input and looks for what they leave; says the first that is not well, else the last."""
    last: Observation | None = None
    for way in ways_in(live):
        own = own_view(live, link, live.before)
        elsewhere = told_elsewhere(live, own)
        if elsewhere is not None and elsewhere[0] == "other-redis":
            cause, text, step = elsewhere
            last = live.observe(probed, action, text, None, cause=cause, next_step=step)
        elif own.clients is not None and own.deaf((way,)):
            text = f"the service is not subscribed to {way.name}"
            last = live.observe(probed, action, text, False, cause="dead-subscriber", next_step=_DEAF)
        else:
            sent = _send(live, way, traces)
            last = _arrived(live, link, sent, traces, probed, action)
        if last.ok is not True:
            break
    if last is not None:
        yield last


def _send(live: LiveCheck, way: Way, traces: Traces) -> Sent:
    templates = probe_templates(live, way.channel)
    tried = [template for template in templates if template.known] or templates
    sent = Sent(way, tried, counters(live), Rows(live), time.monotonic())
    for template in (tried * PROBES)[:PROBES]:
        traces.put(way, probe(live, way.channel, template))
    return sent


def _arrived(live: LiveCheck, link: RedisLink, sent: Sent, traces: Traces, probed: str, action: str) -> Observation:
    found: list[str] = []
    rows, limits = sent.rows, live.run.limits

    def seen() -> bool:
        found[:] = [rows.found()]
        if not found[0] and not rows.expected:
            found[:] = [_counted(live, sent) or _taken(live, link, sent, traces)]
        return bool(found[0])

    if live.wait(limits.request + (limits.late if rows.expected else 0.0), seen):
        traces.doubt(False)
        return live.observe(probed, action, f"{sent}; {found[0]} (the spec names no output)", True)
    lies = not_taken(live, link, sent.way, traces, sent.at)
    if lies is not None:
        return live.observe(probed, action, f"{sent}; {lies.text}", lies.ok, cause=lies.cause, next_step=lies.step)
    if rows.expected:
        return _no_row(live, link, sent, traces, probed, action)
    if others := _others_took(live, link, sent, traces):
        step = f"stop what else reads {sent.way.name}, and verify again"
        return live.observe(probed, action, f"{sent}; {others}", None, cause="unsure", next_step=step)
    text = (
        f"{sent}; the spec names no output, and nothing that can be seen from outside shows what the service received"
    )
    step = "count received events in /metrics, or name an output in the spec"
    return live.observe(probed, action, text, None, cause="not-observable", next_step=step)


def _no_row(live: LiveCheck, link: RedisLink, sent: Sent, traces: Traces, probed: str, action: str) -> Observation:
    tables, taken = ", ".join(sent.rows.expected), _counted(live, sent) or _taken(live, link, sent, traces)
    text = f"{sent}; {f'{taken}, but ' if taken else ''}no row came into {tables}"
    known = [template.told for template in sent.tried if template.known]
    if sent.rows.unseen:
        text = f"{sent}; what came into {tables} cannot be seen: {sent.rows.unseen}"
        step = "see the schema (phase 4), and verify again"
        return live.observe(probed, action, text, None, cause="unsure", next_step=step)
    if form := other_format(live):
        text += f"; its events are {form}, the probes are JSON: it cannot read them"
        return live.observe(probed, action, text, None, cause="other-format", next_step="test the flow by hand")
    if known and taken:
        text += f" (sent: {', '.join(dict.fromkeys(known))})"
        step = "look at what writes the row: it may drop the event, fail on it (see the log) or not commit"
        return live.observe(probed, action, text, False, cause="no-row", next_step=step)
    text += "; it may rightly drop such events" if taken else "; whether it got them cannot be seen"
    step = f"say in the spec one event that it accepts: `example` of the input {sent.way.name}"
    return live.observe(probed, action, text, None, cause="no-acceptable-event", next_step=step)


def _counted(live: LiveCheck, sent: Sent) -> str:
    for name, value in counters(live).items():
        if value - sent.counted.get(name, 0.0) >= PROBES:
            return f"{name} grew by {value - sent.counted.get(name, 0.0):.0f}"
    return ""


def _taken(live: LiveCheck, link: RedisLink, sent: Sent, traces: Traces) -> str:
    """How it was seen that the service itself took all of them; '' when it was not."""
    way = sent.way
    if unread(live, link, own_view(live, link, live.before).clients or (), live.before.overheard, sent.at):
        return ""
    if way.kind == "stream":
        groups = _groups(live, way)
        if all(link.group_read(way.name, entry, groups) for entry in traces.entries(way.name)):
            return f"all were taken out of the {way}"
    if way.kind == "list" and not set(traces.entries(way.name)) & set(link.items(way.name)):
        return f"all were taken out of the {way}"
    return ""


def _others_took(live: LiveCheck, link: RedisLink, sent: Sent, traces: Traces) -> str:
    if sent.way.kind != "list" or set(traces.entries(sent.way.name)) & set(link.items(sent.way.name)):
        return ""
    return f"all were taken out of the {sent.way}, but not by the service as far as that can be seen"


def _groups(live: LiveCheck, way: Way) -> frozenset[str] | None:
    """The groups as which the service was heard reading; None where it could not be heard: any."""
    ear = live.before.overheard
    if ear is None:
        return None
    heard: Iterable[str] = (one.deed.group for one in ear.heard() if one.deed.name == way.name)
    mine = live.run.own_clients({one.deed.address for one in ear.heard()})
    if mine is None:
        return frozenset(group for group in heard if group) or None
    own = {one.deed.group for one in ear.heard() if one.deed.name == way.name and one.deed.address in mine}
    return frozenset(group for group in own if group)


def counters(live: LiveCheck) -> dict[str, float]:
    """Returns the service's own counters of events, out of `/metrics`: name -> value, labels added up; {} when it has
    none.
    """
    reply = live.run.get("/metrics", live.run.limits.request)
    if reply.status != 200:
        return {}
    values: dict[str, float] = {}
    for match in _RECEIVED.finditer(reply.body):
        if match["name"].endswith(("_created", "_sum", "_bucket")):  # times, not counts
            continue
        values[match["name"]] = values.get(match["name"], 0.0) + float(match["value"])
    return values


def produced(live: LiveCheck, link: RedisLink, outputs: tuple[Way, ...], probed: str, action: str) -> Observation:
    """Listens until something comes out, and says whose it is."""
    told, since = ", ".join(str(way) for way in outputs), time.monotonic()
    with outlet(live, link, outputs) as out:
        came: Came | None = next(iter(out.hear(live.run.limits.late)), None)
    if came is None:
        text = f"nothing came out on {told} within {live.run.limits.late:.0f} s; it may speak seldom"
        text += f"; it wrote to {', '.join(elsewhere)} meanwhile" if (elsewhere := written(live, since)) else ""
        step = "look for longer: its schedule or its source decides when it speaks"
        return live.observe(probed, action, text, None, cause="silent", next_step=step)
    text = f"an event came out on {came.name}: {came.summary()} (the spec names no input)"
    own = wrote(live, link, came.kind, came.name, since)
    if own is False:
        text, step = f"{text}; somebody else put it there", "stop what else writes there, and verify again"
        return live.observe(probed, action, text, None, cause="unsure", next_step=step)
    if own or live.run.alone():
        return live.observe(probed, action, text, True)
    step = "verify on a stack that is not in use"
    return live.observe(probed, action, f"{text}; whose it is cannot be told", None, cause="unsure", next_step=step)
