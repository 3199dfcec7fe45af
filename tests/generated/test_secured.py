"""A generated service on secured servers: TLS with a CA of one's own, an ACL user, and passwords that change."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.generated.lab import servers
from tests.generated.stack import SPECS, written
from tests.generated.work import Work, tls

pytestmark = pytest.mark.embedded
SERVER = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for this machine, which is its own authority, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: no certificate to test with")
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "server.pem", folder / "server.key"
    made = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-out",
        str(files[0]),
        "-keyout",
        str(files[1]),
    ]
    subprocess.run([openssl, *made, *SERVER], check=True, capture_output=True)
    return files


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    """The service beside servers that know a user for it alone, with passwords in the secret files."""
    folder = tmp_path_factory.mktemp("secured")
    with servers(folder) as lab:
        written(SPECS["plain"], lab.root)
        made = Work(lab)
        made.apply_schema()
        made.sql("CREATE ROLE app LOGIN PASSWORD 'first'")
        made.sql(f"GRANT INSERT, SELECT ON {made.table} TO app")
        acl(made, "on", ">first", "~*", "&*", "+@all")
        secrets(made, "first")
        yield made


def acl(work: Work, *rules: str) -> None:
    """Says what the service's user of Redis may do."""
    with closing(work.redis()) as client:
        client.execute_command("ACL", "SETUSER", "app", *rules)  # type: ignore[no-untyped-call]


def secrets(work: Work, password: str) -> None:
    """Writes the secret files."""
    for name in ("redis_password", "postgres_password"):
        (work.lab.folder / name).write_text(password + "\n")


def users(work: Work) -> set[str]:
    """As whom the service is connected to Redis."""
    with closing(work.redis()) as client:
        return {each["user"] for each in client.client_list() if each["name"] == "signals"}


def test_it_speaks_tls_as_a_user_of_its_own_and_takes_a_changed_password(
    work: Work, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    pg = work.lab.postgres.endpoint
    with ExitStack() as stack:
        ports = {
            "SIGNALS_REDIS_PORT": str(stack.enter_context(tls(work.lab.redis.endpoint.port, *certificate))),
            "SIGNALS_POSTGRES_PORT": str(stack.enter_context(tls(pg.port, *certificate, postgres=True))),
        }
        user = {"SIGNALS_REDIS_USER": "app", "SIGNALS_POSTGRES_USER": "app"}
        safe = {"SIGNALS_REDIS_TLS": "true", "SIGNALS_POSTGRES_SSLMODE": "verify-full"}
        known = {"SSL_CERT_FILE": str(certificate[0]), "PGSSLROOTCERT": str(certificate[0])}
        work.lab.start("signals.service", "SIGNALS", **ports, **user, **safe, **known)
        assert work.lab.until(200)["dependencies"] == {"redis": "ok", "postgres": "ok"}
        work.send(100)
        work.until(lambda: work.rows() == 100 and work.metric("messages_published_total") == 100)
        assert users(work) == {"app"}

        acl(work, "resetpass", ">second")
        work.sql("ALTER ROLE app PASSWORD 'second'")
        work.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'")
        with closing(work.redis()) as client:
            client.client_kill_filter(user="app")
        down = str(work.lab.until(503)["dependencies"])
        work.until(lambda: "password" in str(work.lab.health()))
        secrets(work, "second")
        work.until(lambda: sum("subscribed to" in line for line in work.lab.lines) == 2)
        assert work.lab.until(200)["dependencies"] == {"redis": "ok", "postgres": "ok"}, down
        work.send(100)
        work.until(lambda: work.rows() == 200)
        assert work.lab.stop() == 0
        said = "".join(work.lab.lines)
        assert "first" not in said.replace("first_", "")
        assert "second" not in said

        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        monkeypatch.delenv("PGSSLROOTCERT", raising=False)
        work.lab.start("signals.service", "SIGNALS", **ports, **user, **safe)
        work.until(lambda: "certificate" in str(work.lab.health()))
        assert users(work) == set(), "a server whose certificate nobody vouches for is not spoken to"
        assert work.lab.stop() == 0
