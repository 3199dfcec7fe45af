"""Passwords by value in calls of clients: found by the client's package or the URL's scheme, never kept."""

from __future__ import annotations

import pytest

from wizard.stack.python.source import read_python

ROWS = [
    ("import psycopg2\npsycopg2.connect(host='db', password='hunter2')\n", ["postgres"]),
    ("from psycopg2 import connect as c\nc('host=db user=u password=hunter2')\n", ["postgres"]),
    ("import asyncpg\nasync def f():\n    await asyncpg.create_pool(user='u', password='hunter2')\n", ["postgres"]),
    ("import psycopg2.pool\npsycopg2.pool.SimpleConnectionPool(1, 2, password='hunter2')\n", ["postgres"]),
    ("import redis\nredis.Redis(host='r', password='hunter2')\n", ["redis"]),
    ("from redis.asyncio import from_url\nfrom_url('redis://:hunter2@r:6379/0')\n", ["redis"]),
    ("import redis\nWORD = 'hunter2'\ndef f():\n    return redis.Redis(password=WORD)\n", ["redis"]),
    (
        "from sqlalchemy import create_engine\nURL = 'postgresql+psycopg://u:hunter2@db/x'\ncreate_engine(URL)\n",
        ["postgres"],
    ),
    ("import psycopg\npsycopg.connect(f'postgresql://u:hunter2@{host}/x')\n", ["postgres"]),
    ("import psycopg\npsycopg.connect(f'postgresql://u:{word}@{host}/x')\n", []),
    ("from sqlalchemy import create_engine\ncreate_engine('mysql://u:hunter2@db/x')\n", []),
    ("import mysql.connector\nmysql.connector.connect(password='hunter2')\n", []),
    ("import os, redis\nredis.Redis(password=os.environ['REDIS_PASSWORD'])\n", []),
    ("import redis\nredis.Redis(host='r', password='')\n", []),
    ("import redis\nredis.Redis(host='r', password=None)\n", []),
    ("import psycopg\npsycopg.connect('postgresql://u@db/x')\n", []),
    ("import psycopg\nWORD = 'a'\nWORD = read()\npsycopg.connect(password=WORD)\n", []),
    ("import redis\nlogin(user='u', password='hunter2')\n", []),
]


@pytest.mark.parametrize(("code", "servers"), ROWS)
def test_a_password_by_value_is_found_in_calls_of_clients_only(code: str, servers: list[str]) -> None:
    file = read_python(code, "app.py")
    assert [fact.value for fact in file.passwords] == servers
    assert "hunter2" not in repr(file.passwords)


def test_the_line_is_that_of_the_argument() -> None:
    (found,) = read_python(
        "import redis\nredis.Redis(\n    host='r',\n    password='hunter2',\n)\n", "a/b.py"
    ).passwords
    assert (found.source.path, found.source.line) == ("a/b.py", 4)
