"""Answers which importable packages talk to which kind of server. Pure data: readers and checks ask the same lists."""

from __future__ import annotations

from wizard.values.facts.stack import ServiceFacts
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact

POSTGRES_DRIVERS = frozenset({"psycopg", "psycopg2", "asyncpg", "pg8000", "aiopg"})
"""What speaks to PostgreSQL and to nothing else."""
MAPPERS = frozenset({"sqlalchemy", "databases", "peewee", "tortoise"})
"""What takes the URL's word for which database it is."""
DATABASE_DRIVERS = POSTGRES_DRIVERS | MAPPERS
"""What a service imports that works with a database of the stack."""
REDIS_DRIVERS = frozenset({"redis", "aioredis", "valkey", "coredis", "redis_om", "walrus"})
"""What a service cannot have without talking to Redis."""
REDIS_CLIENTS = REDIS_DRIVERS | {"flask_redis", "quart_redis", "fakeredis", "aredis"}
"""These, and what wraps or stands in for them: their objects are Redis clients, too."""
BROKERS = frozenset(
    {
        "aio_pika",
        "aiokafka",
        "aiomqtt",
        "aiormq",
        "asyncio_mqtt",
        "confluent_kafka",
        "faust",
        "gmqtt",
        "kafka",
        "kombu",
        "nats",
        "paho",
        "pika",
        "pulsar",
        "stomp",
        "zmq",
    }
)
"""By what events travel that do not go through Redis."""
BROKER_SERVERS = (
    (frozenset({"aiokafka", "confluent_kafka", "faust", "kafka"}), lazy_pattern(r"kafka|redpanda")),
    (frozenset({"aio_pika", "aiormq", "kombu", "pika"}), lazy_pattern(r"rabbit|lavinmq")),
    (
        frozenset({"aiomqtt", "asyncio_mqtt", "gmqtt", "paho"}),
        lazy_pattern(r"mosquitto|emqx|hivemq|vernemq|mqtt|rabbit"),
    ),
    (frozenset({"nats"}), lazy_pattern(r"nats")),
    (frozenset({"pulsar"}), lazy_pattern(r"pulsar")),
    (frozenset({"stomp"}), lazy_pattern(r"activemq|artemis|rabbit")),
)
"""(clients, what images and services of the server that they talk to are called)."""
MAY_CARRY_EVENTS = BROKERS | {"azure", "boto3", "google", "socketio"}
"""These, and packages of which a broker is one part: their objects have `subscribe` and `publish`, too, which says
nothing about Redis."""
JOB_QUEUES = frozenset({"arq", "rq", "celery", "dramatiq", "huey", "taskiq", "saq", "streaq", "procrastinate"})
"""Packages that fetch a worker's jobs from a broker by themselves: the code then has no Redis call of its own."""
_INSTALLED_NAME = lazy_pattern(r"[A-Za-z0-9][\w.-]*")


def foreign_start(service: ServiceFacts) -> Fact[str] | None:
    """Returns the program that a service without code starts and that its image installs by name (`rq-dashboard`), with
    the line that starts it; None where it has code, or starts something else."""
    image, block = service.dockerfile, service.compose
    if service.python or image is None:
        return None
    said = (block.command if block else None, block.entrypoint if block else None, image.command, image.entrypoint)
    start = next((fact for fact in said if fact is not None and fact.value), None)
    names = {match[0].lower() for fact in image.packages if (match := _INSTALLED_NAME.match(fact.value))}
    word = " ".join(start.value).split(" ")[0].rpartition("/")[2] if start is not None else ""
    return Fact(word, start.source) if start is not None and word.lower() in names else None
