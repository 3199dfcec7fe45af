"""Real Valkey and PostgreSQL with passwords, and a generated service as a process beside them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from wizard.runtime.embedded.servers import PostgresServer, RedisServer
from wizard.runtime.process import Scratch, free_port
from wizard.values.live import Limits
from wizard.values.profile import ServerProfile


@dataclass
class Lab:
    """The real servers, and the generated service as a process."""

    root: Path
    redis: RedisServer
    postgres: PostgresServer
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None
    lines: list[str] = field(default_factory=list)
    reader: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, prefix: str) -> dict[str, str]:
        """What compose would set."""
        pg = self.postgres.endpoint
        settings = {
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "REDIS_HOST": "127.0.0.1",
            "REDIS_PORT": str(self.redis.endpoint.port),
            "POSTGRES_HOST": pg.host,
            "POSTGRES_PORT": str(pg.port),
            "POSTGRES_USER": pg.user,
            "POSTGRES_DB": pg.database,
            "SECRETS_DIR": str(self.folder),
        }
        named = {f"{prefix}_{name}": value for name, value in settings.items()}
        return {**os.environ, "PYTHONPATH": str(self.root / "services"), "PYTHONUNBUFFERED": "1", **named}

    def test_environment(self) -> dict[str, str]:
        """What the generated integration and end-to-end tests take."""
        redis, pg = self.redis.endpoint, self.postgres.endpoint
        return {
            **os.environ,
            "STACK_REDIS_URL": f"redis://:{redis.password}@127.0.0.1:{redis.port}/0",
            "STACK_POSTGRES_DSN": f"postgresql://{pg.user}:{pg.password}@{pg.host}:{pg.port}/{pg.database}",
            "STACK_SERVICE_URL": self.url,
        }

    def start(self, module: str, prefix: str, *arguments: str, **more: str) -> None:
        """Start the service and keep what it logs."""
        words = [sys.executable, "-m", module, *arguments]
        self.process = subprocess.Popen(
            words,
            cwd=self.root,
            env=self.environment(prefix) | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self.reader.start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            self.lines.extend(process.stdout)

    def ended(self, seconds: float = 40.0) -> int:
        """Wait for the end of the process and of its output; returns the exit code."""
        assert self.process is not None
        assert self.reader is not None
        code = self.process.wait(seconds)
        self.reader.join(seconds)
        return code

    def health(self) -> tuple[int, dict[str, object]]:
        """Status and body of /health; status 0 when nobody answers."""
        try:
            with urllib.request.urlopen(  # noqa: S310
                self.url + "/health", timeout=6
            ) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except OSError:
            return 0, {}

    def until(self, code: int, seconds: float = 60.0) -> dict[str, object]:
        """The body of the first /health answer with this status."""
        pause, tries = threading.Event(), int(seconds / 0.1)
        seen: tuple[int, dict[str, object]] = (0, {})
        for _ in range(tries):
            seen = self.health()
            if seen[0] == code:
                return seen[1]
            pause.wait(0.1)
        raise AssertionError(f"no {code} within {seconds} s, last {seen}\n{''.join(self.lines[-20:])}")

    def pytest(self, folder: str) -> str:
        """Run generated tests against all this; returns pytest's output."""
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:asyncio", folder],
            cwd=self.root,
            env=self.test_environment(),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.ended()


@contextmanager
def servers(folder: Path) -> Iterator[Lab]:
    """Yields real Valkey and PostgreSQL with passwords, and a folder with the secret files."""
    scratch = Scratch()
    redis = RedisServer(scratch, Limits(), lambda: False, guarded=True)
    postgres = PostgresServer(
        scratch, ServerProfile("pg", user="trader", database="trading", secret="p"), Limits(), lambda: False
    )
    secrets = folder / "secrets"
    secrets.mkdir()
    made = Lab(folder / "stack", redis, postgres, secrets)
    try:
        redis.start()
        postgres.start()
        (secrets / "redis_password").write_text(redis.endpoint.password + "\n")
        (secrets / "postgres_password").write_text(postgres.endpoint.password + "\n")
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.process.kill()
            made.ended()
        scratch.close()
