"""The recovery drill: Redis freezes, comes back, restarts; the service is told to stop. Each step is an observation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from wizard.errors import RuntimeUnavailableError
from wizard.values.facts import StackFacts
from wizard.values.live import Endpoint, LiveTrouble, Stopped
from wizard.values.observation import Observation, Progress
from wizard.values.spec import ServiceSpec
from wizard.verify import health
from wizard.verify.bench import Bench, Checks, Stop
from wizard.verify.flow import PREFIX, action, counters, event_id, probe, round_trip
from wizard.verify.http import Reply, get
from wizard.verify.log_tail import LogTail
from wizard.verify.redis_link import Ear, connect
from wizard.verify.runtime import Clock, Runtime
from wizard.verify.service import ended, start
from wizard.verify.verify import dependencies, prepare

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
    """Run the drill on a service of its own and yield an `Observation` for each step, `Progress` in between.

    A step that cannot be done leaves the later ones undecided. Raises `RuntimeUnavailableError` and `CancelledError`.
    """
    stop = Stop(cancelled)
    with closing(runtime.open(facts, spec, stop)) as stage:
        bench = Bench(facts, spec, stage, runtime.name, clock, stop)
        try:
            yield from _drill(bench)
        except LiveTrouble as trouble:
            raise RuntimeUnavailableError(trouble.message, next_step=trouble.next_step) from trouble
        finally:
            stop.abandon()


def _drill(bench: Bench) -> Checks:
    log = LogTail()
    try:
        yield from dependencies(bench, "drill")
        yield from prepare(bench)
        reply = yield from start(bench, log)
    except LiveTrouble as trouble:
        yield from _impossible(bench, trouble)
        return
    state = bench.stage.state()
    if reply.status != 200 or not state.running:
        why = ended(bench, state, log) if not state.running else health.judge(bench, reply, log.recent(), 0.0)
        yield from _impossible(bench, LiveTrouble(why.cause, why.result, why.next_step))
        return
    at = bench.stage.redis()
    for step in (_pause, _resume, _restart, _stop):
        item = f"drill.{step.__name__.strip('_')}"
        try:
            yield from step(bench, at)
        except LiveTrouble as trouble:
            yield bench.trouble(item, bench.stage.command(step.__name__.strip("_")), trouble)


def _impossible(bench: Bench, trouble: LiveTrouble) -> Checks:
    for item in DRILL_ITEMS:
        step = trouble.next_step
        text = f"not tried, the service is not well to begin with: {trouble.message}"
        yield bench.observe(item, bench.stage.command("start"), text, None, cause=trouble.cause, next_step=step)


def _ask(bench: Bench) -> Reply:
    """A health request that outlasts the service's own time limit for Redis."""
    return get(bench.stage.address(), health.health_path(bench.facts.service(bench.spec.name)), PATIENCE)


def _until_health(bench: Bench, good: Callable[[Reply], bool]) -> tuple[Reply, float]:
    """(the last health answer, seconds until `good`); stops after the recovery limit."""
    began = bench.clock.monotonic()
    answers: list[Reply] = []

    def asked() -> bool:
        answers.append(_ask(bench))
        return good(answers[-1])

    bench.wait(bench.stage.limits.recovery, asked)
    return answers[-1], bench.clock.monotonic() - began


def _pause(bench: Bench, at: Endpoint | None) -> Checks:
    """Redis freezes: health turns 503 and names it."""
    if at is None:
        return
    yield bench.begin("drill.pause", "freezing Redis")
    bench.stage.pause_redis()
    reply, seconds = _until_health(bench, lambda reply: reply.status == 503)
    told = f"{bench.stage.command('pause')}; {health.action(bench)}"
    names = ", ".join(health.failing(reply)) or " ".join(reply.body.split())[:200]
    if reply.status == 503 and "redis" in names.lower():
        yield bench.observe("drill.pause", told, f"503 after {seconds:.1f} s, naming {names}", True)
    elif reply.status == 503:
        text, step = f"503, but it does not name Redis: {names}", "name the failing dependency in the health answer"
        yield bench.observe("drill.pause", told, text, False, cause="not-named", next_step=step)
    else:
        text = f"still {reply.status or 'no answer'} {bench.stage.limits.recovery:.0f} s after Redis froze"
        step = "ask Redis in the health handler, with a time limit (socket_timeout)"
        yield bench.observe("drill.pause", told, text, False, cause="health-blind", next_step=step)


def _resume(bench: Bench, at: Endpoint | None) -> Checks:
    """Redis goes on: health is 200 again."""
    if at is None:
        return
    yield bench.begin("drill.resume", "letting Redis go on")
    bench.stage.resume_redis()
    reply, seconds = _until_health(bench, lambda reply: reply.status == 200)
    yield _recovered(bench, "drill.resume", f"{bench.stage.command('resume')}; {health.action(bench)}", reply, seconds)


def _recovered(bench: Bench, item: str, told: str, reply: Reply, seconds: float) -> Observation:
    if reply.status == 200:
        return bench.observe(item, told, f"200 after {seconds:.1f} s", True)
    waited, body = f"{bench.stage.limits.recovery:.0f} s", " ".join(reply.body.split())[:200]
    text = f"{reply.status or 'no answer'} {waited} after Redis came back: {body}"
    step = "reconnect to Redis with backoff"
    return bench.observe(item, told, text, False, cause="no-recovery", next_step=step)


