"""The containers of one Compose project: which ran before, which this run started, how to leave no trace of those."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.cleanup import clear
from wizard.runtime.engine.engine import EngineAddress, asked
from wizard.runtime.engine.ledger import Ledger, Made
from wizard.values.live import LiveTrouble
from wizard.values.pattern import lazy_pattern

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
ONE_OFF = "com.docker.compose.oneoff"


_CREATED = lazy_pattern(
    r"^\s*(?P<kind>Container|Network|Volume)\s+\"?(?P<name>[A-Za-z0-9][\w.-]*)\"?\s+(?P<done>Creating|Created|Recreated|Started)\s*$"
)
"""Compose's own words for what this call of it has done; what a colleague does meanwhile it does not tell."""
_DEEDS = {"destroy": "removed", "restart": "restarted", "pause": "paused", "kill": "stopped", "stop": "stopped"}
"""What the engine tells only of what it was asked to do: a container that ends by itself `die`s and nothing else."""
_TAKEN = lazy_pattern(r"The container name \"/(?P<name>[^\"]+)\" is already in use")
"""The engine's word for a name that somebody else's container has: Compose had begun one, and none was made."""
_SAME_CLOCK = 2.0
LATE_SECONDS = 3.0
"""How long the engine may take to make a container that Compose had begun and given up: 1 s was seen under load."""


class ProjectContainers:
    """Sees the project through the engine. What was there before, or is made by others, is never touched."""

    def __init__(self, client: DockerClient, address: EngineAddress, project: str, ledger: Ledger) -> None:
        self._address = address
        self._client = client
        self._project = project
        self._ledger = ledger
        with asked(self._address, "looking at the project's containers"):
            wanted: dict[str, str | list[str] | bool] = {"label": f"{PROJECT}={project}"}
            listed = self._client.containers.list(all=True, filters=wanted, ignore_removed=True)
            self.ahead = _ahead(client)
            """How many seconds the engine's clock is before this machine's."""
        self._before = {str(c.id): str(c.status) for c in listed}
        self._begun: set[str] = set()
        self._services_before = frozenset(str(c.labels.get(SERVICE, "")) for c in listed)

    def heard(self, line: str) -> None:
        """Takes a line of Compose's output, and notes by its id what it says was made."""
        match = _CREATED.match(line)
        if match is None:
            self._begun -= {taken["name"] for taken in _TAKEN.finditer(line)}
            return
        kind, name, done = match.groups()
        if done == "Creating":
            self._begun |= {name} if kind == "Container" else set()
            return
        self._begun.discard(name)
        with contextlib.suppress(LiveTrouble), asked(self._address, f"looking at {name}"):
            if kind == "Volume":
                self._ledger.note(Made("volume", name))
            elif kind == "Network":
                found = self._client.networks.list(names=[name])
                for network in found:
                    if network.name == name:
                        self._ledger.note(Made("network", str(network.id)))
            else:
                container = self._client.containers.get(name)
                self._note(str(container.id), str(container.labels.get(SERVICE, "")), done)

    def _note(self, identity: str, service: str, done: str) -> None:
        """A container that was there stopped is only stopped again; so is one that took the place of such a one."""
        was = self._before.get(identity)
        if done == "Started" and was not in (None, "running", "paused"):
            self._ledger.note(Made("started", identity))
        elif done != "Started":
            self._ledger.note(Made("started" if service in self._services_before else "container", identity))

    def find_all(self, key: str) -> list[Container]:
        """Returns the containers of a compose service, freshly inspected, those that run first; several of a scaled
        one."""
        labels = [f"{PROJECT}={self._project}", f"{SERVICE}={key}", f"{ONE_OFF}=False"]
        wanted: dict[str, str | list[str] | bool] = {"label": labels}
        with asked(self._address, f"looking at {key}"):
            found = self._client.containers.list(all=True, filters=wanted, ignore_removed=True)
        return sorted(found, key=lambda container: container.status != "running")

    def find(self, key: str) -> Container | None:
        """Returns the first of them; None when there is none."""
        return next(iter(self.find_all(key)), None)

    def network_holder(self, container: Container) -> Container:
        """Returns the container whose network it shares (`network_mode: service:…`), itself when it has its own."""
        mode, _, holder = str(container.attrs["HostConfig"].get("NetworkMode", "")).partition(":")
        if mode != "container":
            return container
        with asked(self._address, "looking at the network that it shares"):
            return self._client.containers.get(holder)

    def touched(self, identity: str, since: str) -> str:
        """Returns what was asked of the engine for a container since its start (`stopped` …), '' for nothing."""
        with asked(self._address, "reading the engine's events"):
            wanted: dict[str, Any] = {"container": identity, "event": list(_DEEDS)}
            first = str(datetime.fromisoformat(f"{since[:19]}+00:00").timestamp())
            now = f"{time.time() + self.ahead:.6f}"  # the SDK would cut a `datetime` to whole seconds
            api: Any = self._client.api
            told = api.events(since=first, until=now, filters=wanted, decode=True)
            seen = [str(event.get("Action", "")) for event in told]
        return next((word for deed, word in _DEEDS.items() if deed in seen), "")

    def keys_at(self, ends: Iterable[tuple[str, int]], port: int) -> tuple[str, ...]:
        """Returns the compose services of the project that have one of these addresses, for those with that port."""
        hosts = {host for host, number in ends if number == port}
        wanted: dict[str, str | list[str] | bool] = {"label": f"{PROJECT}={self._project}"}
        with asked(self._address, "looking at the project's addresses"):
            listed = self._client.containers.list(filters=wanted, ignore_removed=True) if hosts else []
        return tuple(sorted({str(one.labels.get(SERVICE, "")) for one in listed if hosts & set(addresses(one))}))

    def ran_before(self, key: str) -> bool:
        """Tells whether the service's container runs and is none of this run's: older, or started by others since."""
        container = self.find(key)
        if container is None or container.status not in ("running", "paused", "restarting"):
            return False
        return not {Made("container", str(container.id)), Made("started", str(container.id))} & set(self._ledger.made)

    def need_own(self, key: str, what: str) -> Container:
        """Returns the container of a service that this run started. Raises `LiveTrouble` for one that ran before."""
        container = self.find(key)
        if container is None:
            raise LiveTrouble("no-container", f"{key} has no container", "run verify again")
        if self.ran_before(key):
            step = "stop the stack first, or use --runtime embedded"
            text = f"{key} ran before this check, so the wizard does not {what} it"
            raise LiveTrouble("not-ours", text, step, undecided=True)
        return container

    def discard(self, identity: str) -> None:
        """Removes one container, whatever it does; quietly when it is gone."""
        with contextlib.suppress(LiveTrouble), asked(self._address, "removing a container"):
            self._client.api.remove_container(identity, force=True, v=True)

    def drop(self, key: str) -> None:
        """Removes the container of a service, if this run made it."""
        with contextlib.suppress(LiveTrouble):
            for container in self.find_all(key) if key else ():
                made = Made("container", str(container.id))
                if made in self._ledger.made:
                    self.discard(made.identity)
                    self._ledger.forget(made)

    def clear(self) -> tuple[Made, ...]:
        """Removes what this run created, stops what it started again; returns what could not be removed.

        When one container cannot be made, Compose no longer tells of another that it had begun and the engine made.
        """
        waiting, until = set(self._begun), time.monotonic() + LATE_SECONDS
        while waiting:
            waiting -= {name for name in waiting if self._take_late(name)}
            if time.monotonic() > until:
                break
            if waiting:
                threading.Event().wait(0.1)
        return clear(self._client, self._address, self._ledger)

    def _take_late(self, name: str) -> bool:
        """Notes a container that Compose had begun, when the engine has made it by now; says whether it has."""
        with contextlib.suppress(LiveTrouble), asked(self._address, f"looking at {name}"):
            container = self._client.containers.get(name)
            ours = container.labels.get(PROJECT) == self._project and str(container.id) not in self._before
            if ours:
                self._note(str(container.id), str(container.labels.get(SERVICE, "")), "Created")
            return True
        return False


