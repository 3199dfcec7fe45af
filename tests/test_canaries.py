"""Secrets planted wherever one can stand are found in nothing that is printed, written, committed or started."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]
Git = Callable[..., str]
Planted = dict[str, str]
COMMANDS = (
    ("check",),
    ("check", "market", "-v"),
    ("check", "--format", "json"),
    ("check", "--format", "sarif"),
    ("check", "--format", "junit"),
    ("check", "--format", "markdown"),
    ("check", "--format", "github"),
    ("check", "--format", "gitlab"),
    ("map",),
    *(("map", "--format", form) for form in ("json", "mermaid", "dot", "svg")),
    *(("map", name, "--format", "asyncapi") for name in ("core", "regime", "market")),
    ("report", "--output", "-"),
    ("templates", "copy", "docs/readme.md"),
    ("ports",),
    ("ports", "--format", "json"),
    ("status",),
    ("status", "--format", "json"),
    ("status", "--format", "markdown"),
    ("run", "market", "--print-answers"),
    ("run", "market", "--yes", "--dry-run"),
    ("run", "sentiment", "--yes", "--dry-run"),
    ("run", "market", "--yes", "--no-live", "-v", "--phase", "1..6"),
    ("waive", "market", "3.5", "--reason", "x"),
    ("check", "--write-baseline"),
    ("check", "--baseline", "--format", "gitlab"),
    ("check", "--changed", "HEAD~1", "--format", "github"),
    ("report", "--output", "-"),
    ("undo", "market"),
    ("init",),
)


def _append(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + text)


@pytest.fixture
def planted(demo: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> Planted:
    """Place -> the secret there: different ones, so that a find says where it is from."""
    made: Planted = {}

    def canary(place: str) -> str:
        made[place] = f"c4nary{len(made):02}Zq8Wf{len(made):02}x"
        return made[place]

    compose, service = demo / "infrastructure/compose", demo / "services/market"
    for path in sorted(compose.glob("*.yml")):
        lines = path.read_text().split("\n")
        out: list[str] = []
        for line, following in zip(lines, [*lines[1:], ""], strict=True):
            out.append(line)
            if line.strip() == "environment:" and following.strip()[:1] not in ("-", "#", ""):
                pad = " " * (len(following) - len(following.lstrip()))
                out.append(f"{pad}STRIPE_API_KEY: {canary(f'{path.name}, value')}")
                out.append(f"{pad}QUEUE_URL: amqp://app:{canary(f'{path.name}, URL')}@rabbit/")
                out += [f"{pad}TLS_PRIVATE_KEY: |", f"{pad}  {canary(f'{path.name}, block')}"]
                out += [f'{pad}SIGNING_KEY: "begin', f'{pad}  {canary(f"{path.name}, long quote")}"']
                out.append(f"{pad}ADMIN_PASSWORD: ${{ADMIN_PASSWORD:-{canary(f'{path.name}, default')}}}")
        path.write_text("\n".join(out))
    _append(demo / ".env", f"REDIS_PASSWORD={canary('.env')}\n")
    _append(
        service / "settings.py", f'API_TOKEN = "{canary("code")}"\nDSN = "postgres://a:{canary("code, URL")}@db/x"\n'
    )
    _append(demo / "services/regime/models.py", f'    api_token: str = "{canary("default of an event")}"\n')
    _append(service / "Dockerfile", f"ENV DB_PASSWORD={canary('Dockerfile')}\n")
    _append(service / "requirements.txt", f"# --extra-index-url https://u:{canary('requirements')}@pip.example.org/\n")
    _append(service / "README.md", f"\nConnect with redis://:{canary('README')}@redis:6379\n")
    _append(service / "README.md", f"\n    localhost:5432:db:app:{canary('pgpass')}\n")
    _append(service / "README.md", f"\n    //npm.example.org/:_authToken={canary('npmrc')}\n")
    _append(service / "README.md", f"\n    machine example.org login ada password {canary('netrc')}\n")
    key = f"-----BEGIN PRIVATE KEY-----\nMIIB{canary('key')}\n-----END PRIVATE KEY-----"
    _append(service / "README.md", f"\n```\n{key}\n```\n")
    _append(demo / "DOCKER_STACK_RUNBOOK.md", f"\n```\n{key}\n```\n")
    _append(demo / "secrets/redis_password.txt", canary("secret file"))
    _append(demo / "database/schema.sql", f"\n-- CREATE ROLE app PASSWORD '{canary('SQL')}';\n")
    git("add", "-A", "-f")
    git("commit", "-q", "-m", "planted")
    git("remote", "add", "origin", f"https://ada:{canary('remote')}@git.example.org/x.git")
    monkeypatch.setenv("PGPASSWORD", canary("environment"))
    return made


def test_nothing_that_is_planted_comes_out(
    planted: Planted, demo: Path, wizard: Wizard, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / "cache"))
    started: list[str] = []
    begin = subprocess.Popen.__init__

    def noted(self: Any, args: Any, *rest: Any, **named: Any) -> None:
        own = {k: v for k, v in (named.get("env") or {}).items() if k != "PGPASSWORD"}  # the engineer's own, as by hand
        started.append(f"{args} {own}")
        begin(self, args, *rest, **named)

    monkeypatch.setattr(subprocess.Popen, "__init__", noted)
    start = git("rev-parse", "HEAD").strip()
    found: list[str] = []
    for words in COMMANDS:
        said = wizard(*words)
        assert said.code in (0, 1), said.err
        found += _in(planted, said.out + said.err, f"printed by {' '.join(words)}")
    found += _in(planted, "\n".join(started), "given to what was started")
    for path in [*(tmp_path / "home").rglob("*"), *(demo / ".git" / "stack-wizard").rglob("*")]:
        found += _in(planted, path.read_bytes().decode("latin-1"), str(path)) if path.is_file() else []
    for place, secret in planted.items():
        before, after = (
            git("grep", "-c", "-e", secret, commit) if _has(demo, secret, commit) else "" for commit in (start, "HEAD")
        )
        if len(before.split()) != len(after.split()):
            found.append(f"{place}: committed to other files")
    found += _in(planted, git("log", "--format=%B", f"{start}..HEAD"), "in a message")
    assert len(planted) > 12 and len(started) > 20
    assert found == []


def _has(demo: Path, secret: str, commit: str) -> bool:
    return subprocess.run(["git", "-C", demo, "grep", "-q", "-e", secret, commit], check=False).returncode == 0


def _in(planted: Planted, text: str, where: str) -> list[str]:
    return [f"{place}: {where}" for place, secret in planted.items() if secret in text]
