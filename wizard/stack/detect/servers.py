"""The stack's Redis and PostgreSQL: by image, then by name, then by port."""

from __future__ import annotations

import re

from wizard.rules.secrets import is_secret, secret_files
from wizard.stack.survey import Findings
from wizard.values.facts.compose import ComposeModel, ComposeService
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern
from wizard.values.profile import ServerProfile
from wizard.values.source import Source

_BESIDE = lazy_pattern(
    r"exporter|insight|commander|admin|backup|sentinel|pgbouncer|pgpool|postgrest|proxy|ui\b|web\b|migrat|init\b|dump|gui"
)


@dataclass(frozen=True, slots=True)
class _Kind:
    field: str
    image: re.Pattern[str]
    name: re.Pattern[str]
    port: int


REDIS = _Kind(
    "redis",
    lazy_pattern(
        r"(?:^|/)(?:redis|valkey|keydb|dragonfly|redis-stack|redis-stack-server|redis-cluster|redismod|redict)(?:[:@]|$)"
    ),
    lazy_pattern(r"redis|valkey|keydb|dragonfly"),
    6379,
)
POSTGRES = _Kind(
    "postgres",
    lazy_pattern(
        r"(?:^|/)(?:postgres|postgresql|timescaledb|timescaledb-ha|timescale|postgis|pgvector|citus|paradedb|supabase-postgres)"
        r"(?:[:@]|$)"
    ),
    lazy_pattern(r"postgres|timescale|\bpg\b|(?:^|[_-])(?:db|database|psql)$"),
    5432,
)


def detect_servers(model: ComposeModel, findings: Findings) -> None:
    """Fills `redis` and `postgres`."""
    for kind in (REDIS, POSTGRES):
        ranked = _ranked(model, kind)
        if not ranked:
            findings.say(kind.field, ServerProfile(), f"no service runs {kind.field} by image, name or port")
            continue
        rank, service, why = ranked[0]
        rivals = [other for other in ranked[1:] if other[0] == rank]
        profile = _redis(service) if kind is REDIS else _postgres(service)
        others = ", ".join(other[1].key for other in rivals)
        words = f"{why} (a guess: {others}, too)" if others else str(why)
        findings.say(kind.field, profile, words, unsure=bool(rivals) or rank > 1)


def server_key(model: ComposeModel, kind: _Kind) -> str:
    """Returns the compose key of the server, '' without one."""
    ranked = _ranked(model, kind)
    return ranked[0][1].key if ranked else ""


def _ranked(model: ComposeModel, kind: _Kind) -> list[tuple[int, ComposeService, Source]]:
    found: list[tuple[int, int, str, ComposeService, Source]] = []
    for service in model.services:
        evidence = _evidence(service, kind)
        if evidence is None or _BESIDE.search(service.key.lower()):
            continue
        users = sum(1 for other in model.services for need in other.depends_on if need.service == service.key)
        found.append((evidence[0], -users, service.key, service, evidence[1]))
    found.sort(key=lambda item: item[:3])
    return [(rank, service, source) for rank, _, _, service, source in found]


def _evidence(service: ComposeService, kind: _Kind) -> tuple[int, Source] | None:
    image = service.image.value.lower() if service.image else ""
    if service.image and kind.image.search(image) and not _BESIDE.search(image.rpartition("/")[2].partition(":")[0]):
        return 0, service.image.source
    if kind.name.search(service.key.lower()) and _could_be(service, image):
        return 1, service.declared[0]
    for port in service.ports:
        if port.target == kind.port:
            return 2, port.source
    return next(((2, fact.source) for fact in service.expose if fact.value == kind.port), None)


def _could_be(service: ComposeService, image: str) -> bool:
    """A service with another well-known image is not the server that its name mentions."""
    if service.build is not None or not image:
        return True
    return not re.search(r"mysql|mariadb|mongo|exporter|admin|insight|commander|elastic|influx|clickhouse", image)


def _redis(service: ComposeService) -> ServerProfile:
    words = [
        *(service.command.value if service.command else ()),
        *(service.entrypoint.value if service.entrypoint else ()),
    ]
    match = re.search(r"--port[ =](\d+)", " ".join(words))
    return ServerProfile(service.key, _port(service, int(match[1]) if match else 6379), secret=_secret(service, words))


def _postgres(service: ComposeService) -> ServerProfile:
    env = {entry.name: entry.value or "" for entry in service.environment}
    words = list(service.command.value if service.command else ())
    user = env.get("POSTGRES_USER") or env.get("POSTGRESQL_USERNAME") or env.get("PGUSER") or "postgres"
    database = env.get("POSTGRES_DB") or env.get("POSTGRESQL_DATABASE") or env.get("PGDATABASE") or user
    match = re.search(r"-p[ =]?(\d{4,5})|port[ =](\d{4,5})", " ".join(words))
    port = int(match[1] or match[2]) if match else int(env["PGPORT"]) if env.get("PGPORT", "").isdigit() else 5432
    files = [env.get(name, "") for name in ("POSTGRES_PASSWORD_FILE", "POSTGRESQL_PASSWORD_FILE")]
    return ServerProfile(service.key, _port(service, port), user, database, _secret(service, files))


def _port(service: ComposeService, usual: int) -> int:
    """The port inside the network: what is published or exposed when only one is and it is not the usual one."""
    targets = {port.target for port in service.ports} | {fact.value for fact in service.expose}
    return targets.pop() if len(targets) == 1 and usual not in targets else usual


def _secret(service: ComposeService, texts: list[str]) -> str:
    """The secret with the password: named in a command or a `…_FILE` variable, else the only one with such a name."""
    names = [fact.value for fact in service.secrets]
    health = " ".join(service.healthcheck.test) if service.healthcheck else ""
    for file in (file for text in (*texts, health) for file in secret_files(text)):
        return file
    telling = [name for name in names if is_secret(name)]
    return telling[0] if len(telling) == 1 else names[0] if len(names) == 1 else ""
