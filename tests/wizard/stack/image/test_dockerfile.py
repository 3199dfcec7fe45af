"""Facts of Dockerfiles of every shape."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.rules.images import split_image
from wizard.stack.image.dockerfile import read_dockerfile
from wizard.values.facts.container import DockerfileFacts
from wizard.values.source import Source

DIGEST = "sha256:" + "a" * 64


def read(text: str, **files: str) -> DockerfileFacts:
    return read_dockerfile(dedent(text), "services/x/Dockerfile", files.get if files else None)


def last(lines: str, base: str = "python:3.11-slim") -> DockerfileFacts:
    return read(f"FROM {base}\n{lines}\n")


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("python:3.11-slim", ("python", "3.11-slim", "")),
        ("python", ("python", "", "")),
        (f"python:3.11@{DIGEST}", ("python", "3.11", DIGEST)),
        ("localhost:5000/team/python:3.11", ("localhost:5000/team/python", "3.11", "")),
        (f"localhost:5000/python@{DIGEST}", ("localhost:5000/python", "", DIGEST)),
    ],
)
def test_image_references(reference: str, parts: tuple[str, str, str]) -> None:
    assert split_image(reference) == parts


def test_stages_and_arguments_before_from() -> None:
    facts = read(
        f"""\
        # syntax=docker/dockerfile:1
        ARG VERSION=3.11
        ARG BASE=python:${{VERSION}}-slim@{DIGEST}
        FROM --platform=$BUILDPLATFORM $BASE AS build
        FROM build AS tests
        FROM scratch AS empty
        FROM Build
        """
    )
    assert [(b.image, b.tag, b.digest, b.alias, b.external) for b in facts.bases] == [
        ("python", "3.11-slim", DIGEST, "build", True),
        ("build", "", "", "tests", False),
        ("scratch", "", "", "empty", False),
        ("Build", "", "", "", False),
    ]
    assert facts.bases[0].raw == "$BASE"
    assert facts.bases[0].source.line == 4
    assert facts.bases[0].defined == Source("services/x/Dockerfile", 3)


def test_an_argument_without_default_stays_as_written() -> None:
    facts = read("ARG BASE\nFROM ${BASE}\n")
    assert facts.bases[0].image == "${BASE}" and facts.bases[0].external
    assert not facts.tools_known


def test_the_last_stage_counts_and_inherits_from_its_parent() -> None:
    facts = read(
        """\
        FROM python:3.11-slim AS base
        ENV PORT=8005
        USER 10001
        EXPOSE 8005
        HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8005/health')"]
        CMD ["python", "-m", "x"]
        FROM node:20 AS assets
        USER node
        EXPOSE 3000
        FROM base
        WORKDIR /app
        """
    )
    assert facts.user is not None and facts.user.value == "10001" and facts.user.source.line == 3
    assert [fact.value for fact in facts.expose] == [8005]
    assert facts.healthcheck is not None and facts.healthcheck.port == 8005
    assert facts.command is not None and facts.command.value == ("python", "-m", "x")
    assert "curl" not in facts.tools


@pytest.mark.parametrize(
    ("run", "users"),
    [
        ("useradd -m -u 1000 app", [("app", 1000)]),
        ("useradd --create-home --uid=1000 app", [("app", 1000)]),
        ("groupadd -g 1 g && useradd -rm -d /home/app -s /bin/bash -g g -u 1000 app", [("app", 1000)]),
        ("useradd -mu 1000 app && chown -R app /app", [("app", 1000)]),
        ("addgroup --system g && adduser --system --ingroup g --uid 1000 app", [("app", 1000)]),
        ("adduser --disabled-password --gecos '' app", [("app", None)]),
        ("adduser -S -D -H -u 1000 -G g app", [("app", 1000)]),
        ("addgroup -S g && adduser -S app -G g", [("app", None)]),
        ("adduser app g", [("app", None)]),
        ("set -eux; useradd app; su app", [("app", None)]),
        ("/usr/sbin/useradd --no-log-init app", [("app", None)]),
        ("echo 'app:x:1000:1000::/:/bin/sh' >> /etc/passwd", [("app", 1000)]),
        ("useradd -u ${APP_UID} app", [("app", 1234)]),
        ("groupadd app", []),
        ("pip install useradd", []),
    ],
)
def test_users_made(run: str, users: list[tuple[str, int | None]]) -> None:
    assert list(last(f"ARG APP_UID=1234\nRUN {run}").created_users) == users


def test_users_of_an_earlier_stage_and_of_heredocs() -> None:
    facts = read(
        """\
        FROM python:3.11-slim AS build
        RUN <<EOF
        set -e
        useradd -u 42 worker
        EOF
        FROM scratch
        COPY --from=build /etc/passwd /etc/passwd
        USER worker
        """
    )
    assert facts.created_users == (("worker", 42),)
    assert facts.user is not None and facts.user.value == "worker"


def test_user_with_group_and_variable() -> None:
    facts = last("ARG UID=10001\nENV GID=10002\nUSER ${UID}:${GID}")
    assert facts.user is not None and facts.user.value == "10001:10002"


@pytest.mark.parametrize(
    ("line", "test", "port", "path", "tool"),
    [
        ("CMD curl -f http://localhost:8005/health || exit 1", "CMD-SHELL", 8005, "/health", "curl"),
        ('CMD ["curl", "-f", "http://localhost:8005/health"]', "CMD", 8005, "/health", "curl"),
        ("--interval=30s CMD wget -qO- http://127.0.0.1:$PORT/h", "CMD-SHELL", 9000, "/h", "wget"),
        (
            "CMD python -c \"import socket; socket.create_connection(('localhost', 8005))\"",
            "CMD-SHELL",
            8005,
            "",
            "python",
        ),
    ],
)
def test_health_checks(line: str, test: str, port: int, path: str, tool: str) -> None:
    check = last(f"ENV PORT=9000\nHEALTHCHECK {line}").healthcheck
    assert check is not None
    assert (check.test[0], check.port, check.path, check.tool, check.disabled) == (test, port, path, tool, False)
    assert check.source.line == 3


def test_health_check_options_and_none() -> None:
    options = last("HEALTHCHECK --interval=30s --start-period=5s \\\n  --retries=3 CMD true").healthcheck
    assert options is not None and options.keys == ("interval", "start_period", "retries")
    none = last("HEALTHCHECK NONE").healthcheck
    assert none is not None and none.disabled and none.test == ("NONE",)
    broken = last("HEALTHCHECK --interval=3s")
    assert broken.healthcheck is None and broken.problems[0].source.line == 2


def test_a_health_check_by_script_probes_what_the_script_probes() -> None:
    script = "#!/bin/sh\ncurl -fs http://localhost:8005/healthz > /dev/null\n"
    text = 'FROM python:3.11-slim\nHEALTHCHECK CMD ["/usr/local/bin/healthcheck.sh"]\n'
    facts = read_dockerfile(text, "services/x/Dockerfile", {"services/x/healthcheck.sh": script}.get)
    assert facts.healthcheck is not None
    assert (facts.healthcheck.port, facts.healthcheck.path) == (8005, "/healthz")
    without = read_dockerfile(text, "services/x/Dockerfile", lambda path: None)
    assert without.healthcheck is not None and without.healthcheck.port is None


def test_a_health_check_by_module() -> None:
    text = 'FROM python:3.11-slim\nHEALTHCHECK CMD ["python", "-m", "app.health"]\n'
    module = "import urllib.request as u\nu.urlopen('http://127.0.0.1:8005/live')\n"
    facts = read_dockerfile(text, "x/Dockerfile", {"x/app/health.py": module}.get)
    assert facts.healthcheck is not None and (facts.healthcheck.port, facts.healthcheck.path) == (8005, "/live")


def test_a_health_check_by_a_script_written_in_the_dockerfile() -> None:
    facts = last(
        'COPY --chmod=755 <<-"SCRIPT" /healthcheck.sh\n\t#!/bin/sh\n'
        '\texec curl -fsS "http://localhost:${API_PORT:-5080}/health"\n\tSCRIPT\nHEALTHCHECK CMD /healthcheck.sh'
    )
    assert facts.healthcheck is not None and (facts.healthcheck.port, facts.healthcheck.path) == (5080, "/health")
    assert facts.copies == ()


@pytest.mark.parametrize(
    "script",
    [
        'port = os.environ.get("X_PORT", "9001")\nurlopen(f"http://127.0.0.1:{port}/health")\n',
        'PORT="${X_PORT:-9001}"\ncurl "http://localhost:$PORT/health"\n',
        "PORT=9001\ncurl http://localhost:${PORT}/health\n",
    ],
)
def test_a_scripts_own_variables(script: str) -> None:
    text = "FROM python:3.11-slim\nENV Y=1\nHEALTHCHECK CMD /healthcheck.sh\n"
    facts = read_dockerfile(text, "x/Dockerfile", {"x/healthcheck.sh": script}.get)
    assert facts.healthcheck is not None and (facts.healthcheck.port, facts.healthcheck.path) == (9001, "/health")
    set_outside = read_dockerfile(text.replace("Y=1", "X_PORT=9002"), "x/Dockerfile", {"x/healthcheck.sh": script}.get)
    assert set_outside.healthcheck is not None
    assert set_outside.healthcheck.port == (9001 if "PORT=9001" in script else 9002)


def test_commands_in_both_forms() -> None:
    shell = last("CMD python -m x")
    assert shell.command is not None and shell.command.value == ("python -m x",) and shell.shell_form
    assert shell.end_user_line == 2
    both = last('ENTRYPOINT ["tini", "--"]\nCMD ["python", "-m", "x"]')
    assert not both.shell_form and both.end_user_line == 2
    assert both.entrypoint is not None and both.entrypoint.value == ("tini", "--")
    assert last("RUN true").end_user_line == 0


def test_a_new_entrypoint_drops_the_inherited_command() -> None:
    facts = read('FROM python:3.11 AS a\nCMD ["x"]\nFROM a\nENTRYPOINT ["y"]\n')
    assert facts.command is None


def test_ports_ranges_and_variables() -> None:
    facts = last("ARG A=8005\nEXPOSE $A 9000-9002/tcp 53/udp\nEXPOSE http")
    assert [fact.value for fact in facts.expose] == [8005, 9000, 9001, 9002, 53]
    assert "http" in facts.problems[0].message


def test_copies_workdir_and_env() -> None:
    facts = last(
        'WORKDIR /app\nWORKDIR x\nCOPY --chown=1:1 a.py b/ ./\nCOPY ["c d", "/"]\nADD https://x.y/z .\n'
        'COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/\nENV A=1 B="x y"\nENV C some value'
    )
    assert facts.workdir is not None and facts.workdir.value == "/app/x"
    assert [fact.value for fact in facts.copies] == ["a.py", "b/", "c d"]
    assert [(name, value) for name, value, _ in facts.env] == [("A", "1"), ("B", "x y"), ("C", "some value")]
    assert "uv" in facts.tools


@pytest.mark.parametrize(
    ("base", "has", "has_not"),
    [
        ("python:3.11-slim", {"python", "bash"}, {"curl", "wget"}),
        ("python:3.11", {"python", "curl", "wget"}, set()),
        ("python:3.12-alpine", {"python", "wget", "sh"}, {"curl", "bash"}),
        ("debian:12-slim", {"bash"}, {"python", "curl"}),
        ("gcr.io/distroless/python3-debian12", {"python"}, {"sh", "curl"}),
        ("scratch", set(), {"sh", "python"}),
    ],
)
def test_programs_of_known_bases(base: str, has: set[str], has_not: set[str]) -> None:
    facts = last("RUN true" if base != "scratch" else "COPY a /", base)
    assert facts.tools_known
    assert has <= set(facts.tools) and not has_not & set(facts.tools)


def test_programs_of_an_unknown_base_are_unknown() -> None:
    facts = last("RUN true", "registry.example.org/team/python-base:7")
    assert "python" in facts.tools and not facts.tools_known


@pytest.mark.parametrize(
    ("run", "has", "has_not"),
    [
        (
            "apt-get update && apt-get install -y --no-install-recommends curl=7.88* \\\n  netcat-openbsd",
            {"curl", "nc"},
            set(),
        ),
        ("apk add --no-cache curl~=8 postgresql-client", {"curl", "psql", "pg_isready"}, set()),
        ("microdnf install -y python3", {"python"}, set()),
        ("apt-get install -y curl && curl -O x && apt-get purge -y curl", set(), {"curl"}),
        ("pip install curl", set(), {"curl"}),
    ],
)
def test_programs_installed(run: str, has: set[str], has_not: set[str]) -> None:
    tools = set(last(f"RUN {run}", "debian:12").tools)
    assert has <= tools and not has_not & tools


def test_what_a_build_stage_installs_is_not_in_the_last() -> None:
    facts = read(
        "FROM python:3.11-slim AS b\nRUN apt-get install -y curl\nFROM python:3.11-slim\nCOPY --from=b /venv /venv\n"
    )
    assert "curl" not in facts.tools


def test_the_escape_directive() -> None:
    facts = read("# escape=`\nFROM python:3.11-slim\nRUN useradd `\n  -u 5 app\nUSER app\n")
    assert facts.escape == "`" and facts.created_users == (("app", 5),)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("FROM python\nINSTALL x\n", 2, "INSTALL"),
        ("FROM python\nRUN <<EOF\nx\n", 2, "EOF"),
        ("# nothing\n", 0, "no FROM"),
        ("", 0, "no FROM"),
    ],
)
def test_what_cannot_be_read_is_a_problem(text: str, line: int, words: str) -> None:
    (problem,) = read(text).problems
    assert (problem.source.line, words in problem.message) == (line, True)


LINES = st.sampled_from(
    [
        *(
            "FROM python:3.11 AS a",
            "FROM a",
            "FROM $X",
            "ARG X=python",
            "USER $U",
            "EXPOSE 1-99999",
            'CMD ["x", 1]',
            "CMD [",
        ),
        *(
            "RUN useradd",
            "RUN useradd -u",
            "RUN apt-get install",
            "RUN <<E\nuseradd x\nE",
            "HEALTHCHECK",
            "HEALTHCHECK CMD",
        ),
        *(
            "ENV",
            "ENV A",
            "COPY a",
            "COPY",
            "WORKDIR",
            "RUN 'open",
            "ENTRYPOINT x \\",
            "ONBUILD RUN x",
            "LABEL a=b",
            "\\",
        ),
    ]
)


@given(st.lists(LINES, max_size=10))
def test_any_dockerfile_is_read(lines: list[str]) -> None:
    read_dockerfile("\n".join(lines), "Dockerfile")
