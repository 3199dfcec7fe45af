"""The recovery drill: Redis freezes, comes back, restarts; the service is told to stop. Each step is an observation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from wizard.checklist.load import checklist_of
from wizard.errors import RuntimeUnavailableError
from wizard.runtime.protocol import Clock, Runtime, Strained
from wizard.values.facts.stack import StackFacts
from wizard.values.live import Endpoint, LiveTrouble, Reply, Stopped
from wizard.values.observation import Observation, Progress
from wizard.values.spec import ServiceSpec
from wizard.verify import health
from wizard.verify.connections import Own, own_view
from wizard.verify.events import probe, probe_templates
from wizard.verify.flow import action, round_trip
from wizard.verify.live import Checks, LiveCheck, Stop
from wizard.verify.log_tail import LogTail
from wizard.verify.outlet import Outlet, outlet
from wizard.verify.redis_link import Before, connect
from wizard.verify.service import ended, start
from wizard.verify.sides.one_way import counters
from wizard.verify.swarm.drill import SWARM_DRILL_ITEMS, swarm_drill
from wizard.verify.traces import Traces
from wizard.verify.verify import by_probe, dependencies, prepare
from wizard.verify.ways import names, ways_in, ways_out

DRILL_ITEMS = ("drill.pause", "drill.resume", "drill.restart", "drill.stop")
PATIENCE = 15.0
BURST = 50


def drill(
    facts: StackFacts,
    spec: ServiceSpec,
    runtime: Runtime,
    *,
    clock: Clock,
    cancelled: Callable[[], bool] = lambda: False,
) -> Checks:
    """Runs the drill on a service of its own; yields an `Observation` for each step, `Progress` in between.

    A step that cannot be done leaves the later ones undecided. Raises `RuntimeUnavailableError` and `CancelledError`.
    """
    stop = Stop(cancelled)
    with closing(runtime.open(facts, spec, stop)) as run:
        live = LiveCheck(facts, spec, run, runtime.name, clock, stop, items=by_probe(checklist_of(facts)))
        try:
            yield from _drill(live)
        except LiveTrouble as trouble:
            raise RuntimeUnavailableError(trouble.message, next_step=trouble.next_step) from trouble
        finally:
            stop.abandon()


def _drill(live: LiveCheck) -> Checks:
    log = LogTail()
    try:
        yield from dependencies(live, "drill")
        yield from prepare(live)
        reply = yield from start(live, log)
    except LiveTrouble as trouble:
        yield from _impossible(live, trouble)
        return
    state = live.run.state()
    if reply.status != 200 or not state.running:
        why = ended(live, state, log) if not state.running else health.judge(live, reply, log.recent(), 0.0)
        yield from _impossible(live, LiveTrouble(why.cause, why.result, why.next_step))
        return
    if isinstance(live.run, Strained):
        yield from swarm_drill(live, live.run.strain())
        return
    at = live.run.redis()
    for step in (_pause, _resume, _restart, _stop):
        item = f"drill.{step.__name__.strip('_')}"
        try:
            yield from step(live, at)
        except LiveTrouble as trouble:
            yield live.trouble(item, live.run.command(step.__name__.strip("_")), trouble)


def _impossible(live: LiveCheck, trouble: LiveTrouble) -> Checks:
    for item in SWARM_DRILL_ITEMS if isinstance(live.run, Strained) else DRILL_ITEMS:
        step = trouble.next_step
        text = f"not tried, the service is not well to begin with: {trouble.message}"
        yield live.observe(item, live.run.command("start"), text, None, cause=trouble.cause, next_step=step)


def _ask(live: LiveCheck) -> Reply:
    """A health request that outlasts the service's own time limit for Redis."""
    return live.run.get(health.health_path(live.facts.service(live.spec.name)), PATIENCE)


def _until_health(live: LiveCheck, good: Callable[[Reply], bool]) -> tuple[Reply, float]:
    """(the last health answer, seconds until `good`); stops after the recovery limit."""
    began = live.clock.monotonic()
    answers: list[Reply] = []

    def asked() -> bool:
        answers.append(_ask(live))
        return good(answers[-1])

    live.wait(live.run.limits.recovery, asked)
    return answers[-1], live.clock.monotonic() - began


