"""A service block of one Compose file to a `Draft`: one small reader a section, long and short forms alike.

Forms: https://github.com/compose-spec/compose-spec/blob/main/05-services.md.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Callable, Iterator

from wizard.rules.secrets import SECRETS_FOLDER
from wizard.stack.compose.draft import Draft, EnvFile
from wizard.stack.compose.place import Place, is_null, is_true
from wizard.stack.compose.ports import long_form, port_range, short_form
from wizard.syntax.yaml import Node
from wizard.syntax.yaml_data import entries, resolve
from wizard.values.facts.compose import DependsOn, EnvEntry, PublishedPort
from wizard.values.lean import replace
from wizard.values.source import Fact

CLEARING = ("!reset", "!override")
NAMESPACES = ("network_mode", "ipc", "pid", "uts")


def read_service(key: str, value: Node, place: Place, draft: Draft) -> None:
    """Fills `draft` with what the block says. `value`: the node under the service's key."""
    body = resolve(value)
    if body is None or is_null(body):
        return
    if body.kind != "mapping":
        place.add_problem(f"service {key!r} is no mapping", value)
        return
    for name, _, node in entries(body):
        if name == "extends":
            continue
        if _takes_away(name, node, draft):
            continue
        draft.keys[name] = None
        reader = _READERS.get(name)
        if reader and not is_null(node):
            reader(name, node, place, draft)


def _takes_away(name: str, node: Node, draft: Draft) -> bool:
    """Note `!reset` and `!override`; True when nothing is left to read."""
    if node.tag not in CLEARING:
        return False
    draft.cleared.add(name)
    return node.tag == "!reset"


def _children(name: str, node: Node, draft: Draft) -> Iterator[tuple[str, Node, Node]]:
    """The entries of a mapping section without those that are reset."""
    for entry, key, value in entries(node):
        if not _takes_away(f"{name}.{entry}", value, draft):
            yield entry, key, value


def _scalar(name: str, node: Node, place: Place, draft: Draft) -> None:
    if (resolve(node) or node).kind != "scalar":
        place.add_problem(f"{name!r} of service {draft.key!r} is no text", node)
        return
    draft.single[name] = place.fact(node)


def _words(name: str, node: Node, place: Place, draft: Draft) -> None:
    target = resolve(node) or node
    if target.kind == "sequence":
        words = tuple(place.text(item) for item in target.items)
    else:
        text = place.text(target)
        try:
            words = tuple(shlex.split(text))
        except ValueError:
            words = tuple(text.split())
    draft.words[name] = Fact(words, place.at(target))
    raw = tuple(item.value for item in target.items) if target.kind == "sequence" else (target.value,)
    draft.words[f"{name}.written"] = Fact(raw, place.at(target))


def _build(name: str, node: Node, place: Place, draft: Draft) -> None:
    target = resolve(node) or node
    if target.kind == "scalar":
        draft.single["build.context"] = Fact(place.located(place.text(target), target.value), place.at(target))
        return
    for entry, _, value in _children(name, target, draft):
        if entry == "context":
            raw = (resolve(value) or value).value
            draft.single["build.context"] = Fact(place.located(place.text(value), raw), place.at(value))
        elif entry in ("dockerfile", "dockerfile_inline", "target"):
            draft.single[f"build.{entry}"] = place.fact(value)
        elif entry in ("args", "additional_contexts"):
            given = dict(_given(f"build.{entry}", value, place, draft))
            if entry == "additional_contexts":
                given = {key: replace(fact, value=f"{key}={_where(fact.value, place)}") for key, fact in given.items()}
            draft.named.setdefault(f"build.{entry}", {}).update(given)
    draft.single["build.implied"] = Fact(place.located("."), place.at(target))


def _where(given: str, place: Place) -> str:
    """The folder of `NAME=folder`, from the stack's root; an image, a service or an address stays as it is."""
    where = given.partition("=")[2]
    return where if where.startswith("service:") else place.located(where)


def _deploy(name: str, node: Node, place: Place, draft: Draft) -> None:
    """Everything below `deploy`, each scalar by its dotted place."""
    for entry, _, value in _children(name, resolve(node) or node, draft):
        target = resolve(value) or value
        if target.kind == "mapping":
            _deploy(f"{name}.{entry}", target, place, draft)
        elif target.kind == "sequence":
            texts = (place.text(item) or ", ".join(place.text(v) for _, _, v in entries(item)) for item in target.items)
            draft.single[f"{name}.{entry}"] = Fact(", ".join(texts), place.at(value))
        elif not is_null(target):
            draft.single[f"{name}.{entry}"] = place.fact(value)


