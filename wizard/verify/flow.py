"""Item 7.4: a probe event goes in on the input channel and comes out on the output channel, with its id."""

from __future__ import annotations

import json
import re
import shlex
import uuid
from collections.abc import Iterator

from wizard.values.live import Endpoint, LiveTrouble
from wizard.values.observation import Observation, Progress
from wizard.values.spec import Channel
from wizard.verify.bench import Bench, Checks
from wizard.verify.http import get
from wizard.verify.redis_link import RedisLink, connect

PROBES = 5
PREFIX = "stack-wizard-probe-"
_SAMPLES: dict[str, object] = {"str": "probe", "int": 7, "float": 1.5, "bool": True}
_RECEIVED = re.compile(
    r"^(?P<name>[a-z_:]*(?:received|messages|events|processed|handled)[a-z_:]*)(?:\{[^}]*\})?\s+(?P<value>[0-9.e+]+)",
    re.MULTILINE,
)


def probe(bench: Bench, channel: Channel) -> tuple[str, str]:
    """(unique id, JSON text) of an event with every field the spec gives the channel."""
    identity = PREFIX + uuid.uuid4().hex
    event: dict[str, object] = {"id": identity, "time": bench.clock.now().isoformat()}
    event |= {field.name: _SAMPLES[field.type] for field in channel.fields}
    return identity, json.dumps(event)


def check_flow(bench: Bench) -> Checks:
    """Send probes on every input channel and wait for each on the output channels."""
    yield bench.begin("7.4", "sending probe events")
    try:
        at = bench.stage.redis()
        if streams(bench):
            yield _not_pubsub(bench)
        elif at is None or not bench.spec.inputs:
            yield _impossible(bench, at)
        else:
            yield from _round_trips(bench, at) if bench.spec.outputs else _received(bench, at)
    except LiveTrouble as trouble:
        yield bench.trouble("7.4", action(bench), trouble)


def streams(bench: Bench) -> tuple[str, ...]:
    """The Redis streams that the service reads when it subscribes to no channel."""
    service = bench.facts.service(bench.spec.name)
    uses = [use for file in service.code for use in file.redis] if service is not None else []
    if any(use.kind == "subscribe" for use in uses):
        return ()
    return tuple(dict.fromkeys(use.value for use in uses if use.kind == "xread"))


def _not_pubsub(bench: Bench) -> Observation:
    names = ", ".join(name for name in streams(bench) if name) or "its streams"
    text = f"it reads {names} with XREAD, not pub/sub: no probe is put into a stream"
    step = "add an entry by hand with XADD, and look at what comes of it"
    return bench.observe("7.4", "redis-cli XADD", text, None, cause="streams", next_step=step)


def _impossible(bench: Bench, at: Endpoint | None) -> Observation:
    reason = "the stack has no Redis" if at is None else "the spec names no input channel, so no event can be sent"
    step = "name the channels in the spec"
    return bench.observe("7.4", "redis-cli PUBLISH", reason, None, cause="no-channel", next_step=step)


def action(bench: Bench) -> str:
    """The probe as a person repeats it."""
    cli = bench.stage.command("redis-cli")
    outputs = " ".join(channel.name for channel in bench.spec.outputs)
    event = shlex.quote(probe(bench, bench.spec.inputs[0])[1]) if bench.spec.inputs else "EVENT"
    listen = f"{cli} SUBSCRIBE {outputs} & " if outputs else ""
    return f"{listen}{cli} PUBLISH {bench.spec.inputs[0].name if bench.spec.inputs else 'CHANNEL'} {event}"


def _round_trips(bench: Bench, at: Endpoint) -> Checks:
    samples: list[float] = []
    outputs = [channel.name for channel in bench.spec.outputs]
    with connect(at, bench.stage.limits.request) as link:
        for channel in bench.spec.inputs:
            for _ in range(PROBES):
                taken = round_trip(bench, link, channel, outputs)
                if taken is None:
                    yield _diagnose(bench, link, channel, outputs, len(samples))
                    return
                samples.append(taken)
                yield Progress("7.4", "sample", f"{channel.name} → {' '.join(outputs)}: {taken:.1f} ms", taken)
    ordered = sorted(samples)
    inputs = ", ".join(channel.name for channel in bench.spec.inputs)
    text = f"{len(samples)} of {len(samples)} events from {inputs} came out on {', '.join(outputs)} with their id"
    text += f"; round trip median {ordered[len(ordered) // 2]:.1f} ms, longest {ordered[-1]:.1f} ms"
    yield bench.observe("7.4", action(bench), text, True, samples=tuple(round(s, 3) for s in samples))


