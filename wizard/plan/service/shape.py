"""What templates and splicers need, derived from spec, profile and facts: names, models, environment, dependencies."""

from __future__ import annotations

import posixpath
import re

from wizard.plan.compose.house_style import container_name
from wizard.rules.pythons import base_for_new
from wizard.rules.variables import own_prefix
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.lean import dataclass
from wizard.values.profile import Profile
from wizard.values.spec import Channel, EventField, ServiceSpec, Table, Variable

_FOUND = {
    files
    for ending in ("yml", "yaml")
    for stem in ("compose", "docker-compose")
    for files in ((f"{stem}.{ending}",), (f"{stem}.{ending}", f"{stem}.override.{ending}"))
}
RESERVED_FIELDS = ("id", "time")
LONGEST_CLASS = 40


@dataclass(frozen=True, slots=True)
class EventModel:
    """One event class of the generated `models.py`. `fields` leaves out `id` and `time`, which every event has."""

    name: str
    channel: str
    fields: tuple[EventField, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable of the compose `environment`: full name and the value, not quoted. `raw`: the text to write instead,
    with variables that Compose fills in."""

    name: str
    value: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Dependency:
    """One entry of `depends_on`. `condition`: service_healthy where that service has a health check,
    else service_started. `optional`: it is only there in a profile, without which Compose would refuse the files."""

    key: str
    condition: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """Shared template variables; each field is a variable of the same name in every template.

    `package`: import name of the service (equals `name`). `dot`: `.` for a package, empty for a flat service.
    `build_context`: path from the compose project's directory to the folder that the Dockerfile's COPY lines are
    written for, `build_file`: from there to the Dockerfile. `container_name`: what the other services' names make of
    the key, or ''.
    `uses_redis`: it has channels, or its code asks Redis; without, nothing of Redis is written for it.
    `environment`: what compose sets, agreeing with `config.py` both ways; `secrets`: compose secret names to mount.
    `secret_variables`: those of them whose source is a variable of Compose's environment, secret -> variable.
    `role`: the database role that its statements run as, '' for the one that connects; `rights`: what its code needs on
    its tables.
    `streams`: its events travel on Redis streams, not by pub/sub.
    `models_in` / `models_out`: event classes; a channel that is input and output alike shares one class.
    """

    name: str
    title: str
    purpose: str
    port: int
    key: str
    env_prefix: str
    folder: str
    dot: str
    handler: str
    models_in: tuple[EventModel, ...]
    models_out: tuple[EventModel, ...]
    models: tuple[EventModel, ...]
    tables: tuple[Table, ...]
    role: str
    rights: str
    streams: bool
    variables: tuple[Variable, ...]
    environment: tuple[Setting, ...]
    secrets: tuple[str, ...]
    secret_variables: tuple[tuple[str, str], ...]
    dependencies: tuple[Dependency, ...]
    build_context: str
    build_file: str
    container_name: str
    network: str
    base_image: str
    bind: str
    uses_redis: bool
    redis_host: str
    redis_port: int
    redis_secret: str
    postgres_host: str
    postgres_port: int
    postgres_user: str
    postgres_db: str
    postgres_secret: str
    compose_command: str
    redis_cli: str
    schema_file: str
    tests_unit: str
    tests_integration: str
    tests_e2e: str


def make_shape(facts: StackFacts, service: ServiceFacts | None, spec: ServiceSpec) -> Shape:
    """Derives the shape. Pure; raises nothing."""
    profile = facts.profile
    prefix = own_prefix(spec.name)
    models_in, models_out = event_models(spec)
    redis, postgres = profile.redis, profile.postgres
    uses_redis = asks_redis(service, spec)
    redis_secret = facts.secret_of("redis") if uses_redis else ""
    postgres_secret = facts.secret_of("postgres")
    folder = (service.folder if service else "") or posixpath.join(profile.services_dir, spec.name)
    context, dockerfile = _build(service, folder)
    return Shape(
        name=spec.name,
        title=spec.name.replace("_", " ").title(),
        purpose=" ".join(spec.purpose.split()),
        port=spec.port,
        key=compose_key(facts, service, spec),
        env_prefix=prefix,
        folder=folder,
        dot="." if service is None or service.dotted else "",
        handler=spec.handler,
        models_in=models_in,
        models_out=models_out,
        models=tuple(dict.fromkeys((*models_in, *models_out))),
        tables=spec.tables,
        role=spec.name if spec.own_role and spec.tables else "",
        rights="INSERT, SELECT (event_id)" if models_in or models_out else "SELECT, INSERT, UPDATE, DELETE",
        streams=spec.delivery == "at-least-once",
        variables=spec.variables,
        environment=environment(facts, spec, uses_redis),
        secrets=tuple(dict.fromkeys(s for s in (redis_secret, postgres_secret if spec.tables else "") if s)),
        secret_variables=_secret_variables(facts),
        dependencies=dependencies(facts, spec, uses_redis),
        build_context=from_project(facts, context),
        build_file=posixpath.relpath(dockerfile, context or "."),
        container_name=container_name(facts, compose_key(facts, service, spec)),
        network=profile.network,
        base_image=spec.base_image or base_for_new(profile.base_image),
        bind=profile.bind,
        uses_redis=uses_redis,
        redis_host=redis.service or "redis",
        redis_port=redis.port or 6379,
        redis_secret=redis_secret,
        postgres_host=postgres.service or "postgres",
        postgres_port=postgres.port or 5432,
        postgres_user=postgres.user or "postgres",
        postgres_db=postgres.database or "postgres",
        postgres_secret=postgres_secret,
        compose_command=compose_command(profile),
        redis_cli=_redis_cli(facts),
        schema_file=profile.schema_file,
        tests_unit=profile.tests_unit,
        tests_integration=profile.tests_integration,
        tests_e2e=profile.tests_e2e,
    )


def asks_redis(service: ServiceFacts | None, spec: ServiceSpec) -> bool:
    """Tells whether the service has channels, or its code uses Redis whatever for."""
    if spec.inputs or spec.outputs:
        return True
    files = service.code if service else ()
    drivers = ("redis", "valkey", "aioredis")
    imported = any(fact.value.split(".")[0] in drivers for file in files for fact in file.imports)
    return imported or any(file.redis for file in files)


def _secret_variables(facts: StackFacts) -> tuple[tuple[str, str], ...]:
    declared = dict(facts.compose.secret_variables)
    asked = [found for found in facts.credentials if found.variable]
    return tuple((declared | {facts.secret_of(found.server): found.variable for found in asked}).items())


def _redis_cli(facts: StackFacts) -> str:
    """`redis-cli` as it is run in the server's container, with the password as that container has it."""
    asked = facts.credential("redis")
    if facts.profile.redis.secret:
        return f'REDISCLI_AUTH="$(cat /run/secrets/{facts.profile.redis.secret})" redis-cli'
    if asked is None:
        return "redis-cli"
    return f'REDISCLI_AUTH="${asked.inside}" redis-cli' if asked.inside else "redis-cli --askpass"


def compose_command(profile: Profile) -> str:
    """Returns `docker compose` with the stack's files in merge order, as a person types it in the stack's root; bare
    where Compose finds them by itself (https://docs.docker.com/reference/cli/docker/compose/#use--f).
    """
    if profile.compose_files in _FOUND:
        return "docker compose"
    return " ".join(["docker compose", *(f"-f {path}" for path in profile.compose_files)])


def compose_key(facts: StackFacts, service: ServiceFacts | None, spec: ServiceSpec) -> str:
    """Returns the compose key the service has (active or commented out), else prefix + name."""
    if service and service.compose:
        return service.compose.key
    if service and service.commented:
        return service.commented[0].key
    return facts.profile.prefix + spec.name


def environment(facts: StackFacts, spec: ServiceSpec, uses_redis: bool) -> tuple[Setting, ...]:
    """Returns the variables the generated `config.py` reads and compose sets, in the order of both files."""
    prefix = own_prefix(spec.name)
    redis, postgres = facts.profile.redis, facts.profile.postgres
    pairs = [("PORT", str(spec.port)), ("LOG_LEVEL", "INFO")]
    if uses_redis:
        pairs += [("REDIS_HOST", redis.service or "redis"), ("REDIS_PORT", str(redis.port or 6379))]
    if spec.tables:
        pairs += [("POSTGRES_HOST", postgres.service or "postgres"), ("POSTGRES_PORT", str(postgres.port or 5432))]
        pairs += [("POSTGRES_USER", postgres.user or "postgres"), ("POSTGRES_DB", postgres.database or "postgres")]
    usual = {prefix + name: value for name, value in pairs}
    own = {variable.name: variable.value or variable.default or "" for variable in spec.variables}
    return tuple(Setting(name, value) for name, value in (usual | own).items())


def dependencies(facts: StackFacts, spec: ServiceSpec, uses_redis: bool) -> tuple[Dependency, ...]:
    """Redis (when it uses it), Postgres (when it has tables) and `talks_to`, each waited for as its check allows."""
    profile = facts.profile
    wanted = [profile.redis.service if uses_redis else "", profile.postgres.service if spec.tables else ""]
    wanted += [_key_of(facts, other) for other in spec.talks_to]
    found = [facts.compose.service(key) for key in dict.fromkeys(wanted) if key]
    own = next((s.compose for s in facts.services if s.name == spec.name), None)
    return tuple(Dependency(s.key, _condition(facts, s), is_optional(own, s)) for s in found if s is not None)


def event_models(spec: ServiceSpec) -> tuple[tuple[EventModel, ...], tuple[EventModel, ...]]:
    """Returns input and output event classes with distinct names; equal channels share a class."""
    taken = dict.fromkeys(("InputEvent", "OutputEvent"), Channel(""))
    return (
        tuple(_model(channel, taken, "In") for channel in spec.inputs),
        tuple(_model(channel, taken, "Out") for channel in spec.outputs),
    )


def _model(channel: Channel, taken: dict[str, Channel], suffix: str) -> EventModel:
    words = re.split(r"[^A-Za-z0-9]+", channel.name)
    base = "".join(word[:1].upper() + word[1:] for word in words if word)
    base = (base if base[:1].isalpha() else "Channel" + base)[:LONGEST_CLASS]
    name, number = base + "Event", 1
    while name in taken and taken[name] != channel:
        name = f"{base}{suffix}{number if number > 1 else ''}Event"
        number += 1
    taken[name] = channel
    return EventModel(name, channel.name, tuple(f for f in channel.fields if f.name not in RESERVED_FIELDS))


def _key_of(facts: StackFacts, name: str) -> str:
    other = facts.service(name)
    if other and other.compose:
        return other.compose.key
    return name if facts.compose.service(name) else facts.profile.prefix + name


def is_optional(block: ComposeService | None, dependency: ComposeService) -> bool:
    """Tells whether a service can be started while what it depends on is left out, because that one has profiles.

    Compose refuses the files then, unless the dependency is `required: false` (Compose specification, profiles)."""
    own = {fact.value for fact in block.profiles} if block is not None else set()
    others = {fact.value for fact in dependency.profiles}
    return bool(others) and not (own and own <= others)


def _condition(facts: StackFacts, service: ComposeService) -> str:
    if service.healthcheck is not None:
        return "service_started" if service.healthcheck.disabled else "service_healthy"
    owner = next((s for s in facts.services if s.compose and s.compose.key == service.key), None)
    image_check = owner.dockerfile.healthcheck if owner and owner.dockerfile else None
    return "service_healthy" if image_check and not image_check.disabled else "service_started"


def _build(service: ServiceFacts | None, folder: str) -> tuple[str, str]:
    """(build context, Dockerfile), both seen from the stack's root."""
    file = service.dockerfile if service else None
    if file is None or file.context is None:
        return folder, file.path if file else posixpath.join(folder, "Dockerfile")
    return file.context, file.path


def from_project(facts: StackFacts, folder: str) -> str:
    """Returns a folder as seen from the directory that Compose takes relative paths from."""
    first = facts.profile.compose_files[0] if facts.profile.compose_files else facts.profile.edit_file
    return posixpath.relpath(folder or ".", posixpath.dirname(first) or ".")
