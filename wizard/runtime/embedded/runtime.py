"""The embedded runtime: services as processes of this machine, with real servers from Python wheels."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wizard.errors import RuntimeUnavailableError
from wizard.runtime.embedded.run import EmbeddedRun
from wizard.runtime.embedded.servers import INSTALL, ServerRoom, missing_parts
from wizard.runtime.process import Scratch
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.live import Limits
from wizard.values.spec import ServiceSpec


class EmbeddedRuntime:
    """Runs a service without an engine. It proves the code, the schema and the message flow, not the image or the
    compose block.
    """

    name = "embedded"

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._servers: ServerRoom | None = None

    @contextmanager
    def shared(self) -> Iterator[None]:
        """See `protocol.Runtime.shared`; every run finds the servers empty."""
        scratch = Scratch()
        self._servers = ServerRoom(scratch, self._limits)
        try:
            yield
        finally:
            self._servers = None
            scratch.close()

    def available(self) -> str:
        """Says why it cannot be used on this machine, or ''."""
        if os.name == "nt":
            return "the embedded servers need Linux or macOS"
        return missing_parts()

    def open(self, facts: StackFacts, spec: ServiceSpec, cancelled: Callable[[], bool]) -> EmbeddedRun:
        """Prepares a run in a new scratch folder; starts nothing but the folder's keeper. Raises
        `RuntimeUnavailableError`.
        """
        reason = self.available()
        if reason:
            raise RuntimeUnavailableError(f"the embedded runtime cannot be used: {reason}", next_step=INSTALL)
        service = facts.service(spec.name) or ServiceFacts(name=spec.name, folder="")
        return EmbeddedRun(facts, service, spec, self._limits, cancelled, self._servers)
