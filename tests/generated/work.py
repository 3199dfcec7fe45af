"""A generated service at work beside real servers, and the networks between them that fail."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from redis import Redis

from tests.generated.lab import Lab
from tests.generated.stack import SPECS
from wizard.values.spec import ServiceSpec

SCHEMA = "schema.sql"
SSL_REQUEST = bytes((0, 0, 0, 8, 4, 210, 22, 47))
"""How a client of PostgreSQL asks for TLS."""


@dataclass
class Work:
    """A service at work: events of its input become rows of its table and results."""

    lab: Lab
    spec: ServiceSpec = SPECS["plain"]
    sent: int = 0

    @property
    def table(self) -> str:
        """Its table."""
        return self.spec.tables[0].name

    def start(self, *, schema: bool = True) -> None:
        """Starts the service, with its table or without."""
        if schema:
            self.apply_schema()
        self.lab.start(f"{self.spec.name}.service", self.spec.name.upper())
        self.lab.until(200 if schema else 503, 60)

    def apply_schema(self) -> None:
        """Does what the README says for an old volume."""
        assert self.lab.postgres.psql((self.lab.root / SCHEMA).read_text(), self.lab.postgres.endpoint.database).ok

    def redis(self) -> Redis:
        """A client of the server itself."""
        end = self.lab.redis.endpoint
        return Redis(host="127.0.0.1", port=end.port, password=end.password, socket_timeout=60)

    def send(self, count: int, **fields: object) -> None:
        """Publishes events, or adds them to the stream, each with an id of its own."""
        with closing(self.redis()) as client, client.pipeline(transaction=False) as pipeline:
            for number in range(self.sent, self.sent + count):
                event = {"id": f"e-{number}", "time": "2026-01-01T00:00:00Z", "symbol": "A", "price": 1.5, **fields}
                if self.spec.delivery == "at-least-once":
                    pipeline.xadd(self.spec.inputs[0].name, {"event": json.dumps(event)})
                else:
                    pipeline.publish(self.spec.inputs[0].name, json.dumps(event))
            pipeline.execute()
        self.sent += count

    def sql(self, words: str) -> list[tuple[object, ...]]:
        """Runs a statement as the owner of the database."""
        end = self.lab.postgres.endpoint
        address = f"postgresql://{end.user}:{end.password}@{end.host}:{end.port}/{end.database}"
        with psycopg.connect(address, autocommit=True, options="-c default_transaction_read_only=off") as connection:
            cursor = connection.execute(words.encode())
            return cursor.fetchall() if cursor.description else []

    def answers(self) -> bool:
        """Whether PostgreSQL takes connections: not while it recovers."""
        with suppress(psycopg.OperationalError):
            return bool(self.sql("SELECT 1"))
        return False

    def rows(self) -> int:
        """How many events are stored; none while there is no table."""
        if self.sql(f"SELECT to_regclass('{self.table}')") == [(None,)]:
            return 0
        return int(str(self.sql(f"SELECT count(*) FROM {self.table}")[0][0]))  # noqa: S608

    def dead(self) -> list[str]:
        """The events of the dead letters, as they were kept."""
        with closing(self.redis()) as client:
            found: Any = client.xrange(f"{self.spec.name}.dead")
        return [fields[b"event"].decode() for _, fields in found]

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        with urllib.request.urlopen(self.lab.url + "/metrics", timeout=10) as answer:  # noqa: S310
            text = answer.read().decode()
        return sum(float(line.split()[-1]) for line in text.splitlines() if re.match(name + r"(\{|\s)", line))

    def until(self, met: Callable[[], bool], seconds: float = 60.0) -> None:
        """Waits until something is so."""
        pause = threading.Event()
        for _ in range(int(seconds / 0.1)):
            if met():
                return
            pause.wait(0.1)
        raise AssertionError(f"not so within {seconds} s; sent {self.sent}\n{''.join(self.lab.lines[-15:])}")

    def left(self) -> int:
        """How many events the log says were not finished."""
        found = re.findall(r"stopped with (\d+) events", "".join(self.lab.lines))
        return int(found[-1]) if found else 0


@contextmanager
def network(port: int) -> Iterator[tuple[int, Callable[[], None]]]:
    """Yields a port that leads to another one, and what silences the connections that are open through it."""
    silent: set[int] = set()
    opened: list[tuple[socket.socket, socket.socket]] = []

    def carry(source: socket.socket, target: socket.socket, number: int) -> None:
        while True:
            try:
                data = source.recv(65536)
                if not data:
                    return
                if number not in silent:
                    target.sendall(data)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", port))
            opened.append((client, server))
            for pair in ((client, server), (server, client)):
                threading.Thread(target=carry, args=(*pair, len(opened)), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield listener.getsockname()[1], lambda: silent.update(range(len(opened) + 1))
        finally:
            for pair in opened:
                for end in pair:
                    end.close()


@contextmanager
def tls(port: int, certificate: Path, key: Path, *, postgres: bool = False) -> Iterator[int]:
    """Yields a port that speaks TLS in front of a server which cannot; `postgres`: after its own word for it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError, ValueError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve(plain: socket.socket) -> None:
        with suppress(OSError), plain:
            if postgres:
                plain.sendall(b"S" if plain.recv(8) == SSL_REQUEST else b"E")
            with (
                context.wrap_socket(plain, server_side=True) as client,
                socket.create_connection(("127.0.0.1", port)) as server,
            ):
                back = threading.Thread(target=carry, args=(server, client), daemon=True)
                back.start()
                carry(client, server)
                back.join()

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
