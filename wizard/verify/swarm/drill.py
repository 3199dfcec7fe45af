"""The drill in a Swarm: two updates that cannot succeed, a node that is emptied; the service must outlast them."""

from __future__ import annotations

from collections.abc import Callable

from wizard.runtime.protocol import Strain
from wizard.values.live import Endpoint, LiveTrouble
from wizard.verify import health
from wizard.verify.events import probe_templates
from wizard.verify.flow import action, round_trip
from wizard.verify.live import Checks, LiveCheck
from wizard.verify.redis_link import connect
from wizard.verify.traces import Traces
from wizard.verify.ways import ways_in, ways_out

UPDATE, REGISTRY, DRAIN = SWARM_DRILL_ITEMS = ("drill.update", "drill.registry", "drill.drain")
_ENDED = frozenset({"completed", "rollback_completed", "paused", "rollback_paused"})
_STEP = "give it deploy.update_config: failure_action: rollback, order: start-first, and a health check"


def swarm_drill(live: LiveCheck, strain: Strain) -> Checks:
    """Yields an observation for each part; one that cannot be done is undecided and the next is tried."""
    update = f"{live.run.command('update')} --image"
    yield from _guarded(live, UPDATE, update, lambda: _update(live, strain, UPDATE, strain.update_to_unhealthy))
    yield from _guarded(live, REGISTRY, update, lambda: _update(live, strain, REGISTRY, strain.update_without_registry))
    try:
        yield from _guarded(live, DRAIN, live.run.command("drain"), lambda: _drain(live, strain))
    finally:
        strain.fill_again()


def _guarded(live: LiveCheck, item: str, told: str, part: Callable[[], Checks]) -> Checks:
    try:
        yield from part()
    except LiveTrouble as trouble:
        yield live.trouble(item, told, trouble)


def _update(live: LiveCheck, strain: Strain, item: str, begin: Callable[[], None]) -> Checks:
    what = "an image that never gets healthy" if item == UPDATE else "an image whose registry is away"
    told = f"{live.run.command('update')} --image ({what})"
    yield live.begin(item, f"updating to {what}")
    began = live.clock.monotonic()
    begin()
    live.wait(live.run.limits.engine, lambda: strain.update_state()[0] in _ENDED)
    word, message, same = strain.update_state()
    seconds = live.clock.monotonic() - began
    if word != "rollback_completed" or not same:
        strain.put_back()
        text = f"the update ended as {word or 'nothing'} after {seconds:.1f} s: {message}"
        text += "; it took an image as good that never answers" if word == "completed" else "; it did not roll back"
        _well(live)
        yield live.observe(item, told, text, False, cause="no-rollback", next_step=_STEP)
        return
    text = f"rolled back by itself after {seconds:.1f} s ({message or word})"
    yield from _judge(live, item, told, text)


def _drain(live: LiveCheck, strain: Strain) -> Checks:
    yield live.begin(DRAIN, "emptying the node on which it runs")
    began = live.clock.monotonic()
    node = strain.drain()
    told = f"docker node update --availability drain {node.partition(' ')[0]}"
    if not live.wait(live.run.limits.engine, lambda: strain.moved_from(node)):
        text = f"{node} was emptied and {live.run.limits.engine:.0f} s later the service does not run elsewhere"
        step = "see why: docker service ps; placement constraints and mounts tie it to one node"
        yield live.observe(DRAIN, told, text, False, cause="tied-to-a-node", next_step=step)
        return
    text = f"{node} was emptied; it runs elsewhere after {live.clock.monotonic() - began:.1f} s"
    yield from _judge(live, DRAIN, told, text)


def _well(live: LiveCheck) -> bool:
    """Waits until its health answers 200 again."""
    return live.wait(live.run.limits.recovery, lambda: health.ask(live).status == 200)


def _judge(live: LiveCheck, item: str, told: str, text: str) -> Checks:
    """The service must answer, and an event must come through, as before."""
    if not _well(live):
        reply = health.ask(live)
        text += f", but its health is {reply.status or 'silent'}: {reply.body[:200]}"
        yield live.observe(item, told, text, False, cause="no-recovery", next_step="see its log")
        return
    at, inputs, outputs = live.run.redis(), ways_in(live), ways_out(live)
    if at is None or not inputs or not outputs:
        yield live.observe(item, f"{told}; {health.action(live)}", f"{text}; health 200", True)
        return
    took = _flows(live, at)
    told = f"{told}; {action(live)}"
    if took is None:
        text += "; health 200, but no event came through"
        yield live.observe(item, told, text, False, cause="timeout", next_step="see whether it connects to Redis again")
    else:
        text += f"; health 200, an event came through in {took:.1f} ms"
        yield live.observe(item, told, text, True, samples=(round(took, 3),))


def _flows(live: LiveCheck, at: Endpoint) -> float | None:
    """The round trip of one event, tried until the recovery limit: a subscriber needs a moment to be back."""
    way, until = ways_in(live)[0], live.clock.monotonic() + live.run.limits.recovery
    with connect(at, live.run.limits.request) as link, Traces(live, link) as traces:
        tried = probe_templates(live, way.channel)
        while True:
            trip = round_trip(live, link, way, ways_out(live), traces, tried)
            if trip is not None or live.clock.monotonic() > until:
                return trip.milliseconds if trip is not None else None