def _pause(live: LiveCheck, at: Endpoint | None) -> Checks:
    """Redis freezes: health turns 503 and names it."""
    if at is None:
        return
    yield live.begin("drill.pause", "freezing Redis")
    live.run.pause_redis()
    reply, seconds = _until_health(live, lambda reply: reply.status == 503)
    told = f"{live.run.command('pause')}; {health.action(live)}"
    names = ", ".join(health.failing(reply)) or " ".join(reply.body.split())[:200]
    if reply.status == 503 and "redis" in names.lower():
        yield live.observe("drill.pause", told, f"503 after {seconds:.1f} s, naming {names}", True)
    elif reply.status == 503:
        text, step = f"503, but it does not name Redis: {names}", "name the failing dependency in the health answer"
        yield live.observe("drill.pause", told, text, False, cause="not-named", next_step=step)
    else:
        text = f"still {reply.status or 'no answer'} {live.run.limits.recovery:.0f} s after Redis froze"
        step = "ask Redis in the health handler, with a time limit (socket_timeout)"
        yield live.observe("drill.pause", told, text, False, cause="health-blind", next_step=step)


def _resume(live: LiveCheck, at: Endpoint | None) -> Checks:
    """Redis goes on: health is 200 again."""
    if at is None:
        return
    yield live.begin("drill.resume", "letting Redis go on")
    live.run.resume_redis()
    reply, seconds = _until_health(live, lambda reply: reply.status == 200)
    yield _recovered(live, "drill.resume", f"{live.run.command('resume')}; {health.action(live)}", reply, seconds)


def _recovered(live: LiveCheck, item: str, told: str, reply: Reply, seconds: float) -> Observation:
    if reply.status == 200:
        return live.observe(item, told, f"200 after {seconds:.1f} s", True)
    waited, body = f"{live.run.limits.recovery:.0f} s", " ".join(reply.body.split())[:200]
    text = f"{reply.status or 'no answer'} {waited} after Redis came back: {body}"
    step = "reconnect to Redis with backoff"
    return live.observe(item, told, text, False, cause="no-recovery", next_step=step)


def _restart(live: LiveCheck, at: Endpoint | None) -> Checks:
    """Redis restarts: the subscriber comes back and the next probe passes."""
    if at is None:
        return
    yield live.begin("drill.restart", "restarting Redis")
    live.run.restart_redis()
    inputs, outputs = ways_in(live), ways_out(live)
    if not inputs:
        reply, seconds = _until_health(live, lambda reply: reply.status == 200)
        told = f"{live.run.command('restart')}; {health.action(live)}"
        yield _recovered(live, "drill.restart", told, reply, seconds)
        return
    told = f"{live.run.command('restart')}; {action(live)}"
    began = live.clock.monotonic()
    at = live.run.redis() or at  # a container may come back under another address
    with connect(at, live.run.limits.request) as link, Traces(live, link) as traces:
        channels = names(inputs, "channel")
        back = live.wait(live.run.limits.recovery, lambda: _listens(own_view(live, link, Before()), channels))
        seconds = live.clock.monotonic() - began
        tried = probe_templates(live, inputs[0].channel)
        trip = round_trip(live, link, inputs[0], outputs, traces, tried) if back and outputs else None
    if not back:
        text = f"not subscribed to {', '.join(channels)} again within {live.run.limits.recovery:.0f} s"
        step = "subscribe again in a loop with backoff: redis-py's own loop ends when the server goes away"
        yield live.observe("drill.restart", told, text, False, cause="dead-subscriber", next_step=step)
    elif outputs and trip is None:
        text = f"listens again after {seconds:.1f} s, but the next probe did not come out on "
        text += ", ".join(str(way) for way in outputs)
        step = "look at the handler and the publishing connection after a reconnect"
        yield live.observe("drill.restart", told, text, False, cause="timeout", next_step=step)
    else:
        passed = f"; the next probe took {trip.milliseconds:.1f} ms" if trip is not None else ""
        samples = (round(trip.milliseconds, 3),) if trip is not None else ()
        text = f"listens again after {seconds:.1f} s{passed}"
        yield live.observe("drill.restart", told, text, True, samples=samples)