def round_trip(bench: Bench, link: RedisLink, channel: Channel, outputs: list[str]) -> float | None:
    """The round trip of one probe in ms, or None when it did not come back in time."""
    identity, text = probe(bench, channel)
    with link.listen(outputs) as ear:
        began = bench.clock.monotonic()
        link.publish(channel.name, text)
        for _, answer in ear.hear(bench.stage.limits.request, bench.stopped):
            if answer != text and event_id(answer) == identity:
                return (bench.clock.monotonic() - began) * 1000
    bench.check()
    return None


def event_id(text: str) -> str:
    """The id of an event, '' when it has none."""
    try:
        event: object = json.loads(text)
    except ValueError:
        return ""
    return str(event.get("id", "")) if isinstance(event, dict) else ""


def _diagnose(bench: Bench, link: RedisLink, channel: Channel, outputs: list[str], passed: int) -> Observation:
    """Send one more probe and look at every channel: where did it go?"""
    identity, text = probe(bench, channel)
    seen: list[tuple[str, str]] = []
    with link.listen((), everything=True) as ear:
        receivers = link.publish(channel.name, text) - 1
        for where, answer in ear.hear(min(2.0, bench.stage.limits.request), bench.stopped):
            if (where, answer) != (channel.name, text):
                seen.append((where, answer))
    bench.check()
    said = (
        f"{passed} probe(s) came back, then one on {channel.name} did not within {bench.stage.limits.request:.0f} s: "
    )
    cause, what, step = _where(seen, identity, outputs, receivers)
    return bench.observe("7.4", action(bench), said + what, False, cause=cause, next_step=step)


def _where(seen: list[tuple[str, str]], identity: str, outputs: list[str], receivers: int) -> tuple[str, str, str]:
    """(cause, what was seen, next step)."""
    if receivers <= 0:
        return (
            "dead-subscriber",
            "nobody is subscribed to it",
            "start the subscriber loop, and keep it alive when Redis goes away",
        )
    elsewhere = [where for where, text in seen if event_id(text) == identity and where not in outputs]
    if elsewhere:
        text = f"the event came out on {elsewhere[0]} instead of {', '.join(outputs)}"
        return "wrong-channel", text, "make the output channel in models.py the spec's"
    changed = [text for where, text in seen if where in outputs]
    if changed:
        text = f"an event came out with another id: {changed[0][:200]}"
        return "id-lost", text, "keep the input event's id in the output event"
    text = f"{receivers} connection(s) got it and nothing came out"
    return "timeout", text, "look at the handler in logic.py: it may drop the event or fail on it (see the log)"


def _received(bench: Bench, at: Endpoint) -> Checks:
    """Without output channels: the service's own counter must show that the events arrived."""
    before = counters(bench)
    channel = bench.spec.inputs[0]
    with connect(at, bench.stage.limits.request) as link:
        receivers = [link.publish(channel.name, probe(bench, channel)[1]) for _ in range(PROBES)]
    sent = f"{PROBES} events on {channel.name}, {min(receivers)} receiver(s) each"
    if not min(receivers):
        step = "start the subscriber loop, and keep it alive when Redis goes away"
        yield bench.observe("7.4", action(bench), sent, False, cause="dead-subscriber", next_step=step)
        return
    yield from _counted(bench, before, sent)


def _counted(bench: Bench, before: dict[str, float], sent: str) -> Iterator[Observation]:
    grown: dict[str, float] = {}

    def arrived() -> bool:
        grown.update({name: value - before.get(name, 0.0) for name, value in counters(bench).items()})
        return any(value >= PROBES for value in grown.values())

    if bench.wait(bench.stage.limits.request, arrived):
        name = next(name for name, value in grown.items() if value >= PROBES)
        text = f"{sent}; {name} grew by {grown[name]:.0f} (the spec names no output channel)"
        yield bench.observe("7.4", action(bench), text, True)
        return
    text = f"{sent}; the spec names no output channel, and no counter of /metrics shows what the service received"
    step = "count received events in /metrics, or name an output channel in the spec"
    yield bench.observe("7.4", action(bench), text, None, cause="not-observable", next_step=step)


def counters(bench: Bench) -> dict[str, float]:
    """The service's own counters of events, out of `/metrics`: name -> value, labels added up; {} when it has none."""
    reply = get(bench.stage.address(), "/metrics", bench.stage.limits.request)
    if reply.status != 200:
        return {}
    values: dict[str, float] = {}
    for match in _RECEIVED.finditer(reply.body):
        if match["name"].endswith(("_created", "_sum", "_bucket")):  # times, not counts
            continue
        values[match["name"]] = values.get(match["name"], 0.0) + float(match["value"])
    return values