def _ahead(client: DockerClient) -> float:
    """What the date of an answer says; it counts whole seconds, so that a difference of two is none."""
    with contextlib.suppress(ValueError, TypeError, AttributeError, KeyError):
        api: Any = client.api
        told = parsedate_to_datetime(api.get(api._url("/_ping")).headers["Date"]).timestamp()
        difference = told + 0.5 - time.time()
        return difference if abs(difference) > _SAME_CLOCK else 0.0
    return 0.0


def addresses(container: Container) -> tuple[str, ...]:
    """Returns the container's IP addresses, one a network."""
    networks: dict[str, dict[str, Any]] = container.attrs["NetworkSettings"].get("Networks") or {}
    return tuple(str(n["IPAddress"]) for n in networks.values() if n.get("IPAddress"))


def gateways(container: Container) -> tuple[str, ...]:
    """Returns the addresses under which this machine, and all that is published on it, appears to the container's
    networks.
    """
    networks: dict[str, dict[str, Any]] = container.attrs["NetworkSettings"].get("Networks") or {}
    return tuple(str(n["Gateway"]) for n in networks.values() if n.get("Gateway"))


def published(container: Container, port: int) -> tuple[str, int] | None:
    """Returns host and port on this machine under which a container's port is published; None when it is not."""
    bindings: list[dict[str, str]] = (container.attrs["NetworkSettings"].get("Ports") or {}).get(f"{port}/tcp") or []
    for binding in bindings:
        host = binding.get("HostIp", "")
        return ("127.0.0.1" if host in ("", "0.0.0.0", "::") else host), int(binding["HostPort"])  # noqa: S104
    return None
