"""Runs inside the service's process before its own code: the names and paths of its container mean something here too.

Copied into the scratch run as `sitecustomize.py`; it imports the standard library only. It reads JSON from
`STACK_WIZARD_PLACES`: `hosts` (`{"redis": {"6379": 41234}}`: connections to that host and port go to a port of
loopback), `secrets` (the folder that stands for `/run/secrets`). A server socket on every address becomes one on
loopback: nobody outside shall reach a service that runs for a check.
"""

from __future__ import annotations

import builtins
import functools
import io
import json
import os
import socket
from collections.abc import Callable
from typing import Any

_LOOPBACK = "127.0.0.1"
_EVERY = {"0.0.0.0": _LOOPBACK, "": _LOOPBACK, "::": "::1"}  # noqa: S104  (what is replaced)
_SECRETS = ("/run/secrets/", "/var/run/secrets/")
Hosts = dict[str, dict[str, int]]


def moved_address(hosts: Hosts, host: Any, port: Any) -> tuple[Any, Any]:
    """Returns host and port as they are reached here."""
    name = host.decode() if isinstance(host, bytes) else host
    ports = hosts.get(name) if isinstance(name, str) else None
    return (host, port) if ports is None else (_LOOPBACK, ports.get(str(port), port))


def redirect(hosts: Hosts) -> None:
    """Resolves the stack's host names to loopback, and binds servers to loopback only."""
    getaddrinfo, gethostbyname = socket.getaddrinfo, socket.gethostbyname
    create_connection, connect, bind = socket.create_connection, socket.socket.connect, socket.socket.bind

    def resolve(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        return getaddrinfo(*moved_address(hosts, host, port), *more, **named)

    def resolve_name(host: Any) -> str:
        return gethostbyname(moved_address(hosts, host, 0)[0])

    def open_connection(address: Any, *more: Any, **named: Any) -> socket.socket:
        return create_connection(moved_address(hosts, *address[:2]), *more, **named)

    def connect_to(self: socket.socket, address: Any) -> None:
        moved = self.family == socket.AF_INET and isinstance(address, tuple)
        connect(self, moved_address(hosts, *address[:2]) if moved else address)

    def bind_to(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            host = _EVERY.get(address[0], address[0])
            inet6 = host == _LOOPBACK and self.family == socket.AF_INET6
            address = ("::1" if inet6 else host, *address[1:])
        bind(self, address)

    for holder, name, function in (
        (socket, "getaddrinfo", resolve),
        (socket, "gethostbyname", resolve_name),
        (socket, "create_connection", open_connection),
        (socket.socket, "connect", connect_to),
        (socket.socket, "bind", bind_to),
    ):
        setattr(holder, name, function)


def redirect_secrets(folder: str) -> None:
    """Lets `/run/secrets/NAME` be read from a folder."""

    def moved(path: Any) -> Any:
        text = str(os.fspath(path)) if isinstance(path, (str, os.PathLike)) else ""
        for start in _SECRETS:
            if text.startswith(start) or text == start[:-1]:
                return f"{folder}/{text[len(start) :]}"
        return path

    def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*words: Any, **named: Any) -> Any:
            return function(*(moved(word) for word in words[:1]), *words[1:], **named)

        return functools.partial(call)  # like a builtin no method: `pathlib` of Python 3.9 has these in a class

    opened = wrapped(builtins.open)
    setattr(builtins, "open", opened)  # noqa: B010  (a type checker would refuse the assignment)
    setattr(io, "open", opened)  # noqa: B010
    for holder, names in ((os, ("open", "stat", "listdir", "scandir", "access")), (os.path, ("exists", "isfile"))):
        for name in names:
            setattr(holder, name, wrapped(getattr(holder, name)))


def begin(text: str) -> None:
    """Reads the places out of the environment's JSON and redirects to them."""
    places: dict[str, Any] = json.loads(text)
    redirect(places.get("hosts", {}))
    if places.get("secrets"):
        redirect_secrets(places["secrets"])


if "STACK_WIZARD_PLACES" in os.environ:
    begin(os.environ["STACK_WIZARD_PLACES"])
