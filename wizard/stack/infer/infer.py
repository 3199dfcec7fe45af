"""The spec of a service read out of what is there, every value with where it was read."""

from __future__ import annotations

from typing import TypeVar

from wizard.stack.infer.channels import channels, default_channels, kind
from wizard.stack.infer.environment import base_image, talks_to, variables
from wizard.stack.infer.port import said_ports
from wizard.stack.infer.tables import seeded, tables
from wizard.stack.infer.words import handler, purpose
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.lean import dataclass, field, replace
from wizard.values.source import Source
from wizard.values.spec import Inferred, ServiceSpec, manifest_path

T = TypeVar("T")
DEFAULT_HANDLER = "handle"


@dataclass(slots=True)
class _Notes:
    """Where each field was read, and which nothing says."""

    sources: dict[str, str] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)

    def take(self, name: str, value: T | None, sources: tuple[Source, ...], default: T) -> T:
        """Returns the value with its sources noted, or the default noted as assumed."""
        if value is None:
            self.assumed.append(name)
            return default
        if sources:
            self.sources[name] = ", ".join(str(source) for source in dict.fromkeys(sources))
        return value


def _from_manifest(service: ServiceFacts, spec: ServiceSpec) -> Inferred:
    """What the manifest says. A handler that it leaves at its default was never said: the code is asked."""
    sources = dict.fromkeys(ServiceSpec.__dataclass_fields__, manifest_path(service.name))
    if spec.handler != DEFAULT_HANDLER or not service.python:
        return Inferred(spec, sources)
    name, lines = handler(service)
    del sources["handler"]
    if name is None:
        return Inferred(spec, sources, ("handler",))
    sources["handler"] = ", ".join(map(str, lines))
    return Inferred(spec if name == spec.handler else replace(spec, handler=name), sources)


def infer(facts: StackFacts, name: str) -> Inferred:
    """Returns the spec of one service: its manifest's, else what code, Dockerfile, compose and documents say, else
    defaults.

    `port` is 0 when nothing says one: the caller chooses. A service that does not exist at all gets defaults
    throughout. `sources["port"]` lists every source with its number, in order of trust, and with the published one
    behind that of the container. Pure; raises nothing.
    """
    service = facts.service(name)
    if service is not None and service.manifest is not None:
        return _from_manifest(service, service.manifest.spec)
    notes = _Notes()
    claims = said_ports(facts, service, name)
    if claims:
        notes.sources["port"] = ", ".join(
            f"{source} ({said})" if said == number else f"{source} ({said} → {number})"
            for number, source, said in claims
        )
    inputs, outputs = channels(facts, service)
    what, reason = kind(facts, service, inputs[0], outputs[0])
    proposed = ("in", "out") if not what and (service is None or not service.python) else ()
    found_tables = tables(facts, service)
    words = purpose(facts, service)
    logic = handler(service)
    seed = seeded(facts, found_tables)
    others = talks_to(facts, service)
    read = variables(facts, service, name)
    spec = ServiceSpec(
        name=name,
        purpose=notes.take("purpose", *words, _titled(name)),
        port=notes.take("port", claims[0][0] if claims else None, (), 0),
        inputs=notes.take("inputs", *inputs, default_channels(name, "in") if "in" in proposed else ()),
        outputs=notes.take("outputs", *outputs, default_channels(name, "out") if "out" in proposed else ()),
        tables=notes.take("tables", *found_tables, ()),
        seed=notes.take("seed", *seed, False),
        handler=notes.take("handler", *logic, DEFAULT_HANDLER),
        variables=notes.take("variables", *read, ()),
        talks_to=notes.take("talks_to", *others, ()),
        base_image=notes.take("base_image", *base_image(service), ""),
        kind=notes.take("kind", what if reason else None, reason, what) if what == "http" else "",
    )
    if what and what != "http":
        notes.take("kind", what, reason, what)
    unset = [v.name for v in spec.variables if v.default is None and not v.value]
    return Inferred(spec, notes.sources, (*notes.assumed, *(f"variables.{name}" for name in unset)))


def _titled(name: str) -> str:
    """The purpose of a service that nobody has described: `Parcel feed service`, `User service`."""
    words = name.replace("_", " ").replace("-", " ").strip().capitalize()
    return words if words.lower().endswith("service") else f"{words} service"