def _given(name: str, node: Node, place: Place, draft: Draft) -> Iterator[tuple[str, Fact[str]]]:
    """`NAME=value` of a mapping or list, by name; one without a value is taken from the shell, which nobody knows."""
    target = resolve(node) or node
    if target.kind == "sequence":
        for item in target.items:
            key, equals, _ = place.text(item).partition("=")
            if equals:
                yield key, place.fact(item)
        return
    for entry, key_node, value in _children(name, target, draft):
        if not is_null(value):
            yield entry, Fact(f"{entry}={place.text(value)}", place.at(key_node))


def _environment(name: str, node: Node, place: Place, draft: Draft) -> None:
    target = resolve(node) or node
    if target.kind == "sequence":
        for item in target.items:
            _assignment(item, place, draft)
        return
    if target.kind != "mapping":
        place.add_problem(f"'environment' of service {draft.key!r} is neither mapping nor list", node)
        return
    for entry, key, value in _children(name, target, draft):
        text = None if is_null(value) else place.text(value)
        draft.environment[entry] = EnvEntry(entry, text, (resolve(value) or value).value, place.at(key))


def _assignment(item: Node, place: Place, draft: Draft) -> None:
    raw = (resolve(item) or item).value
    entry, equals, value = place.text(item).partition("=")
    text = value if equals else None
    draft.environment[entry] = EnvEntry(entry, text, raw.partition("=")[2], place.at(item))


def _env_file(name: str, node: Node, place: Place, draft: Draft) -> None:
    target = resolve(node) or node
    for item in target.items if target.kind == "sequence" else (target,):
        entry = resolve(item) or item
        parts = {word: part for word, _, part in entries(entry)} or {"path": entry}
        raw = place.text(parts.get("path"))
        if raw:
            path = place.located(raw)
            required = is_null(parts.get("required")) or is_true(parts["required"])
            as_is = place.text(parts.get("format")) == "raw"
            draft.env_files[path] = EnvFile(path, required, place.at(entry), as_is)


def _listed(name: str, node: Node, place: Place, draft: Draft) -> None:
    """`secrets`, `networks`, `configs`, `profiles`: names in a list, as keys of a mapping, or under `source`."""
    target = resolve(node) or node
    section = draft.named.setdefault(name, {})
    if target.kind == "mapping":
        for entry, key, value in _children(name, target, draft):
            section[entry] = Fact(entry, place.at(key))
            aliases = next((part for word, _, part in entries(value) if word == "aliases"), None)
            for item in (resolve(aliases) or aliases).items if aliases is not None else ():
                draft.named.setdefault("aliases", {})[place.text(item)] = place.fact(item)
        return
    for item in target.items if target.kind == "sequence" else (target,):
        node = resolve(item) or item
        parts = {word: value for word, _, value in entries(node)}
        source = parts.get("source", node)
        if text := place.text(source):
            section[text] = Fact(text, place.at(source))
            if name == "secrets":
                path = posixpath.join(SECRETS_FOLDER, place.text(parts.get("target")) or text)
                draft.named.setdefault("secret_paths", {})[text] = Fact(path, place.at(source))


def _volumes(name: str, node: Node, place: Place, draft: Draft) -> None:
    section = draft.named.setdefault(name, {})
    for item in (resolve(node) or node).items:
        entry = resolve(item) or item
        if entry.kind == "mapping":
            source, target, mode = _long_volume(entry, place)
        else:
            source, target, mode = _short_volume(place.text(entry), place)
        text = ":".join(part for part in (source, target, mode) if part)
        section[target or text] = Fact(text, place.at(entry))


def _long_volume(entry: Node, place: Place) -> tuple[str, str, str]:
    parts = {key: place.text(value) for key, _, value in entries(entry)}
    source = parts.get("source", "")
    mode = "ro" if parts.get("read_only", "").lower() == "true" else ""
    return _bind(source, place) if source and parts.get("type") == "bind" else source, parts.get("target", ""), mode