def _restart(bench: Bench, at: Endpoint | None) -> Checks:
    """Redis restarts: the subscriber comes back and the next probe passes."""
    if at is None:
        return
    yield bench.begin("drill.restart", "restarting Redis")
    bench.stage.restart_redis()
    inputs, outputs = bench.spec.inputs, [channel.name for channel in bench.spec.outputs]
    if not inputs:
        reply, seconds = _until_health(bench, lambda reply: reply.status == 200)
        told = f"{bench.stage.command('restart')}; {health.action(bench)}"
        yield _recovered(bench, "drill.restart", told, reply, seconds)
        return
    told = f"{bench.stage.command('restart')}; {action(bench)}"
    began = bench.clock.monotonic()
    at = bench.stage.redis() or at  # a container may come back under another address
    with connect(at, bench.stage.limits.request) as link:
        names = [channel.name for channel in inputs]
        back = bench.wait(bench.stage.limits.recovery, lambda: all(link.listeners(names).values()))
        seconds = bench.clock.monotonic() - began
        taken = round_trip(bench, link, inputs[0], outputs) if back and outputs else None
    if not back:
        text = f"nobody subscribed to {', '.join(names)} again within {bench.stage.limits.recovery:.0f} s"
        step = "subscribe again in a loop with backoff: redis-py's own loop ends when the server goes away"
        yield bench.observe("drill.restart", told, text, False, cause="dead-subscriber", next_step=step)
    elif outputs and taken is None:
        text = f"subscribed again after {seconds:.1f} s, but the next probe did not come out on {', '.join(outputs)}"
        step = "look at the handler and the publishing connection after a reconnect"
        yield bench.observe("drill.restart", told, text, False, cause="timeout", next_step=step)
    else:
        passed = f"; the next probe took {taken:.1f} ms" if taken is not None else ""
        samples = (round(taken, 3),) if taken is not None else ()
        text = f"subscribed again after {seconds:.1f} s{passed}"
        yield bench.observe("drill.restart", told, text, True, samples=samples)


def _stop(bench: Bench, at: Endpoint | None) -> Checks:
    """SIGTERM in the middle of a burst: exit 0 in time, and nothing lost that was received before."""
    yield bench.begin("drill.stop", "stopping the service with SIGTERM")
    at = bench.stage.redis() if at is not None else None
    if at is None or not bench.spec.inputs:
        yield _stopped(bench, bench.stage.stop_service(), "")
        return
    if not bench.spec.outputs:
        yield _stopped(bench, bench.stage.stop_service(), "; what it received cannot be seen: no output channel")
        return
    sent, came, received, done = _stop_in_a_burst(bench, at)
    yield Progress("drill.stop", "log", f"{len(came)} of {BURST} events came out")
    yield _judge_stop(bench, done, sent, came, received)


def _stop_in_a_burst(bench: Bench, at: Endpoint) -> tuple[list[str], list[str], int, Stopped]:
    """(ids sent, ids that came out, how many the service counted before the signal, how it ended)."""
    channel, outputs = bench.spec.inputs[0], [channel.name for channel in bench.spec.outputs]
    before = max(counters(bench).values(), default=0.0)
    sent = [probe(bench, channel) for _ in range(BURST)]
    texts = {text for _, text in sent}
    came: list[str] = []
    with connect(at, bench.stage.limits.request) as link, link.listen(outputs) as ear:
        for _, text in sent:
            link.publish(channel.name, text)
        _hear(bench, ear, texts, came, 2.0, enough=5)
        received = max(counters(bench).values(), default=0.0) - before
        done = bench.stage.stop_service()
        _hear(bench, ear, texts, came, 0.5, enough=BURST)
    return [identity for identity, _ in sent], came, int(received), done


def _hear(bench: Bench, ear: Ear, sent: set[str], came: list[str], seconds: float, *, enough: int) -> None:
    """Add the ids of the probes that come out, until there are enough of them or the time is over."""
    if len(came) >= enough:
        return
    for _, answer in ear.hear(seconds, bench.stopped):
        if answer not in sent and event_id(answer).startswith(PREFIX):
            came.append(event_id(answer))
            if len(came) >= enough:
                return


def _judge_stop(bench: Bench, done: Stopped, sent: list[str], came: list[str], received: int) -> Observation:
    unique = list(dict.fromkeys(came))
    gap = unique != sent[: len(unique)]
    seen = f"; of {len(sent)} events sent just before, {len(unique)} came out"
    seen += f" ({received} were counted as received before the signal)" if received else ""
    if gap or len(unique) < min(received, len(sent)):
        text = f"{_told(done)}{seen}: received events were lost"
        step = "finish and publish what was read from Redis before leaving the loop on SIGTERM"
        return bench.observe(
            "drill.stop", bench.stage.command("stop"), text, False, cause="message-lost", next_step=step
        )
    return _stopped(bench, done, f"{seen}, none of the received ones missing")


def _told(done: Stopped) -> str:
    return f"exit code {done.exit_code} after {done.seconds:.1f} s"


def _stopped(bench: Bench, done: Stopped, more: str) -> Observation:
    command = bench.stage.command("stop")
    if done.killed:
        text = f"still running {bench.stage.limits.stop:.0f} s after SIGTERM, killed"
        step = "handle SIGTERM: stop the loop and the server, and exit"
        return bench.observe("drill.stop", command, text, False, cause="ignores-sigterm", next_step=step)
    if done.exit_code != 0:
        step = "handle SIGTERM and exit with 0 (in a container, start Python with the exec form)"
        return bench.observe("drill.stop", command, _told(done) + more, False, cause="bad-exit", next_step=step)
    return bench.observe("drill.stop", command, _told(done) + more, True)
