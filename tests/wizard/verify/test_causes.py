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
        (["  File x", "ZeroDivisionError: division by zero", "ValueError: later"], "crash", "ZeroDivisionError"),
        (["ImportError: cannot import name 'x'", "KeyError: 'A_B'"], "import-error", "cannot import"),
    ],
)
def test_the_first_causal_line_is_named(lines: list[str], name: str, line: str) -> None:
    cause = explain(lines)
    assert cause is not None
    assert cause.name == name
    assert line in cause.line
    assert cause.next_step


def test_quiet_lines_explain_nothing() -> None:
    assert explain(["INFO started", "GET /health 200", ""]) is None
