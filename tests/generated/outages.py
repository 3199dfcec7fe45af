"""Breaks the servers of a generated service in every way that was seen, and prints what became of its events.

`make outages`. No outage may end with a live process that does nothing, and no loss may be uncounted.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.generated.lab import servers
from tests.generated.stack import SPECS, written
from tests.generated.work import Work, network

CANNOT_WRITE = {
    "53100": "could not extend file: No space left on device",
    "58030": "could not fsync file: Input/output error",
    "XX001": "invalid page in block 0",
}
"""What a disk that is full or failing makes PostgreSQL say. Where its log is on that disk it panics, too
(`postgres_panic`): a server on a full tmpfs said 53100, then "the database system is in recovery mode", then refused
connections until it was given room and started again. No state of these is the row's fault.
"""


def redis_restarted(work: Work) -> None:
    """What is sent before and after the restart is stored; the time between is counted."""
    work.start()
    work.send(200)
    work.until(lambda: work.rows() == 200)
    work.lab.redis.restart()
    work.until(lambda: work.metric("redis_disconnects_total") >= 1)
    work.lab.until(200)
    work.send(200)
    work.until(lambda: work.rows() == 400 and work.metric("messages_published_total") == 400)


def redis_paused(work: Work) -> None:
    """Eight seconds without an answer: said by /health, and nothing that was sent is lost."""
    work.start()
    work.send(200)
    work.lab.redis.pause()
    assert "down" in str(work.lab.until(503)["dependencies"])
    threading.Event().wait(2)
    work.lab.redis.resume()
    work.lab.until(200)
    work.send(200)
    work.until(lambda: work.rows() == work.sent)


def postgres_backend_stopped(work: Work) -> None:
    """A backend that is stopped in the middle: 503, the connection is cut, everything is stored by another."""
    work.start()
    found = work.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'signals'")
    os.kill(int(str(found[0][0])), signal.SIGSTOP)
    try:
        work.send(200)
        assert "down" in str(work.lab.until(503)["dependencies"])
        work.until(lambda: work.rows() == 200)
        work.lab.until(200)
    finally:
        os.kill(int(str(found[0][0])), signal.SIGCONT)


def table_missing(work: Work) -> None:
    """An old volume has no table yet: 503 says so, and all rows are stored once it is there."""
    work.start(schema=False)
    work.until(lambda: "apply the schema" in str(work.lab.health()))
    work.send(200)
    assert work.metric("messages_published_total") == 0
    work.apply_schema()
    work.until(lambda: work.rows() == 200)
    work.lab.until(200)


def database_read_only(work: Work) -> None:
    """A fault of the server, not of the rows: kept, tried again, said."""
    work.start()
    name = work.lab.postgres.endpoint.database
    work.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    work.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'signals'")
    work.send(200)
    work.until(lambda: "read-only" in str(work.lab.health()))
    work.sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    work.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'signals'")
    work.until(lambda: work.rows() == 200)
    assert work.dead() == []


def row_refused(work: Work) -> None:
    """A text that PostgreSQL cannot keep is a dead letter with its payload; the others of its batch are stored."""
    work.start()
    work.send(100)
    work.send(1, symbol="a\0b")
    work.send(100)
    work.until(lambda: work.rows() == 200 and len(work.dead()) == 1)
    assert json.loads(work.dead()[0])["symbol"] == "a\0b"
    work.lab.until(200)


def bad_messages(work: Work) -> None:
    """Ten thousand of them: all counted, a few logged."""
    work.start()
    with closing(work.redis()) as client, client.pipeline(transaction=False) as pipeline:
        for number in range(10_000):
            pipeline.publish(work.spec.inputs[0].name, f"no json {number}")
        pipeline.execute()
    work.until(lambda: work.metric("messages_failed_total") == 10_000)
    assert len([line for line in work.lab.lines if "not usable" in line]) < 100
    work.send(10)
    work.until(lambda: work.rows() == 10)


def many_waiting_at_sigterm(work: Work) -> None:
    """Thirty thousand waiting, and SIGTERM twice: drained, or said how many were left."""
    work.start()
    work.send(30_000)
    assert work.lab.process is not None
    work.lab.process.send_signal(signal.SIGTERM)
    threading.Event().wait(1)
    work.lab.process.send_signal(signal.SIGTERM)
    assert work.lab.ended(40) == 0
    assert work.rows() + work.left() == 30_000


def handler_of_another_type(work: Work) -> None:
    """Counted and survived."""
    _handler(work, 'return "text"')
    work.start()
    work.send(100)
    work.until(lambda: work.metric("messages_failed_total") == 100)
    assert work.lab.health()[0] == 200


def loop_death(work: Work) -> None:
    """What ends the loop ends the process, and not as a success."""
    _handler(work, "raise KeyboardInterrupt")
    work.start()
    work.send(1)
    assert work.lab.ended() == 1
    assert "the message loop died" in "".join(work.lab.lines)
    assert work.left() == 1, "the event that ended it is no silent loss"


def half_open(work: Work) -> None:
    """A network that drops everything without a word: the connection is given up and made anew."""
    with network(work.lab.redis.endpoint.port) as (port, cut):
        work.apply_schema()
        work.lab.start("signals.service", "SIGNALS", SIGNALS_REDIS_PORT=str(port))
        work.lab.until(200)
        cut()
        assert "down" in str(work.lab.until(503)["dependencies"])
        work.lab.until(200, 60)
        work.send(100)
        work.until(lambda: work.rows() == 100)
        assert work.metric("redis_deaf_seconds_total") > 5


def redis_flapping(work: Work) -> None:
    """Twenty breaks in a row: what arrived is stored, the rest is time that is counted, and it works on."""
    work.start()
    _flap(work)
    work.until(lambda: work.metric("redis_disconnects_total") >= 2)
    work.lab.until(200)
    work.until(lambda: work.rows() == work.metric("messages_received_total"))
    assert work.metric("redis_deaf_seconds_total") > 0
    before = work.rows()
    work.send(100)
    work.until(lambda: work.rows() == before + 100)


def postgres_half_open(work: Work) -> None:
    """A network that drops everything to PostgreSQL without a word: 503, a new connection, each row once."""
    with network(work.lab.postgres.endpoint.port) as (port, cut):
        work.apply_schema()
        work.lab.start("signals.service", "SIGNALS", SIGNALS_POSTGRES_PORT=str(port))
        work.lab.until(200)
        work.send(100)
        work.until(lambda: work.rows() == 100)
        cut()
        work.send(100)
        assert "down" in str(work.lab.until(503)["dependencies"])
        work.until(lambda: work.rows() == 200)
        work.lab.until(200)


def disk_full(work: Work) -> None:
    """PostgreSQL cannot write, in the states that it says then: kept, tried again, said; no dead letters."""
    work.start()
    function = "CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
    for state, words in CANNOT_WRITE.items():
        work.sql(f"{function} $$ BEGIN RAISE EXCEPTION '{words}' USING ERRCODE = '{state}'; END $$")
        work.sql(f"CREATE TRIGGER full_disk BEFORE INSERT ON {work.table} EXECUTE FUNCTION full_disk()")
        work.send(200)
        work.until(partial(_says, work, words))
        assert work.metric("messages_published_total") == work.sent - 200
        work.sql(f"DROP TRIGGER full_disk ON {work.table}")
        work.until(lambda: work.rows() == work.sent == work.metric("messages_published_total"))
    assert work.dead() == []
    work.lab.until(200)


def postgres_panic(work: Work) -> None:
    """PostgreSQL cannot write its log: the backend aborts, all the others are ended, and the server recovers."""
    # the servers of the tests say that they have what is not on disk yet
    work.sql(f"ALTER DATABASE {work.lab.postgres.endpoint.database} SET synchronous_commit = on")
    work.start()
    work.send(200)
    work.until(lambda: work.rows() == 200)
    found = work.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'signals'")
    os.kill(int(str(found[0][0])), signal.SIGABRT)
    work.send(200)
    work.until(work.answers)
    work.until(lambda: work.rows() == 400 and work.metric("messages_published_total") == 400)
    assert work.dead() == []
    work.lab.until(200)


def stream_without_a_reader(work: Work) -> None:
    """What is added while nobody reads is stored when the service comes, in the order of the stream."""
    work.send(1000)
    work.start()
    work.until(lambda: work.rows() == 1000)


def stream_at_sigterm(work: Work) -> None:
    """Thirty thousand waiting, and SIGTERM: the next process finishes them, without a minute's wait."""
    work.start()
    work.send(30_000)
    work.until(lambda: work.rows() > 0)
    assert work.lab.stop() == 0
    assert work.rows() < 30_000
    work.start()
    work.until(lambda: work.rows() == 30_000)


