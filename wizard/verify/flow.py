"""The message flow: probes go in and come out on the other side with their id; of a one-way service, on its side."""

from __future__ import annotations

import shlex
import time

from wizard.values.checklist import Item
from wizard.values.facts.code import PUTS_OUT
from wizard.values.lean import dataclass
from wizard.values.live import Endpoint, LiveTrouble
from wizard.values.observation import Observation
from wizard.verify.connections import CONNECTIONS, own_view
from wizard.verify.events import Probe, ProbeTemplate, probe, probe_templates
from wizard.verify.live import FLOW, Checks, LiveCheck
from wizard.verify.lost import diagnose
from wizard.verify.outlet import Outlet, outlet
from wizard.verify.overheard.own import wrote
from wizard.verify.redis_link import Before, RedisLink, connect
from wizard.verify.sides.one_way import produced, received
from wizard.verify.traces import Traces
from wizard.verify.ways import Way, names, ways_in, ways_out

PROBES = 5


@dataclass(frozen=True, slots=True)
class Trip:
    """One probe that came back. `field`: where its id stands in the answer. `late`: it took longer than the limit.
    `door`: the kind and name of what it came out on.
    """

    milliseconds: float
    template: ProbeTemplate
    field: str
    late: bool = False
    door: tuple[str, str] = ("", "")


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
                yield produced(live, link, outputs, FLOW, action(live))
            elif outputs:
                yield from _round_trips(live, link, before, traces)
            else:
                yield from received(live, link, traces, FLOW, action(live))
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
    told, since = ", ".join(str(way) for way in outputs), time.monotonic()
    for way in ways_in(live):
        tried = probe_templates(live, way.channel)
        traces.listened = not own_view(live, link, before).deaf((way,))
        for number in range(PROBES):
            trip = round_trip(live, link, way, outputs, traces, tried)
            if trip is None:
                yield diagnose(live, link, before, way, tried, len(trips), FLOW, action(live), traces, since)
                return
            tried = [trip.template]
            trips.append(trip)
            yield live.say(FLOW, "sample", f"{way} → {told}: {trip.milliseconds:.1f} ms", trip.milliseconds)
            if trip.late and number == 0:
                break
    traces.doubt(False)
    yield _judge(live, link, before, trips, since)


def _judge(live: LiveCheck, link: RedisLink, before: Before, trips: list[Trip], since: float) -> Observation:
    """The probes came back; whether it was this service that sent them on is told by what it listens to."""
    samples = sorted(trip.milliseconds for trip in trips)
    inputs = ", ".join(str(way) for way in ways_in(live))
    doors = {trip.door for trip in trips}
    came = [way for way in ways_out(live) if any(way.is_door(*door) for door in doors)]
    text = f"{len(trips)} of {len(trips)} events from {inputs} came out on {', '.join(map(str, came))} with their id"
    text += f"; round trip median {samples[len(samples) // 2]:.1f} ms, longest {samples[-1]:.1f} ms"
    odd = sorted({trip.field for trip in trips} - {"id", "text"})
    text += f"; the id stands in `{odd[0]}`" if odd else ""
    text += "; late, but not lost" if any(trip.late for trip in trips) else ""
    own = own_view(live, link, before)
    channels = names(ways_in(live), "channel")
    deaf = own.deaf(ways_in(live))
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
    if not _its_own(live, link, doors, since):
        text += f"; but connections of others put them there, none of {live.spec.name}'s"
        step = "stop what else does the same, and verify again"
        return live.observe(FLOW, action(live), text, None, cause="unsure", next_step=step)
    rounded = tuple(round(trip.milliseconds, 3) for trip in trips)
    return live.observe(FLOW, action(live), text, True, samples=rounded)


def _its_own(live: LiveCheck, link: RedisLink, doors: set[tuple[str, str]], since: float) -> bool:
    """Tells whether the service wrote where the probes came out, as far as that can be told; others may be faster."""

    def told() -> list[bool | None]:
        return [wrote(live, link, *door, since) for door in doors]

    return False not in told() or live.wait(live.run.limits.request, lambda: False not in told())


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
        if came.value in texts and came.name == way.door:  # its input is its output, too: this is what went in
            continue
        for made, template, began in sent:
            field = came.place(made.identity)
            if field is not None:
                traces.came(came)
                took = live.clock.monotonic() - began
                slow = late or took > live.run.limits.request
                return Trip(took * 1000, template, field.strip("."), slow, (came.kind, came.name))
    return None
