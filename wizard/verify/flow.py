"""The message flow: probes go in and come out on the other side with their id; of a one-way service, on its side."""

from __future__ import annotations

import re
import shlex

from wizard.values.checklist import Item
from wizard.values.facts.code import PUTS_OUT
from wizard.values.lean import dataclass
from wizard.values.live import Endpoint, LiveTrouble
from wizard.values.observation import Observation
from wizard.verify.connections import CONNECTIONS, own_view, told_elsewhere
from wizard.verify.events import Probe, ProbeTemplate, probe, probe_templates
from wizard.verify.live import Checks, LiveCheck
from wizard.verify.lost import diagnose
from wizard.verify.outlet import Came, Outlet, outlet
from wizard.verify.redis_link import Before, RedisLink, connect
from wizard.verify.traces import Traces
from wizard.verify.ways import Way, names, ways_in, ways_out

FLOW = "message-flow"
PROBES = 5
_RECEIVED = re.compile(
    r"^(?P<name>[a-z_:]*(?:received|messages|events|processed|handled|consumed)[a-z_:]*)(?:\{[^}]*\})?"
    r"\s+(?P<value>[0-9.e+]+)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Trip:
    """One probe that came back. `field`: where its id stands in the answer. `late`: it took longer than the limit."""

    milliseconds: float
    template: ProbeTemplate
    field: str
    late: bool = False


def check_flow(live: LiveCheck, _item: Item) -> Checks:
    """Sends probes on every input and waits for each at the outputs; nothing of them stays behind."""
    yield live.begin(FLOW, "sending probe events")
    try:
        at, before = live.run.redis(), live.before
        inputs, outputs = ways_in(live), ways_out(live)
        if at is None or not (inputs or outputs):
            yield _impossible(live, at)
            return
        with connect(at, live.run.limits.request) as link, Traces(live, link) as traces:
            refused = _in_use(live, link, before, inputs)
            if refused is not None:
                yield refused
            elif not inputs:
                yield _produced(live, link, outputs)
            elif outputs:
                yield from _round_trips(live, link, before, traces)
            else:
                yield from _received(live, link, before, traces)
    except LiveTrouble as trouble:
        yield live.trouble(FLOW, action(live), trouble)


def _impossible(live: LiveCheck, at: Endpoint | None) -> Observation:
    reason = "the stack has no Redis" if at is None else "the spec names no channel, stream or list"
    step = "name the channels in the spec"
    return live.observe(FLOW, "redis-cli PUBLISH", reason, None, cause="no-channel", next_step=step)


def _in_use(live: LiveCheck, link: RedisLink, before: Before, inputs: tuple[Way, ...]) -> Observation | None:
    """Asks before a probe goes where others of a stack in use would read it; the refusal, or None."""
    own = own_view(live, link, before)
    heard = link.listeners(names(inputs, "channel")) if names(inputs, "channel") else {}
    shared = [name for name, count in heard.items() if count > (own.heard.get(name) or 0)]
    shared += [name for name in names(inputs, "stream") if before.groups.get((link.database, name))]
    shared += names(inputs, "list") if own.takers else []  # which list they wait for, Redis does not tell
    if not shared or live.run.alone() or live.may_publish(", ".join(shared)):
        return None
    text = f"others read {', '.join(shared)} as well: no probe was put there without being asked to"
    step = f"allow it: stack-wizard verify {live.spec.name} --probe-in-use, or verify on a stack that is not in use"
    return live.observe(FLOW, action(live), text, None, cause="in-use", next_step=step)


def action(live: LiveCheck) -> str:
    """Returns the probe as a person repeats it."""
    cli, inputs, outputs = live.run.command("redis-cli"), ways_in(live), ways_out(live)
    channels = " ".join(names(outputs, "channel"))
    streams = " ".join(names(outputs, "stream"))
    listen = f"{cli} SUBSCRIBE {channels} & " if channels else ""
    listen += f"{cli} XREAD BLOCK 0 STREAMS {streams} {' '.join('$' for _ in streams.split())} & " if streams else ""
    if not inputs:
        return listen.removesuffix(" & ") or f"{cli} PUBLISH CHANNEL EVENT"
    event, first = shlex.quote(probe(live, inputs[0].channel).text), inputs[0]
    put = {"stream": f"XADD {first.name} '*' data", "list": f"LPUSH {first.name}"}
    return f"{listen}{cli} {put.get(first.kind, f'PUBLISH {first.name}')} {event}"


def _round_trips(live: LiveCheck, link: RedisLink, before: Before, traces: Traces) -> Checks:
    trips: list[Trip] = []
    outputs = ways_out(live)
    told = ", ".join(str(way) for way in outputs)
    for way in ways_in(live):
        tried = probe_templates(live, way.channel)
        for number in range(PROBES):
            trip = round_trip(live, link, way, outputs, traces, tried)
            if trip is None:
                yield diagnose(live, link, before, way, tried, len(trips), FLOW, action(live), traces)
                return
            tried = [trip.template]
            trips.append(trip)
            yield live.say(FLOW, "sample", f"{way} → {told}: {trip.milliseconds:.1f} ms", trip.milliseconds)
            if trip.late and number == 0:
                break
    yield _judge(live, link, before, trips)


def _judge(live: LiveCheck, link: RedisLink, before: Before, trips: list[Trip]) -> Observation:
    """The probes came back; whether it was this service that sent them on is told by what it listens to."""
    samples = sorted(trip.milliseconds for trip in trips)
    inputs, outputs = (", ".join(str(way) for way in ways) for ways in (ways_in(live), ways_out(live)))
    text = f"{len(trips)} of {len(trips)} events from {inputs} came out on {outputs} with their id"
    text += f"; round trip median {samples[len(samples) // 2]:.1f} ms, longest {samples[-1]:.1f} ms"
    odd = sorted({trip.field for trip in trips} - {"id", "text"})
    text += f"; the id stands in `{odd[0]}`" if odd else ""
    text += "; late, but not lost" if any(trip.late for trip in trips) else ""
    own = own_view(live, link, before)
    channels = names(ways_in(live), "channel")
    deaf = [name for name in channels if own.heard.get(name) == 0 and not any(c.patterns for c in own.clients or ())]
    others = sum(link.listeners(channels).values()) > sum(own.heard.get(name) or 0 for name in channels)
    if deaf and own.clients is not None:
        text += f"; but somebody else sent them on: {live.spec.name} is not subscribed to {', '.join(deaf)}"
        text += f" ({live.item_of(CONNECTIONS)})"
        step = "make the channel in models.py the spec's"
        return live.observe(FLOW, action(live), text, False, cause="wrong-channel", next_step=step)
    if others and channels and (writers := _writers(live)):
        text += (
            f"; {', '.join(writers)} may have sent them on: others read the channel too, so whose they are is unsure"
        )
        step = "stop what else reads the channel, and verify again"
        return live.observe(FLOW, action(live), text, None, cause="unsure", next_step=step)
    rounded = tuple(round(trip.milliseconds, 3) for trip in trips)
    return live.observe(FLOW, action(live), text, True, samples=rounded)


def _writers(live: LiveCheck) -> list[str]:
    """The other services of the stack that write to an output of this one."""
    outputs = {way.name for way in ways_out(live)}
    return [
        service.name
        for service in live.facts.services
        if service.name != live.spec.name
        and any(use.kind in PUTS_OUT and use.value in outputs for file in service.code for use in file.redis)
    ]


def round_trip(
    live: LiveCheck, link: RedisLink, way: Way, outputs: tuple[Way, ...], traces: Traces, tried: list[ProbeTemplate]
) -> Trip | None:
    """Returns the round trip of the first probe that comes back, or None when none of the templates did in time.

    After the last template it goes on listening for a while: what is late is not lost.
    """
    sent: list[tuple[Probe, ProbeTemplate, float]] = []
    limits = live.run.limits
    with outlet(live, link, outputs) as out:
        for template in tried:
            made = probe(live, way.channel, template)
            sent.append((made, template, live.clock.monotonic()))
            traces.put(way, made)
            trip = _first(live, out, way, sent, limits.request, traces, late=False)
            if trip is not None:
                return trip
        return _first(live, out, way, sent, limits.late, traces, late=True)


def _first(
    live: LiveCheck,
    out: Outlet,
    way: Way,
    sent: list[tuple[Probe, ProbeTemplate, float]],
    seconds: float,
    traces: Traces,
    *,
    late: bool,
) -> Trip | None:
    texts = [made.text for made, _, _ in sent]
    for came in out.hear(seconds):
        if came.name == way.door and came.value in texts:  # its input is its output, too: this is what went in
            continue
        for made, template, began in sent:
            field = came.place(made.identity)
            if field is not None:
                traces.came(came)
                took = live.clock.monotonic() - began
                return Trip(took * 1000, template, field.strip("."), late or took > live.run.limits.request)
    return None


def _produced(live: LiveCheck, link: RedisLink, outputs: tuple[Way, ...]) -> Observation:
    """Without inputs: something of its own comes out while it is listened to."""
    told = ", ".join(str(way) for way in outputs)
    with outlet(live, link, outputs) as out:
        came: Came | None = next(iter(out.hear(live.run.limits.late)), None)
    if came is None:
        text = f"nothing came out on {told} within {live.run.limits.late:.0f} s; it may speak seldom"
        step = "look for longer: its schedule or its source decides when it speaks"
        return live.observe(FLOW, action(live), text, None, cause="silent", next_step=step)
    text = f"an event came out on {came.name}: {came.summary()} (the spec names no input)"
    if live.run.alone():
        return live.observe(FLOW, action(live), text, True)
    step = "verify on a stack that is not in use"
    return live.observe(FLOW, action(live), f"{text}; whose it is cannot be told", None, cause="unsure", next_step=step)


def _received(live: LiveCheck, link: RedisLink, before: Before, traces: Traces) -> Checks:
    """Without outputs: the service's own counter, the stream's group or the emptied list shows that events arrived."""
    counted, way = counters(live), ways_in(live)[0]
    own = own_view(live, link, before)
    elsewhere = told_elsewhere(live, own)
    if elsewhere is not None and elsewhere[0] == "other-redis":
        cause, text, step = elsewhere
        yield live.observe(FLOW, action(live), text, None, cause=cause, next_step=step)
        return
    if way.kind == "channel" and own.clients is not None and own.heard.get(way.name) == 0:
        text = f"the service is not subscribed to {way.name}"
        step = "start the subscriber loop, and keep it alive when Redis goes away"
        yield live.observe(FLOW, action(live), text, False, cause="dead-subscriber", next_step=step)
        return
    for template in (probe_templates(live, way.channel) * PROBES)[:PROBES]:
        traces.put(way, probe(live, way.channel, template))
    sent = f"{PROBES} events into {way}"
    yield _arrived(live, link, way, counted, sent, traces)


def _arrived(
    live: LiveCheck, link: RedisLink, way: Way, before: dict[str, float], sent: str, traces: Traces
) -> Observation:
    grown: dict[str, float] = {}

    def counted() -> bool:
        grown.update({name: value - before.get(name, 0.0) for name, value in counters(live).items()})
        return any(value >= PROBES for value in grown.values())

    def taken() -> bool:
        if way.kind == "stream":
            return all(link.group_read(way.name, entry) for entry in traces.entries(way.name))
        return way.kind == "list" and not set(traces.entries(way.name)) & set(link.items(way.name))

    if live.wait(live.run.limits.request, lambda: taken() or counted()):
        name = next((name for name, value in grown.items() if value >= PROBES), "")
        how = f"{name} grew by {grown[name]:.0f}" if name else f"all were taken out of the {way}"
        return live.observe(FLOW, action(live), f"{sent}; {how} (the spec names no output)", True)
    text = (
        f"{sent}; the spec names no output, and nothing that can be seen from outside shows what the service received"
    )
    step = "count received events in /metrics, or name an output in the spec"
    return live.observe(FLOW, action(live), text, None, cause="not-observable", next_step=step)


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
