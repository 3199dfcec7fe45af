"""Puts the same names and texts to every room that answers "is this a secret?" or "may this be shown?"."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from urllib.parse import quote

import pytest

from wizard.audit.environment import plain_secret
from wizard.commands.terminal import emit
from wizard.output.data import document, source
from wizard.output.sarif import location
from wizard.plain.voice import Voice
from wizard.rules import secrets, text
from wizard.session.spec_rules import spec_problems
from wizard.stack.python.settings import kept_default
from wizard.values.facts.compose import EnvEntry
from wizard.values.source import Source
from wizard.values.spec import ServiceSpec, Variable

NAMES = [
    ("PGPASSWORD", True),
    ("DB_PASS", True),
    ("REDISCLI_AUTH", True),
    ("MYSQL_PWD", True),
    ("SMTP_PASS", True),
    ("GITHUB_TOKEN", True),
    ("STRIPE_API_KEY", True),
    ("DJANGO_SECRET_KEY", True),
    ("CLIENT_SECRET", True),
    ("SSH_PRIVATE_KEY", True),
    ("KEY_PASSPHRASE", True),
    ("TOKEN_2", True),
    ("DB_PASS_B64", True),
    ("AWS_SECRET_ACCESS_KEY", True),
    ("PWD", False),
    ("PASS_RATE", False),
    ("BYPASS", False),
    ("AUTH_BACKEND", False),
    ("ENABLE_AUTH", False),
    ("AUTHOR", False),
    ("CACHE_KEY", False),
    ("PUBLIC_KEY", False),
    ("MAX_TOKENS", False),
    ("TOKEN_TTL", False),
    ("TOKEN_RATE_LIMIT_PER_MINUTE", False),
    ("TOKEN_BUDGET", False),
    ("API_KEY_QUOTA", False),
    ("API_KEY_HEADER", False),
    ("REDIS_PASSWORD_FILE", False),
    ("AWS_ACCESS_KEY_ID", False),
    ("REVOKE_ON_PASSWORD_CHANGE", False),
    ("PASSWORD_STRENGTH", False),
    ("PASSWORD_RESET_TOKEN", True),
]
VALUES = [
    ("DB_PASS", "hunter2", True),
    ("DB_PASS", "${DB_PASS}", False),
    ("DB_PASS", "${DB_PASS:-hunter2}", True),
    ("DB_PASS", "${DB_PASS:-}", False),
    ("DB_PASS", "${DB_PASS:?set it}", False),
    ("DB_PASS", "${A:-${B}}", False),
    ("DB_PASS", "${A:-${B:-hunter2}}", True),
    ("DB_PASS", "a$$b", True),
    ("DB_PASS", "/run/secrets/db_pass", False),
    ("HTTP_AUTH", "basic", False),
    ("QUEUE", "amqp://app:hunter2@rabbit/", True),
    ("QUEUE", "amqp://app:${RABBIT}@rabbit/", False),
    ("QUEUE", "amqp://app@rabbit/", False),
    ("DSN", "host=db user=app password=hunter2", True),
    ("HOOK", "https://example.org/x?token=hunter2&a=1", True),
]
TEXTS = [
    ("plain", True),
    ("déjà vu 東京", True),
    ("two\nlines\tand a tab", True),
    ("\x1b[31mred", False),
    ("\x1b]0;title\x07", False),
    ("\x9b31mred", False),
    ("\x9d0;title\x9c", False),
    ("a\x08b", False),
    ("a\rb", False),
    ("a\u202eb", False),
    ("a\u2066b\u2069", False),
    ("a\u200fb", False),
    ("a\u200bb", False),
    ("a\u200db", False),
    ("\ufeffa", False),
    ("a\u2028b", False),
    ("a\U000e0041b", False),
    ("caf\udce9", False),
    ("👩\u200d💻", True),
    ("می\u200cخواهم", True),
]


def _refused(name: str, default: str) -> bool:
    spec = ServiceSpec("holder", "Holds.", 8010, variables=(Variable(name, default),))
    return any("is a secret" in problem.message for problem in spec_problems(spec))


@pytest.mark.parametrize(("name", "right"), NAMES)
def test_every_room_agrees_whether_a_name_means_a_secret(name: str, right: bool) -> None:
    entry = EnvEntry(name, "hunter2", "hunter2", Source("compose.yaml", 1))
    assert {
        "rule": secrets.is_secret(name),
        "lower case": secrets.is_secret(name.lower()),
        "kept default": kept_default(name, "hunter2", secret=False) == secrets.HIDDEN,
        "compose": plain_secret(entry),
        "answers": _refused(name, "hunter2"),
    } == dict.fromkeys(("rule", "lower case", "kept default", "compose", "answers"), right)


@pytest.mark.parametrize(("name", "raw", "right"), VALUES)
def test_every_room_agrees_whether_a_value_stands_open(name: str, raw: str, right: bool) -> None:
    entry = EnvEntry(name, "resolved", raw, Source("compose.yaml", 1))
    assert [secrets.stands_open(name, raw), plain_secret(entry), _refused(name, raw)] == [right] * 3


@pytest.mark.parametrize(("name", "raw", "right"), VALUES)
def test_a_refusal_never_repeats_the_secret(name: str, raw: str, right: bool) -> None:
    spec = ServiceSpec("holder", "Holds.", 8010, variables=(Variable(name, raw),))
    assert not any("hunter2" in problem.message for problem in spec_problems(spec))


@pytest.mark.parametrize(("outside", "right"), TEXTS)
def test_every_door_agrees_whether_a_text_may_be_shown(outside: str, right: bool) -> None:
    spoken, printed = io.StringIO(), io.StringIO()
    Voice(io.StringIO(), spoken).say(outside)
    with redirect_stdout(printed):
        emit([outside])
    found = {
        "rule": text.is_safe(outside),
        "plain door": spoken.getvalue() == outside + "\n",
        "headless door": printed.getvalue() == outside + "\n",
        "JSON": json.loads(document("x", {"place": source(Source(outside))}))["place"]["path"] == outside,
        "SARIF": quote(outside, errors="replace") in str(location(Source(outside))),
    }
    assert found == dict.fromkeys(found, right)


@pytest.mark.parametrize(("outside", "_right"), TEXTS)
def test_what_was_cleaned_is_safe_and_stays_as_it_is(outside: str, _right: bool) -> None:
    once = text.clean(outside)
    assert text.is_safe(once)
    assert text.clean(once) == once


@pytest.mark.parametrize(
    ("shown_text", "columns"),
    [("abc", 3), ("✓ → –", 5), ("東京", 4), ("e\u0301", 1), ("👩\u200d💻", 2), ("⚠\ufe0f", 2), ("", 0)],
)
def test_the_width_of_a_text(shown_text: str, columns: int) -> None:
    assert text.width(shown_text) == columns


EXPORTS = [
    ("export X=$(cat /run/secrets/x)", {"X": "x"}),
    ('sh -c "export X=$$(cat /run/secrets/x) && exec y"', {"X": "x"}),
    ('X="$(< /run/secrets/x.txt)" exec y', {"X": "x.txt"}),
    ("export X=`cat /run/secrets/x`; export Y=$(cat /run/secrets/y)", {"X": "x", "Y": "y"}),
    ("export X=$(cat /tmp/x)", {}),
]


@pytest.mark.parametrize(("shell", "right"), EXPORTS)
def test_what_a_shell_exports_from_secret_files(shell: str, right: dict[str, str]) -> None:
    assert secrets.exported(shell) == right


@pytest.mark.parametrize(
    ("variable", "secret", "right"),
    [
        ("PGPASSWORD", "postgres_password", True),
        ("DB_PASS", "postgres_password", True),
        ("ORDERS_REDIS_PASSWORD", "redis_password", True),
        ("API_TOKEN", "postgres_password", False),
        ("REDIS_PASSWORD", "postgres_password", False),
        ("STRIPE_API_KEY", "stripe_key", True),
        ("PASSWORD", "password", True),
    ],
)
def test_which_compose_secret_a_variable_wants(variable: str, secret: str, right: bool) -> None:
    assert secrets.same_secret(variable, secret, frozenset({"orders"})) is right


LINES = [
    ("      POSTGRES_PASSWORD: hunter2", False, "      POSTGRES_PASSWORD: ***"),
    ("      - DB_PASS=hunter2", False, "      - DB_PASS=***"),
    ('      "api_key": "hunter2",', False, '      "api_key": "***",'),
    ("      DB_PASSWORD: ${DB_PASSWORD:-hunter2}", False, "      DB_PASSWORD: ***"),
    ("      DB_PASSWORD: ${DB_PASSWORD}", False, None),
    ("      PASSWORD_FILE: /run/secrets/db", False, None),
    ("    url: postgres://app:hunter2@db:5432/app", False, "    url: postgres://app:***@db:5432/app"),
    ("    command: redis-server --requirepass hunter2", False, "    command: redis-server --requirepass ***"),
    (
        '    command: ["redis-server", "--requirepass", "hunter2"]',
        False,
        '    command: ["redis-server", "--requirepass", "***"]',
    ),
    ("    test: redis-cli -h redis -a hunter2 ping", False, "    test: redis-cli -h redis -a *** ping"),
    ("ENV DB_PASSWORD hunter2", False, "ENV DB_PASSWORD ***"),
    ("ENV A=1 DB_PASSWORD=hunter2 B=2", False, "ENV A=1 DB_PASSWORD=*** B=2"),
    ("CREATE ROLE app LOGIN PASSWORD 'hunter2';", False, "CREATE ROLE app LOGIN PASSWORD '***';"),
    ("curl -H 'Authorization: Bearer abcdef0123456789'", False, "curl -H 'Authorization: Bearer ***'"),
    ("key = AKIAABCDEFGHIJKLMNOP", False, "key = ***"),
    ('password = os.getenv("DB_PASSWORD", "hunter2")', True, 'password = os.getenv("DB_PASSWORD", "***")'),
    ("    password: str = field()", True, None),
    ("    connect(password=settings.password)", True, None),
    ('    connect(password="hunter2")', True, '    connect(password="***")'),
    ("    image: redis@sha256:" + "a1" * 32, False, None),
]


@pytest.mark.parametrize(("line", "code", "masked"), LINES)
def test_the_secrets_of_a_line_are_masked_and_nothing_else(line: str, code: bool, masked: str | None) -> None:
    assert secrets.mask_spans(line, secrets.secret_spans(line, code=code)) == (line if masked is None else masked)