def _short_volume(text: str, place: Place) -> tuple[str, str, str]:
    parts = text.split(":")
    if len(parts) == 1:
        return "", parts[0], ""
    source = _bind(parts[0], place) if parts[0].startswith(".") else parts[0]
    return source, parts[1], ":".join(parts[2:])


def _bind(source: str, place: Place) -> str:
    located = place.located(source)
    return located if located.startswith(("/", "~", "../")) else f"./{located}"


def _depends_on(name: str, node: Node, place: Place, draft: Draft) -> None:
    target = resolve(node) or node
    if target.kind == "sequence":
        for item in target.items:
            listed = place.text(item)
            draft.depends_on[listed] = DependsOn(listed, "", place.at(item))
        return
    for service, key, value in _children(name, target, draft):
        said = {word: place.text(part) for word, _, part in entries(value)}
        required = said.get("required", "true").lower() != "false"
        draft.depends_on[service] = DependsOn(service, said.get("condition", ""), place.at(key), required)


def _healthcheck(name: str, node: Node, place: Place, draft: Draft) -> None:
    target = resolve(node) or node
    if target.kind != "mapping":
        place.add_problem(f"'healthcheck' of service {draft.key!r} is no mapping", node)
        return
    draft.health.setdefault("", place.at(target))
    for entry, key, value in _children(name, target, draft):
        if entry == "disable" and not is_true(value):
            continue
        draft.health[entry] = place.at(key)
        if entry == "test" and not is_null(value):
            test = resolve(value) or value
            words = tuple(place.text(item) for item in test.items)
            draft.words["healthcheck.test"] = Fact(words or ("CMD-SHELL", place.text(test)), place.at(test))


def _ports(name: str, node: Node, place: Place, draft: Draft) -> None:
    target = resolve(node) or node
    if target.kind != "sequence":
        place.add_problem(f"'ports' of service {draft.key!r} is no list", node)
        return
    for item in target.items:
        entry = resolve(item) or item
        unset = place.unset(entry)
        try:
            found = _long_port(entry, place) if entry.kind == "mapping" else _short_port(entry, place)
        except ValueError as error:
            if unset:
                draft.named.setdefault("unread_ports", {})[entry.value] = Fact(unset, place.at(entry))
                continue
            place.add_problem(f"ports of service {draft.key!r}: {error}", entry)
            continue
        mode = next((place.text(part) for word, _, part in entries(entry) if word == "mode"), "")
        for port in found if not mode else (replace(port, mode=mode) for port in found):
            key = f"{port.host_ip}:{port.published}:{port.target}/{port.protocol}"
            draft.ports[key] = replace(port, unset=unset) if unset else port


def _short_port(entry: Node, place: Place) -> tuple[PublishedPort, ...]:
    text = place.text(entry)
    return short_form(text, entry.value, place.at(entry))


def _long_port(entry: Node, place: Place) -> tuple[PublishedPort, ...]:
    parts = {key: place.text(value) for key, _, value in entries(entry)}
    raw = ", ".join(f"{key}: {(resolve(value) or value).value}" for key, _, value in entries(entry))
    return long_form(
        parts.get("target", ""),
        parts.get("published", ""),
        parts.get("host_ip", ""),
        parts.get("protocol", ""),
        raw,
        place.at(entry),
    )


def _expose(name: str, node: Node, place: Place, draft: Draft) -> None:
    section = draft.named.setdefault(name, {})
    for item in (resolve(node) or node).items:
        text = place.text(item).partition("/")[0]
        try:
            for port in port_range(text):
                section[str(port)] = Fact(str(port), place.at(item))
        except ValueError as error:
            place.add_problem(f"expose of service {draft.key!r}: {error}", item)


_READERS: dict[str, Callable[[str, Node, Place, Draft], None]] = {
    "image": _scalar,
    "container_name": _scalar,
    "user": _scalar,
    **dict.fromkeys(NAMESPACES, _scalar),
    "scale": _scalar,
    "deploy": _deploy,
    "command": _words,
    "entrypoint": _words,
    "build": _build,
    "environment": _environment,
    "env_file": _env_file,
    "links": _listed,
    "volumes_from": _listed,
    "secrets": _listed,
    "networks": _listed,
    "profiles": _listed,
    "volumes": _volumes,
    "depends_on": _depends_on,
    "healthcheck": _healthcheck,
    "ports": _ports,
    "expose": _expose,
}
