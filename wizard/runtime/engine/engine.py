"""The Docker engine, through its SDK: every call has a time limit, every trouble becomes a cause with a name.

The SDK is imported on first use (145 ms). Which engine is asked is decided as the `docker` client does:
`DOCKER_CONTEXT`, then `DOCKER_HOST`, then the current context, then the local socket.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wizard.rules.homes import home
from wizard.rules.variables import host_of_url
from wizard.values.lean import dataclass
from wizard.values.live import LiveTrouble
from wizard.values.pattern import lazy_pattern

if TYPE_CHECKING:
    from docker import DockerClient

LOCAL_SOCKET = "unix:///var/run/docker.sock"
CALL_LIMIT = 15
ANSWER_LIMIT = 1.0
_NO_ADDRESS = "is no address of a Docker engine: use unix:///… or tcp://HOST:PORT"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """Where the engine is. `why`: what says so (`DOCKER_HOST`, `context NAME`, `default`). `problem`: why it is not.

    `door`: a socket of this machine that leads to it (`ssh_door`), '' where it is asked at its own address.
    """

    host: str
    why: str
    problem: str = ""
    door: str = ""

    @property
    def asked(self) -> str:
        """The address that is really connected to."""
        return self.door or self.host

    @property
    def remote(self) -> bool:
        """True when its ports are not this machine's."""
        local = self.host.partition("://")[0] in ("unix", "npipe", "fd") or self.host_name in _LOOPBACK
        return bool(self.host) and not self.problem and not local

    @property
    def environment(self) -> dict[str, str]:
        """What leads the `docker` client through the door; nothing where it finds the engine by itself."""
        return {"DOCKER_HOST": self.door, "DOCKER_CONTEXT": ""} if self.door else {}

    @property
    def host_name(self) -> str:
        """The machine's name in a `tcp://` or `ssh://` address, '' for a socket."""
        return host_of_url(self.host)


def engine_address() -> EngineAddress:
    """Returns the engine that the `docker` client would talk to."""
    name = os.environ.get("DOCKER_CONTEXT", "")
    host = os.environ.get("DOCKER_HOST", "")
    if not name and host:
        return EngineAddress(host, "DOCKER_HOST", _malformed(host, "DOCKER_HOST"))
    folder = Path(os.environ.get("DOCKER_CONFIG") or f"{home(os.environ) or ''}/.docker")
    name = name or _current_context(folder)
    if name in ("", "default"):
        return EngineAddress(LOCAL_SOCKET, "default")
    host, problem = _context_host(folder, name)
    return EngineAddress(host, f"context {name}", problem or _malformed(host, f"context {name}"))


def _malformed(host: str, why: str) -> str:
    """Says that an address has a host or a port that is none; the standard library raises for those."""
    try:
        _ = urlsplit(host).port
    except ValueError:
        return f"{host} ({why}) {_NO_ADDRESS}"
    return ""


def _current_context(folder: Path) -> str:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return str(json.loads((folder / "config.json").read_text("utf-8")).get("currentContext", ""))
    return ""


