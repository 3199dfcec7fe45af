"""What a health check probes, read out of its words."""

from __future__ import annotations

import time

import pytest

from wizard.stack.image.probe import Probe, probe

CASES = [
    (["CMD", "curl", "-f", "http://localhost:8005/health"], {}, Probe(8005, "/health", "curl")),
    (["CMD-SHELL", "wget -qO- http://127.0.0.1:${PORT:-8005}/health || exit 1"], {}, Probe(8005, "/health", "wget")),
    (["CMD-SHELL", "curl http://localhost:$P/h?x=1 || exit 1"], {"P": "8011"}, Probe(8011, "/h", "curl")),
    (
        ["CMD", "python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8005/health', timeout=3)"],
        {},
        Probe(8005, "/health", "python"),
    ),
    (
        ["CMD", "python3", "-c", "import os; u(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health')"],
        {"PORT": "9001"},
        Probe(9001, "/health", "python"),
    ),
    (
        ["CMD", "python", "-c", "u('http://127.0.0.1:' + os.getenv('PORT', '8005') + '/health')"],
        {},
        Probe(8005, "/health", "python"),
    ),
    (["CMD-SHELL", "nc -z localhost 8005"], {}, Probe(8005, "", "nc")),
    (["CMD-SHELL", "bash -c '</dev/tcp/localhost/8005'"], {}, Probe(8005, "", "bash")),
    (["CMD", "python", "-c", "socket.create_connection(('localhost', 8005))"], {}, Probe(8005, "", "python")),
    (
        ["CMD", "python", "-c", "c=HTTPConnection('localhost', 8005); c.request('GET','/hz')"],
        {},
        Probe(8005, "/hz", "python"),
    ),
    (["CMD-SHELL", "curl -f localhost:8005/health"], {}, Probe(8005, "/health", "curl")),
    (["CMD", "redis-cli", "ping"], {}, Probe(6379, "", "redis-cli")),
    (["CMD-SHELL", "redis-cli -p 6380 ping"], {}, Probe(6380, "", "redis-cli")),
    (["CMD-SHELL", "pg_isready -U app -d app"], {}, Probe(5432, "", "pg_isready")),
    (["CMD", "python", "healthcheck.py"], {}, Probe(None, "", "python")),
    (["CMD", "wget", "--spider", "-q", "http://[::1]:8080/x"], {}, Probe(8080, "/x", "wget")),
    (["CMD-SHELL", "curl -f http://localhost/health"], {}, Probe(80, "/health", "curl")),
    (["curl --fail http://market:8005/health"], {}, Probe(8005, "/health", "curl")),
    (["CMD-SHELL", "curl http://localhost:$NOPE/health"], {}, Probe(None, "", "curl")),
    (["CMD", "/bin/grpc_health_probe", "-addr=:50051"], {}, Probe(50051, "", "grpc_health_probe")),
    (["CMD-SHELL", "[ -f /tmp/ok ] || exit 1"], {}, Probe(None, "", "")),
    (["CMD-SHELL", "timeout 5s curl -sf http://0.0.0.0:3000"], {}, Probe(3000, "/", "curl")),
    (["CMD-SHELL", "curl http://api.example.com/x && curl http://localhost:81/y"], {}, Probe(81, "/y", "curl")),
    (["CMD", "sh", "-c", "redis-cli -a $(cat /run/secrets/p) ping"], {}, Probe(6379, "", "redis-cli")),
    (["CMD-SHELL", "bash -c 'exec 3<>/dev/tcp/127.0.0.1/9121' || exit 1"], {}, Probe(9121, "", "bash")),
    (["CMD-SHELL", "kill -0 1 || exit 1"], {}, Probe()),
    (["CMD", "celery", "-A", "app", "inspect", "ping"], {}, Probe(None, "", "celery")),
    (["NONE"], {}, Probe()),
    ([], {}, Probe()),
]


@pytest.mark.parametrize(("words", "env", "expected"), CASES)
def test_reads_port_path_and_tool(words: list[str], env: dict[str, str], expected: Probe) -> None:
    found = probe(words, env)
    assert (found.port, found.path, found.tool) == (expected.port, expected.path, expected.tool)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["CMD-SHELL", "python", "-c", "x"], "runs `python` alone"),
        (["CMD-SHELL", "curl -f http://localhost:1/", "|| exit 1"], "alone"),
        (["CMD", "curl -f http://localhost:1/h"], "a program called"),
        (["CMD", "curl", "-f", "http://localhost:1/h", "||", "exit", "1"], "hands `||`"),
        (["CMD", "curl", "-f", "http://localhost:$PORT/h"], "has `$PORT`"),
        (["CMD", "wget", "-q", "http://localhost:${PORT}/h"], "has `${PORT`"),
        (["CMD-SHELL", "curl -f http://localhost:1/h || true"], "ends in success"),
        (["CMD-SHELL", "curl -f http://localhost:1/h; exit 0"], "ends in success"),
        (["CMD-SHELL", "exit 0"], "always succeeds"),
        (["curl", "-f", "http://localhost:1/h"], "begins with 'curl'"),
        (["CMD"], "no command"),
        (["CMD-SHELL", "curl -f http://localhost:1/h || exit 1"], ""),
        (["CMD-SHELL", "curl -f http://localhost:$PORT/h || exit 1"], ""),
        (["CMD", "sh", "-c", "curl -f http://localhost:$PORT/h || exit 1"], ""),
        (["CMD", "/bin/bash", "-ec", "wget -q localhost:1 || exit 1"], ""),
        (["CMD", "python", "-c", "import re; re.match('^a$', 'a')"], ""),
        (["CMD-SHELL", "curl -f http://localhost:1/h", ""], ""),
    ],
)
def test_what_the_words_can_never_do(words: list[str], fault: str) -> None:
    said = probe(words, {}).fault
    assert fault in said if fault else not said


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["CMD-SHELL", "if curl -f http://localhost:81/y; then exit 0; else exit 1; fi"],
            (81, "/y", "curl", "localhost"),
        ),
        (["CMD-SHELL", "[ -f /ready ] && wget -qO- http://127.0.0.1:82/ > /dev/null"], (82, "/", "wget", "127.0.0.1")),
        (["CMD", "timeout", "3", "curl", "http://[::1]:83/z"], (83, "/z", "curl", "[::1]")),
        (["CMD", "sh", "-c", "exec curl http://localhost:$P/z"], (84, "/z", "curl", "localhost")),
        (["CMD", "curl", "http://localhost:$P/z"], (None, "", "curl", "")),
        (["CMD-SHELL", "curl http://localhost:$$P/z"], (None, "", "curl", "")),
        (["CMD-SHELL", "python", "-c", "u('http://127.0.0.1:85/z')"], (None, "", "python", "")),
    ],
)
def test_only_what_is_run_is_read(words: list[str], expected: tuple[int | None, str, str, str]) -> None:
    found = probe(words, {"P": "84"})
    assert (found.port, found.path, found.tool, found.host) == expected


@pytest.mark.parametrize("run", [" ", "{ ", "\t\n", "localhost:", "$("])
def test_a_long_run_costs_no_more_than_a_moment(run: str) -> None:
    started = time.process_time()
    probe(["CMD-SHELL", run * 10_000], {"PORT": "8005"})
    assert time.process_time() - started < 1.5
