"""Item 7.3: the server's client list shows the service's named connection, subscribed to its channels."""

from __future__ import annotations

from wizard.values.live import Endpoint, LiveTrouble
from wizard.values.observation import Observation
from wizard.verify.bench import Bench, Checks
from wizard.verify.flow import streams
from wizard.verify.redis_link import Client, RedisLink, connect


def check_connections(bench: Bench) -> Checks:
    """Look at the client list until the service is subscribed, at most the request limit."""
    yield bench.begin("7.3", "looking for the service in Redis' client list")
    try:
        at = bench.stage.redis()
        yield _look(bench, at) if at is not None else _no_redis(bench)
    except LiveTrouble as trouble:
        yield bench.trouble("7.3", _action(bench), trouble)


def _no_redis(bench: Bench) -> Observation:
    step = "name the Redis service in .stack-wizard/stack.yaml"
    return bench.observe(
        "7.3", "redis-cli CLIENT LIST", "the stack has no Redis", None, cause="no-redis", next_step=step
    )


def _action(bench: Bench) -> str:
    names = " ".join(channel.name for channel in bench.spec.inputs)
    cli = bench.stage.command("redis-cli")
    return f"{cli} CLIENT LIST; {cli} PUBSUB NUMSUB {names}".rstrip()


def _look(bench: Bench, at: Endpoint) -> Observation:
    wanted = [channel.name for channel in bench.spec.inputs] if not streams(bench) else []
    with connect(at, bench.stage.limits.request) as link:
        bench.wait(bench.stage.limits.request, lambda: _settled(bench, link, wanted))
        clients = _of_service(bench, link.clients())
        heard = link.listeners(wanted) if wanted else {}
        channels = link.channels()
    return _judge(bench, clients, heard, channels)


def _names(bench: Bench) -> set[str]:
    service = bench.facts.service(bench.spec.name)
    names = {bench.spec.name}
    if service and service.compose:
        names.add(service.compose.key)
        if service.compose.container_name:
            names.add(service.compose.container_name.value)
    return names | {name.replace("_", "-") for name in names}


def _of_service(bench: Bench, clients: tuple[Client, ...]) -> tuple[Client, ...]:
    """The connections that are the service's: by name, else by where they come from."""
    named = tuple(client for client in clients if client.name in _names(bench))
    hosts = bench.stage.service_clients()
    return named or tuple(client for client in clients if not hosts or client.host in hosts)


def _settled(bench: Bench, link: RedisLink, wanted: list[str]) -> bool:
    mine = [client for client in link.clients() if client.name in _names(bench)]
    if not any(client.subscribed + client.patterns for client in mine) and wanted:
        return False
    return bool(mine) and (all(link.listeners(wanted).values()) if wanted else True)


def _judge(bench: Bench, clients: tuple[Client, ...], heard: dict[str, int], channels: tuple[str, ...]) -> Observation:
    name = bench.spec.name
    named = [client for client in clients if client.name in _names(bench)]
    if named and streams(bench):
        text = f"{len(named)} connection(s) named {named[0].name}; it reads streams, so none is subscribed"
        return bench.observe("7.3", _action(bench), text, True)
    subscribed = [client for client in clients if client.subscribed + client.patterns]
    deaf = [channel for channel, count in heard.items() if not count]
    by_pattern = any(client.patterns for client in subscribed)
    if not clients:
        step = "connect to the stack's Redis; see the service's log"
        return _no(bench, "not-connected", "no connection of the service in the client list", step)
    if heard and not subscribed:
        text = f"{len(clients)} connection(s) of the service, none subscribed (sub=0 psub=0)"
        return _no(bench, "dead-subscriber", text, "start the subscriber loop, and keep it alive when Redis goes away")
    if deaf and not by_pattern:
        text = f"nobody is subscribed to {', '.join(deaf)}; subscribed channels: {', '.join(channels) or 'none'}"
        return _no(bench, "wrong-channel", text, "make the channel in models.py the spec's")
    if not named:
        text = f"{len(clients)} connection(s), {len(subscribed)} subscribed, none of them named {name}: whose is unsure"
        step = f"give the connection a name: Redis(client_name={name!r})"
        return bench.observe("7.3", _action(bench), text, None, cause="no-name", next_step=step)
    counts = ", ".join(f"{channel} {count}" for channel, count in heard.items())
    told = "; ".join(f"name={client.name} sub={client.subscribed} psub={client.patterns}" for client in named)
    return bench.observe("7.3", _action(bench), told + (f"; subscribers: {counts}" if counts else ""), True)


def _no(bench: Bench, cause: str, text: str, step: str) -> Observation:
    return bench.observe("7.3", _action(bench), text, False, cause=cause, next_step=step)
