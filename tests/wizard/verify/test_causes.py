"""Log lines to causes with a name."""

from __future__ import annotations

import pytest

from wizard.verify.causes import explain


@pytest.mark.parametrize(
    ("lines", "name", "line"),
    [
        (["x", "ModuleNotFoundError: No module named 'flask'"], "import-error", "No module named 'flask'"),
        (["KeyError: 'REGIME_REDIS_HOST'"], "missing-variable", "REGIME_REDIS_HOST"),
        (["region", "  Field required [type=missing]"], "missing-variable", "region: Field required"),
        (
            ["redis.exceptions.AuthenticationError: WRONGPASS invalid username-password pair"],
            "wrong-password",
            "WRONGPASS",
        ),
        (['FATAL:  password authentication failed for user "trader"'], "wrong-password", "trader"),
        (["OSError: [Errno 98] Address already in use"], "port-taken", "Errno 98"),
        (['psycopg.errors.UndefinedTable: relation "x" does not exist'], "missing-table", '"x"'),
        (
            ["redis.exceptions.ConnectionError: Error -2 connecting to cdb_redis:6379. Name or service not known."],
            "dependency-unhealthy",
            "cdb_redis",
        ),
        (["exec /usr/bin/python: exec format error"], "exec-format", "exec format"),
        (["OSError: [Errno 28] No space left on device"], "disk-full", "28"),
        (["  File x", "ZeroDivisionError: division by zero", "ValueError: later"], "crash", "ValueError: later"),
        (["ImportError: cannot import name 'x'", "KeyError: 'A_B'"], "missing-variable", "A_B"),
        (
            ["WARN redis: Connection refused, again in 1 s", "Traceback (most recent call last):", "TypeError: no"],
            "crash",
            "TypeError: no",
        ),
        (
            [
                *("Traceback (most recent call last):", "ConnectionRefusedError: [Errno 111] Connection refused", ""),
                *("The above exception was the direct cause of the following exception:", ""),
                *("Traceback (most recent call last):", "RuntimeError: cannot start"),
            ],
            "dependency-unhealthy",
            "cannot start (from ConnectionRefusedError",
        ),
        (
            [
                *("pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings", "queue.name"),
                "  Field required [type=missing, input_value={}]",
            ],
            "missing-variable",
            "queue.name: Field required",
        ),
        (["KeyError: 'A_B'", "start.sh: line 3: exec: No such file"], "missing-variable", "A_B"),
        (["/app/start.sh: 4: curl: not found"], "missing-tool", "curl"),
        (["bash: line 1: pg_isready: command not found"], "missing-tool", "pg_isready"),
        (["FileNotFoundError: [Errno 2] No such file or directory: 'ffmpeg'"], "missing-tool", "ffmpeg"),
        (
            ["FileNotFoundError: [Errno 2] No such file or directory: '/run/secrets/api_key'"],
            "missing-secret",
            "api_key",
        ),
        (["cat: /run/secrets/token: No such file or directory"], "missing-secret", "token"),
        (["cat: /run/secrets/token: Permission denied"], "unreadable-secret", "token"),
        (
            ["PermissionError: [Errno 13] Permission denied: '/run/secrets/redis_password'"],
            "unreadable-secret",
            "redis_password",
        ),
        (["PermissionError: [Errno 13] Permission denied: '/app/cache'"], "no-permission", "/app/cache"),
        (
            [r'{"level": "ERROR", "message": "no order: relation \"trades\" does not exist\nLINE 2: INSERT"}'],
            "missing-table",
            'relation "trades"',
        ),
        (
            [
                r'{"levelname": "ERROR", "message": "stopped", "exc_info": "Traceback (most recent call last):'
                r'\n  File x\nModuleNotFoundError: No module named \"orjson\""}'
            ],
            "import-error",
            "orjson",
        ),
        (["[FATAL tini (7)] exec /start.sh failed: Permission denied"], "not-executable", "/start.sh"),
        (["/bin/sh: 1: cannot create /data/x: Permission denied"], "no-permission", "/data/x"),
        (["OSError: [Errno 30] Read-only file system: '/app/state.txt'"], "read-only-files", "/app/state.txt"),
        (
            ['connection to server at "10.0.0.2", port 5432 failed: FATAL: database "nope" does not exist'],
            "wrong-database",
            "nope",
        ),
        (['FATAL:  role "nobody" does not exist'], "wrong-user", "nobody"),
        (["cannot execute INSERT in a read-only transaction"], "read-only-server", "INSERT"),
        (["READONLY You can't write against a read only replica."], "read-only-server", "replica"),
        (["FATAL:  sorry, too many clients already"], "too-many-connections", "clients"),
        (['FATAL:  too many connections for database "cdb"'], "too-many-connections", "cdb"),
        (
            ["down: HELLO must be called with the client already authenticated, otherwise the HELLO AUTH"],
            "wrong-password",
            "HELLO",
        ),
        (["env: 'bash\\r': No such file or directory"], "crlf", "bash"),
        (["/start.sh: line 2: $'\\r': command not found"], "crlf", "start.sh"),
        (["exec /start.sh: no such file or directory"], "no-such-program", "/start.sh"),
    ],
)
def test_the_line_that_explains_the_end_is_named(lines: list[str], name: str, line: str) -> None:
    cause = explain(lines)
    assert cause is not None
    assert cause.name == name
    assert line in cause.line
    assert cause.next_step


def test_what_was_only_warned_of_did_not_end_it() -> None:
    lines = ['{"level": "WARNING", "message": "redis: Connection refused"}', "INFO Connection refused, again", "bye"]
    assert explain(lines, survived=False) is None
    assert explain(lines) is not None
    fatal = [*lines, "FATAL: password authentication failed"]
    found = explain(fatal, survived=False)
    assert found is not None
    assert found.name == "wrong-password"


def test_quiet_lines_explain_nothing() -> None:
    assert explain(["INFO started", "GET /health 200", "", '{"level": "ERROR", "code": 7}', "{1}"]) is None