def stream_reader_killed(work: Work) -> None:
    """SIGKILL between storing and acknowledging: what was taken is taken over by the next process."""
    work.start()
    with closing(work.redis()) as client:
        work.send(200)
        work.until(lambda: work.rows() == 200)
        work.lab.redis.pause()
        work.lab.redis.resume()
        work.send(20_000)
        assert work.lab.process is not None
        work.lab.process.kill()
        work.lab.ended()
        pending: Any = client.xpending(work.spec.inputs[0].name, work.spec.name)
        assert pending["pending"] > 0
    work.start()
    work.until(lambda: work.rows() == 20_200, 120)
    with closing(work.redis()) as client:
        work.until(lambda: client.xpending(work.spec.inputs[0].name, work.spec.name)["pending"] == 0)


def stream_table_missing(work: Work) -> None:
    """No table and no role at the first start: nothing is acknowledged, nothing lost; stored when both are there."""
    work.start(schema=False)
    work.send(500)
    work.until(lambda: "does not exist" in str(work.lab.health()))
    work.apply_schema()
    work.until(lambda: work.rows() == 500)


def stream_bad_entries(work: Work) -> None:
    """What cannot be used becomes a letter with its payload, and the next one is handled."""
    work.start()
    with closing(work.redis()) as client:
        for number in range(100):
            client.xadd(work.spec.inputs[0].name, {"event": f"not json {number}"})
    work.send(10)
    work.until(lambda: work.rows() == 10 and len(work.dead()) == 100)
    assert work.dead()[0] == "not json 0"


