"""The spec of a service read out of what is there, every value with where it was read."""

from __future__ import annotations

from typing import TypeVar

from wizard.stack.infer_channels import channels, default_channels
from wizard.stack.infer_environment import base_image, talks_to, variables
from wizard.stack.infer_port import port_claims
from wizard.stack.infer_tables import seeded, tables
from wizard.stack.infer_words import handler, purpose
from wizard.values.facts import StackFacts
from wizard.values.lean import dataclass, field
from wizard.values.source import Source
from wizard.values.spec import Inferred, ServiceSpec

T = TypeVar("T")
MANIFESTS = ".stack-wizard/services"


@dataclass(slots=True)
class _Notes:
    """Where each field was read, and which nothing says."""

    sources: dict[str, str] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)

    def take(self, name: str, value: T | None, sources: tuple[Source, ...], default: T) -> T:
        """The value with its sources noted, or the default noted as assumed."""
        if value is None:
            self.assumed.append(name)
            return default
        if sources:
            self.sources[name] = ", ".join(str(source) for source in dict.fromkeys(sources))
        return value


def infer(facts: StackFacts, name: str) -> Inferred:
    """The spec of one service: its manifest's, else what code, Dockerfile, compose and documents say, else
    defaults.

    `port` is 0 when nothing says one: the caller chooses. A service that does not exist at all gets defaults
    throughout. `sources["port"]` lists every source with its number, in order of trust. Pure; raises nothing.
    """
    service = facts.service(name)
    if service is not None and service.manifest is not None:
        path = f"{MANIFESTS}/{name}.yaml"
        return Inferred(service.manifest.spec, dict.fromkeys(ServiceSpec.__dataclass_fields__, path))
    notes = _Notes()
    claims = port_claims(facts, service, name)
    if claims:
        notes.sources["port"] = ", ".join(f"{source} ({number})" for number, source in claims)
    inputs, outputs = channels(facts, service)
    found_tables = tables(facts, service)
    words = purpose(facts, service)
    logic = handler(service)
    seed = seeded(facts, found_tables)
    others = talks_to(facts, service)
    read = variables(facts, service, name)
    spec = ServiceSpec(
        name=name,
        purpose=notes.take("purpose", *words, f"{name.replace('_', ' ').replace('-', ' ').capitalize()} service"),
        port=notes.take("port", claims[0][0] if claims else None, (), 0),
        inputs=notes.take("inputs", *inputs, default_channels(name, "in")),
        outputs=notes.take("outputs", *outputs, default_channels(name, "out")),
        tables=notes.take("tables", *found_tables, ()),
        seed=notes.take("seed", *seed, False),
        handler=notes.take("handler", *logic, "handle"),
        variables=notes.take("variables", *read, ()),
        talks_to=notes.take("talks_to", *others, ()),
        base_image=notes.take("base_image", *base_image(service), ""),
    )
    unset = [v.name for v in spec.variables if v.default is None and not v.value]
    return Inferred(spec, notes.sources, (*notes.assumed, *(f"variables.{name}" for name in unset)))