def _context_host(folder: Path, name: str) -> tuple[str, str]:
    """(address of a context, why it has none)."""
    meta = folder / "contexts" / "meta"
    for path in meta.glob("*/meta.json"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            context = json.loads(path.read_text("utf-8"))
            if context["Name"] == name:
                return str(context["Endpoints"]["docker"]["Host"]), ""
    from hashlib import sha256

    own = meta / sha256(name.encode()).hexdigest() / "meta.json"  # where the client keeps it
    if own.exists():
        return "", f"the Docker context {name} cannot be read ({own}): docker context inspect {name}"
    return "", f"the Docker context {name} does not exist: docker context ls"


def engine_trouble(address: EngineAddress) -> str:
    """Says why the engine at an address does not answer, or ''; decided within about a second, without the SDK."""
    if address.problem:
        return address.problem
    parts = urlsplit(address.asked)
    where = f"{address.host or 'an unknown address'} ({address.why})"
    try:
        if parts.scheme == "unix":
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                probe.settimeout(CALL_LIMIT if address.door else ANSWER_LIMIT)
                probe.connect(parts.path)
                return _ping(probe, where)
        if parts.scheme in ("tcp", "http") and parts.hostname:
            with socket.create_connection((parts.hostname, parts.port or 2375), timeout=ANSWER_LIMIT) as probe:
                return _ping(probe, where)
    except PermissionError:
        return f"no permission for the Docker engine at {where}: add yourself to the group docker, or use sudo"
    except OSError as error:
        return f"no Docker engine answers at {where}: {error.strerror or error}"
    if parts.scheme in ("ssh", "npipe", "https"):
        return ""
    return f"{where} {_NO_ADDRESS}"


def _ping(probe: socket.socket, where: str) -> str:
    probe.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
    answer = probe.recv(4096)
    if answer.startswith(b"HTTP/1.") and b" 200 " in answer.split(b"\r\n", 1)[0]:
        return ""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        reason = str(json.loads(answer.partition(b"\r\n\r\n")[2])["message"])[:400]
        return f"no Docker engine answers at {where}: {reason}"
    return f"what answers at {where} is no Docker engine"


def connect(address: EngineAddress) -> DockerClient:
    """Returns the SDK's client for an address. Raises `LiveTrouble` (`engine-lost`)."""
    import docker
    from docker.utils import kwargs_from_env

    with translated("connecting to the engine"):
        settings: dict[str, Any] = {"base_url": address.asked}
        if address.why == "DOCKER_HOST" and not address.door:
            settings |= kwargs_from_env()
        client = docker.DockerClient(**settings, timeout=CALL_LIMIT)
        if address.door:
            _keep_connections(client, address)
        return client


def _keep_connections(client: DockerClient, address: EngineAddress) -> None:
    """Has all requests share connections: the SDK keeps some for each URL, and through a door each is a process."""
    from docker.transport import UnixHTTPAdapter

    class OnePool(UnixHTTPAdapter):
        def get_connection(self, url: str | bytes, proxies: Any = None) -> Any:
            return super().get_connection("http+docker://localhost", proxies)

    api: Any = client.api
    api._custom_adapter.close()
    api._custom_adapter = OnePool(f"http+{address.door}", CALL_LIMIT)
    api.mount("http+docker://", api._custom_adapter)


@contextmanager
def asked(address: EngineAddress, what: str) -> Iterator[None]:
    """Translates like `translated`, after a look whether the engine is there at all: the SDK leaks a socket when it is
    not.
    """
    reason = "" if address.door else engine_trouble(address)  # a door is always there, and says itself what is lost
    if reason:
        raise LiveTrouble("engine-lost", f"{what}: {reason}", _LOST, undecided=True)
    with translated(what):
        yield


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turns what the SDK raises into `LiveTrouble` with a cause."""
    import docker.errors
    import requests.exceptions

    try:
        yield
    except docker.errors.APIError as error:
        text = str(error.explanation or error)
        raise api_trouble(what, text) from error
    except (docker.errors.DockerException, requests.exceptions.RequestException, ConnectionError) as error:
        step = "see whether the Docker engine runs: docker info"
        text = f"{what}: the engine does not answer: {error}"[:400]
        raise LiveTrouble("engine-lost", text, step, undecided=True) from error


_LOST = "see whether the Docker engine runs: docker info"
_WARNING = lazy_pattern(r"\s*time=\S+ level=warning ")
"""What Compose only warns of (an unset variable, a missing plugin) is never why it failed."""
_CAUSES = (
    ("error while removing network", "stale-network", "stop the stack, so that its network is made as the files say"),
    ("cannot connect to the docker daemon", "engine-lost", _LOST),
    ("error during connect", "engine-lost", _LOST),
    ("connection reset by peer", "engine-lost", _LOST),
    ("ssh to ", "engine-lost", _LOST),
    ("unexpected eof", "engine-lost", _LOST),
    ("port is already allocated", "port-taken", "choose another port or stop what holds this one: stack-wizard ports"),
    ("address already in use", "port-taken", "choose another port or stop what holds this one: stack-wizard ports"),
    ("declared as external, but could not be found", "missing-network", "create it: docker network create NAME"),
    ("external volume ", "missing-volume", "create it: docker volume create NAME"),
    ("in read-only service", "secret-in-read-only", "let the secret come from a `file:`, or take read_only out"),
    ("required by secret", "missing-secret", "set the variable that the secret is read from in compose"),
    ("secret file", "missing-secret", "create the file that the secret is read from in compose"),
    ("/secrets/", "missing-secret", "create the file that the secret is read from in compose"),
    ("cannot assign requested address", "no-such-address", "publish the port on an address of this machine: 127.0.0.1"),
    ("does not match the specified platform", "wrong-platform", "build for this machine, or take `platform:` out"),
    ("unable to find user", "no-such-user", "create the user in the Dockerfile, or name its number: USER 10001:10001"),
    ("bind source path does not exist", "missing-file", "create the file that compose mounts, or correct its path"),
    ("env file", "missing-file", "create the env_file that compose names, or say `required: false`"),
    ("exec format error", "exec-format", "build the image for this machine's processor; a script needs a #! line"),
    ("permission denied: unknown", "not-executable", "make the start script executable in the image: RUN chmod +x"),
    ("no space left on device", "disk-full", "free disk space: docker system df"),
    ("executable file not found", "no-such-program", "correct CMD or ENTRYPOINT in the Dockerfile"),
    ("no such file or directory", "no-such-file", "correct the path in compose"),
    ("is unhealthy", "dependency-unhealthy", "see the dependency's log"),
    (
        "Conflict. The container name",
        "name-taken",
        "remove the other container of that name, or correct container_name",
    ),
    ("pull access denied", "no-image", "log in to the registry, or correct the image's name"),
    ("manifest unknown", "no-image", "correct the image's tag or digest"),
    ("not found", "not-found", "see what compose names"),
)


def without_warnings(lines: Sequence[str]) -> list[str]:
    """Returns what Compose said, but for its warnings when it said more than those."""
    return [line for line in lines if not _WARNING.match(line)] or list(lines)


def api_trouble(what: str, text: str) -> LiveTrouble:
    """Returns the cause in an engine's or Compose's own words."""
    text = "\n".join(without_warnings(text.splitlines()))
    lower = text.lower()
    for words, cause, step in _CAUSES:
        if words.lower() in lower:
            told = f"{what}: {_line_with(text, words)}"
            return LiveTrouble(cause, told, step, undecided=cause == "engine-lost")
    return LiveTrouble("engine-error", f"{what}: {_last(text)}", "run the command by hand to see all of its output")


def _line_with(text: str, words: str) -> str:
    line = next((line for line in text.splitlines() if words.lower() in line.lower()), text)
    return line.strip()[:400]


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:400] if lines else "no output"