def stream_redis_paused(work: Work) -> None:
    """Eight seconds without an answer: said by /health, and nothing is lost."""
    redis_paused(work)


def stream_redis_flapping(work: Work) -> None:
    """Twenty breaks in a row: nothing is lost, and nothing is stored twice."""
    work.start()
    _flap(work)
    work.until(lambda: work.rows() == work.sent, 120)
    work.lab.until(200)


def stream_failover(work: Work) -> None:
    """Redis becomes a read-only replica for a while: said, nothing lost, and it goes on when it is primary again."""
    work.start()
    work.send(200)
    work.until(lambda: work.rows() == 200)
    with closing(work.redis()) as client:
        client.replicaof("127.0.0.1", 1)
        work.until(lambda: "read only" in str(work.lab.health()) or "READONLY" in str(work.lab.health()))
        client.replicaof("NO", "ONE")
    work.lab.until(200)
    work.send(200)
    work.until(lambda: work.rows() == 400)


def stream_trimmed(work: Work) -> None:
    """What the stream's length pushed out while nobody read is counted to the entry, and said."""
    work.start()
    work.send(100)
    work.until(lambda: work.rows() == 100)
    assert work.lab.stop() == 0
    work.send(1000)
    with closing(work.redis()) as client:
        client.xtrim(work.spec.inputs[0].name, maxlen=200, approximate=False)
    work.start()
    work.until(lambda: work.rows() == 300)
    assert work.metric("messages_lost_total") == 800
    assert any("800 entries of orders.filled were trimmed" in line for line in work.lab.lines)


STREAMS: dict[str, Callable[[Work], None]] = {
    function.__name__: function
    for function in (
        stream_without_a_reader,
        stream_at_sigterm,
        stream_reader_killed,
        stream_table_missing,
        stream_bad_entries,
        stream_redis_paused,
        stream_redis_flapping,
        stream_failover,
        stream_trimmed,
    )
}
OUTAGES: dict[str, Callable[[Work], None]] = {
    function.__name__: function
    for function in (
        redis_restarted,
        redis_paused,
        postgres_backend_stopped,
        table_missing,
        database_read_only,
        row_refused,
        bad_messages,
        many_waiting_at_sigterm,
        handler_of_another_type,
        loop_death,
        half_open,
        redis_flapping,
        postgres_half_open,
        disk_full,
        postgres_panic,
    )
} | STREAMS


@contextmanager
def working(folder: Path, outage: str) -> Iterator[Work]:
    """Yields the service that an outage is about, not started yet, beside real servers."""
    spec = SPECS["streams" if outage in STREAMS else "plain"]
    with servers(folder) as lab:
        written(spec, lab.root)
        yield Work(lab, spec)


def _flap(work: Work) -> None:
    """Breaks all connections to Redis twenty times while events are sent, then until it was not one break for all."""
    with closing(work.redis()) as client:

        def broken() -> bool:
            for kind in ("normal", "pubsub"):
                client.client_kill_filter(_type=kind, skipme=True)
            return work.metric("redis_disconnects_total") >= 2

        for _ in range(20):
            work.send(50)
            broken()
        work.until(broken)


def _says(work: Work, words: str) -> bool:
    return words in str(work.lab.health())


def _handler(work: Work, body: str) -> None:
    path = work.lab.root / "services" / "signals" / "logic.py"
    text = path.read_text()
    path.write_text(text[: text.index("    return SignalEventsEvent")] + f"    {body}\n")


def main(wanted: list[str]) -> int:
    """Prints a row an outage. Returns 1 when one was not survived as it should be."""
    columns = ("sent", "stored", "dead", "left", "received", "published", "failed", "lost", "breaks", "deaf s")
    metrics = ("messages_received", "messages_published", "messages_failed", "messages_lost", "redis_disconnects")
    failed = 0
    print("".join(f"{name:>10}" for name in columns), "outage")
    for name, outage in OUTAGES.items():
        if wanted and name not in wanted:
            continue
        said = ""
        with tempfile.TemporaryDirectory() as folder, working(Path(folder), name) as work:
            try:
                outage(work)
            except AssertionError as error:
                failed, said = 1, f"  NOT SURVIVED: {error}"
            alive = work.lab.process is not None and work.lab.process.poll() is None and work.lab.health()[0] > 0
            seen = [f"{work.metric(m + '_total'):.0f}" if alive else "-" for m in metrics]
            seen.append(f"{work.metric('redis_deaf_seconds_total'):.1f}" if alive else "-")
            known = [str(n) for n in (work.sent, work.rows(), len(work.dead()), work.left())]
            code = work.lab.stop() if work.lab.process and work.lab.process.poll() is None else work.lab.ended()
            print("".join(f"{value:>10}" for value in (*known, *seen)), f"{name}, exit code {code}{said}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
