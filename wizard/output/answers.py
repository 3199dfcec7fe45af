"""The answers about a service: as lines with where each was read, and as the file that `--print-answers` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from wizard.output.style import Style
from wizard.pipeline.answer_form import AnswerForm
from wizard.rules.text import one_line
from wizard.values.spec import Deploy, Inferred, ServiceSpec

_MEANINGS: Mapping[str, str] = {
    "name": "the service's package: lower case, digits and underscores",
    "purpose": "one sentence on what it is for",
    "port": "the port it serves, in its container and on this machine alike",
    "inputs": "channels, streams or lists it reads: {name: …, fields: [{name: …, type: str|int|float|bool}]}"
    "; if it drops most events also example: '{…}', one that it accepts",
    "outputs": "channels it publishes on, in the same form",
    "tables": "its own tables: {name: …, columns: [{name: …, type: text|bigint|…, nullable: false}]}",
    "seed": "true: rows are put into its tables when they are made",
    "own_role": "true: its statements run as a role that may do what the service does, and nothing else",
    "handler": "the function that turns an event into a result",
    "variables": "further variables: {name: …, default: …} or {name: …, value: what Compose sets}",
    "talks_to": "other services of the stack that it needs",
    "kind": "http, consumes, produces or both; needless where the channels say it",
    "delivery": "at-most-once: by pub/sub; at-least-once: by Redis streams with a consumer group",
    "deploy": "how a Swarm runs it: {image: REGISTRY/NAME:TAG, replicas: 2, order: start-first|stop-first, "
    "publish: none|host, cpus: '0.50', memory: 256M, reserve_cpus: …, reserve_memory: …, "
    "constraints: ['node.role==worker']}",
    "base_image": "NAME:TAG@sha256:…, empty: the wizard resolves the digest",
}


def answer_lines(inferred: Inferred, spec: ServiceSpec, style: Style) -> Iterator[str]:
    """Yields every answer that is not empty: the field, its value, and where it was read, or that it was given."""
    form = AnswerForm.from_spec(spec)
    yield style.paint(f"answers about {spec.name}", "bold")
    for field, value in _shown(form):
        said = getattr(inferred.spec, field) == getattr(spec, field)
        source = inferred.sources.get(field, "default") if said else "registry" if field == "port" else "given"
        yield f"  {field:<10} {one_line(value, 300)}  {style.paint(one_line(source, 200), 'dim')}"


def _shown(form: AnswerForm) -> Iterator[tuple[str, str]]:
    yield "purpose", form.purpose
    yield "port", form.port
    for field, rows in (("inputs", form.inputs), ("outputs", form.outputs), ("tables", form.tables)):
        yield from ((field, f"{row.name}: {row.members}" if row.members else row.name) for row in rows)
    if form.tables:
        yield "seed", "yes" if form.seed else "no"
        yield "own_role", "yes" if form.own_role else "no"
    yield "handler", form.handler
    yield from (("variables", f"{v.name} = {v.value or v.default or '(unset)'}") for v in form.variables)
    yield from (
        (field, value)
        for field, value in (("talks_to", form.talks_to), ("base_image", form.base_image), ("deploy", form.deploy))
        if value
    )


def answers_file(inferred: Inferred, port: int, *, swarm: bool = False) -> Iterator[str]:
    """Yields the lines: every key with its meaning, its value, and where that was read. `swarm`: ask how it is
    deployed, too."""
    spec = inferred.spec
    yield f"# Answers about {one_line(spec.name)} for `stack-wizard run {one_line(spec.name)} --answers FILE`."
    yield "# What is commented out is assumed: take the comment sign away to say it."
    for field in fields(ServiceSpec):
        if field.name == "deploy" and spec.deploy is None and not swarm:
            continue
        value = spec.what if field.name == "kind" else getattr(spec, field.name)
        value = port if field.name == "port" and not spec.port else value
        value = Deploy() if field.name == "deploy" and value is None else value
        yield ""
        yield f"# {_MEANINGS.get(field.name, field.name)}"
        yield from _entry(field.name, value, inferred)


def _entry(name: str, value: object, inferred: Inferred) -> Iterator[str]:
    read = inferred.sources.get(name)
    assumed = read is None and name != "name"
    mark = "# " if assumed else ""
    # a new service's purpose is nobody's guess: `to_spec` refuses answers without it
    guess = "needed: say it in your words" if name == "purpose" and name in inferred.assumed else "assumed"
    where = f"  # read: {one_line(read)}" if read else f"  # {guess}" if assumed else ""
    if isinstance(value, tuple) and value:
        yield f"{mark}{name}:{where}"
        yield from (f"{mark}  - {_flow(item)}" for item in value)
    else:
        yield f"{mark}{name}: {_flow(value)}{where}"


def _flow(value: object) -> str:
    """Returns a value as flow YAML, which every JSON text is; what is empty in a group is left out."""
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in pairs if one not in ("", None, ())) + "}"
    return json.dumps(value, ensure_ascii=False)
