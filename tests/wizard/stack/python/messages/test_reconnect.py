"""What survives a restart of Redis, and what only looks like it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.stack.python.resolve import resolve
from wizard.stack.python.source import read_python


def kinds(**files: str) -> set[str]:
    read = tuple(read_python(dedent(code), f"services/x/{name}.py") for name, code in files.items())
    return {use.kind for file in resolve(read) for use in file.redis}


AGAIN = {
    "loop": """\
        def listen():
            for m in p.listen():
                print(m)
        while True:
            try:
                listen()
            except redis.ConnectionError:
                pass
    """,
    "star": """\
        def listen():
            for m in p.listen():
                print(m)
        while True:
            try:
                listen()
            except* redis.ConnectionError:
                pass
    """,
    "suppress": """\
        from contextlib import suppress
        def listen():
            for m in p.listen():
                print(m)
        while True:
            with suppress(redis.ConnectionError):
                listen()
    """,
    "called_in_a_loop": """\
        def once():
            try:
                for m in p.listen(): print(m)
            except redis.ConnectionError:
                log()
        def main():
            while True:
                once()
    """,
    "calls_itself": """\
        def listen():
            try:
                for m in p.listen(): print(m)
            except redis.ConnectionError:
                return listen()
    """,
    "own_decorator": """\
        def forever(work):
            def inner():
                while True:
                    try:
                        return work()
                    except OSError:
                        pass
            return inner
        @forever
        def listen():
            for m in p.listen():
                print(m)
    """,
    "handed_to_a_helper": """\
        def forever(work):
            while True:
                try:
                    work()
                except Exception:
                    pass
        def listen():
            for m in p.listen():
                print(m)
        forever(listen)
    """,
    "retry_object": """\
        from redis.retry import Retry
        from redis.backoff import NoBackoff
        redis.Redis(retry=Retry(NoBackoff(), 9))
    """,
    "cluster": """\
        from redis.cluster import RedisCluster
        RedisCluster(host='h')
    """,
    "tenacity": """\
        import tenacity
        @tenacity.retry
        def listen():
            for m in p.listen():
                print(m)
    """,
    "tenacity_loop": """\
        from tenacity import Retrying
        def run():
            for attempt in Retrying():
                with attempt:
                    for m in p.listen(): print(m)
    """,
    "async_loop": """\
        async def run():
            while True:
                try:
                    async for m in p.listen(): print(m)
                except (redis.ConnectionError, OSError):
                    await pause()
    """,
    "blocking_pop": """\
        while True:
            try:
                r.brpop('a')
            except redis.RedisError:
                pass
    """,
}
ONCE = {
    "nothing": """\
        def listen():
            for m in p.listen():
                print(m)
    """,
    "gives_up": """\
        def listen():
            for m in p.listen():
                print(m)
        while True:
            try:
                listen()
            except redis.ConnectionError:
                raise
    """,
    "other_error": """\
        def listen():
            for m in p.listen():
                print(m)
        while True:
            try:
                listen()
            except ValueError:
                pass
    """,
    "only_the_message": """\
        for m in p.listen():
            try:
                handle(m)
            except Exception:
                log()
    """,
    "called_once": """\
        def once():
            try:
                for m in p.listen(): print(m)
            except redis.ConnectionError:
                log()
        once()
    """,
    "suppressed_once": """\
        from contextlib import suppress
        def listen():
            for m in p.listen():
                print(m)
        with suppress(redis.ConnectionError):
            listen()
    """,
    "plain_decorator": """\
        def plain(work):
            return work
        @plain
        def listen():
            for m in p.listen():
                print(m)
    """,
}


@pytest.mark.parametrize("shape", AGAIN)
def test_what_tries_again(shape: str) -> None:
    assert "retry" in kinds(service="import redis\n" + dedent(AGAIN[shape]))


@pytest.mark.parametrize("shape", ONCE)
def test_what_dies_with_redis(shape: str) -> None:
    assert "retry" not in kinds(service="import redis\n" + dedent(ONCE[shape]))


def test_loop_try_and_reading_in_three_files() -> None:
    found = kinds(
        bus="""\
            import redis
            class Bus:
                def consume(self):
                    for m in self.pubsub.listen():
                        print(m)
            """,
        worker="""\
            from bus import Bus
            def once(bus):
                try:
                    bus.consume()
                except Exception:
                    pass
            """,
        service="""\
            from worker import once
            def main(bus):
                while True:
                    once(bus)
            """,
    )
    assert found == {"retry"}