def _listens(own: Own, channels: list[str]) -> bool:
    """Whether the service is connected again, and subscribed to all of its channels."""
    return own.clients is None or (bool(own.clients) and all(own.heard.get(name) != 0 for name in channels))


def _stop(live: LiveCheck, at: Endpoint | None) -> Checks:
    """SIGTERM in the middle of a burst: exit 0 in time, and nothing lost that was received before."""
    yield live.begin("drill.stop", "stopping the service with SIGTERM")
    at = live.run.redis() if at is not None else None
    inputs = ways_in(live)
    if at is None or not inputs:
        yield _stopped(live, live.run.stop_service(), "")
        return
    if not live.spec.outputs or inputs[0].kind != "channel":
        what = "no output" if not live.spec.outputs else f"it reads the {inputs[0]}"
        yield _stopped(live, live.run.stop_service(), f"; what it received last cannot be seen: {what}")
        return
    sent, came, received, done = _stop_in_a_burst(live, at)
    yield Progress("drill.stop", "log", f"{len(came)} of {BURST} events came out")
    yield _judge_stop(live, done, sent, came, received)


def _stop_in_a_burst(live: LiveCheck, at: Endpoint) -> tuple[list[str], list[str], int, Stopped]:
    """(ids sent, ids that came out, how many the service counted before the signal, how it ended)."""
    way = ways_in(live)[0]
    before = max(counters(live).values(), default=0.0)
    template = probe_templates(live, way.channel)[0]
    made = [probe(live, way.channel, template) for _ in range(BURST)]
    came: list[str] = []
    sent = {one.text: one.identity for one in made}
    with (
        connect(at, live.run.limits.request) as link,
        Traces(live, link) as traces,
        outlet(live, link, ways_out(live)) as out,
    ):
        for one in made:
            traces.put(way, one)
        _hear(out, sent, traces, came, 2.0, enough=5)
        received = max(counters(live).values(), default=0.0) - before
        done = live.run.stop_service()
        _hear(out, sent, traces, came, 0.5, enough=BURST)
    return list(sent.values()), came, int(received), done


def _hear(out: Outlet, sent: dict[str, str], traces: Traces, came: list[str], seconds: float, *, enough: int) -> None:
    """Add the ids of the probes that come out, until there are enough of them or the time is over."""
    if len(came) >= enough:
        return
    for event in out.hear(seconds):
        traces.came(event)
        if isinstance(event.value, str) and event.value in sent:
            continue
        came += [identity for identity in sent.values() if event.place(identity) is not None]
        if len(came) >= enough:
            return


def _judge_stop(live: LiveCheck, done: Stopped, sent: list[str], came: list[str], received: int) -> Observation:
    unique = list(dict.fromkeys(came))
    gap = unique != sent[: len(unique)]
    seen = f"; of {len(sent)} events sent just before, {len(unique)} came out"
    seen += f" ({received} were counted as received before the signal)" if received else ""
    if gap or len(unique) < min(received, len(sent)):
        text = f"{_told(done)}{seen}: received events were lost"
        step = "finish and publish what was read from Redis before leaving the loop on SIGTERM"
        return live.observe("drill.stop", live.run.command("stop"), text, False, cause="message-lost", next_step=step)
    return _stopped(live, done, f"{seen}, none of the received ones missing")


def _told(done: Stopped) -> str:
    return f"exit code {done.exit_code} after {done.seconds:.1f} s"


def _stopped(live: LiveCheck, done: Stopped, more: str) -> Observation:
    command = live.run.command("stop")
    if done.killed:
        text = f"still running {live.run.limits.stop:.0f} s after SIGTERM, killed"
        step = "handle SIGTERM: stop the loop and the server, and exit"
        return live.observe("drill.stop", command, text, False, cause="ignores-sigterm", next_step=step)
    if done.exit_code != 0:
        step = "handle SIGTERM and exit with 0 (in a container, start Python with the exec form)"
        return live.observe("drill.stop", command, _told(done) + more, False, cause="bad-exit", next_step=step)
    return live.observe("drill.stop", command, _told(done) + more, True)
