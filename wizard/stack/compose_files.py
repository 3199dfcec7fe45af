"""Compose files with what they include and extend: one `FileModel` a file, drafts in the file's own order.

Rules: https://github.com/compose-spec/compose-spec/blob/main/14-include.md and `extends` in 05-services.md.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Callable, Mapping
from re import finditer

from wizard.stack.compose_checks import check
from wizard.stack.compose_draft import Draft, merge
from wizard.stack.compose_env import env_lines
from wizard.stack.compose_place import Place, is_null, is_remote
from wizard.stack.compose_service import read_service
from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import Node, YamlDocument, last_leaf_end, parse
from wizard.syntax.yaml_data import entries, resolve
from wizard.values.lean import dataclass, field
from wizard.values.memo import Memo
from wizard.values.source import Fact, Problem, Source

MAX_FILES = 200
MAX_EXTENDS = 50
_EXAMPLES = (".example", ".sample", ".template", ".dist")
Load = Callable[[str], str | None]


@dataclass(slots=True)
class FileModel:
    """What a file says, what it includes already merged in."""

    services: dict[str, Draft] = field(default_factory=dict)
    secrets: dict[str, tuple[str, str, Source]] = field(default_factory=dict)
    networks: dict[str, Fact[str]] = field(default_factory=dict)
    volumes: dict[str, Fact[str]] = field(default_factory=dict)
    name: Fact[str] | None = None

    def lay(self, over: FileModel) -> None:
        """Merge a later file into this one."""
        for key, draft in over.services.items():
            self.services[key] = merge(self.services[key], draft) if key in self.services else draft
        self.secrets.update(over.secrets)
        self.networks.update(over.networks)
        self.volumes.update(over.volumes)
        self.name = over.name or self.name


class ComposeFiles:
    """Reads each file once. `files`: every file read in merge order; `problems`: what went wrong, by file and line."""

    def __init__(self, load: Load, memo: Memo | None = None) -> None:
        self.load = load
        self._memo = memo or Memo()
        self.files: list[str] = []
        self.problems: list[Problem] = []
        self.texts: dict[str, str] = {}
        self._roots: dict[str, Node | None] = {}
        self._found: dict[str, list[Problem]] = {}
        self._breaks: dict[str, list[int]] = {}

    def fork(self) -> ComposeFiles:
        """A reader for another set of files that shares what is parsed already."""
        other = ComposeFiles(self.load, self._memo)
        other.texts, other._roots, other._breaks = self.texts, self._roots, self._breaks
        return other

    def env(self, folder: str, known: Mapping[str, str] | None = None) -> dict[str, str]:
        """The variables of a project folder: its `.env` over its `.env.example`, `known` over both.

        Without `known` it is the stack's own project: the `.env` of the root, from which commands are run, is over
        both, as `docker compose` reads the working folder's before the project folder's.
        """
        folders = (folder,) if known is not None else tuple(dict.fromkeys((folder, "")))
        found: dict[str, str] = {}
        for ending in (*reversed(_EXAMPLES), ""):
            for place in folders:
                text = self.load(posixpath.join(place, f".env{ending}")) or ""
                lines = env_lines(text, found | dict(known or {}))
                found.update({line.name: line.value for line in lines if line.value is not None})
        return found | dict(known or {})

    def read(self, path: str, base: str, env: Mapping[str, str], chain: tuple[str, ...] = ()) -> FileModel:
        """The model of one file, includes merged in. `base`: its project folder. A broken file is an empty model."""
        model = FileModel()
        root = self.root(path)
        self._note_read(path)
        if root is None:
            return model
        place = Place(path, base, env, problems=self.problems)
        top = {name: (key, value) for name, key, value in entries(root)}
        if "include" in top:
            self._include(top["include"][1], place, (*chain, path), model)
        if path not in self.files:
            self.files.append(path)
        own = FileModel()
        self._top_level(top, place, own)
        if "services" in top:
            self._services(top["services"][1], place, own, model)
        model.lay(own)
        return model

    def _note_read(self, path: str) -> None:
        """The file belongs to the model: so do its problems, and a broken one is still a file of the model."""
        self.problems.extend(self._found.pop(path, ()))
        if self._roots[path] is None and path in self.texts and path not in self.files:
            self.files.append(path)

    def root(self, path: str) -> Node | None:
        """The root mapping of a file, or None when it cannot be used. Parsed once, whoever asks."""
        if path not in self._roots:
            self._roots[path] = self._parse(path)
        return self._roots[path]

    def line(self, path: str, offset: int) -> int:
        """The line of an offset of a file."""
        if path not in self._breaks:
            self._breaks[path] = [match.start() for match in finditer("\n", self.texts[path])]
        return bisect_left(self._breaks[path], offset) + 1

    def _parse(self, path: str) -> Node | None:
        found = self._found.setdefault(path, [])
        text = self.load(path)
        if text is None:
            found.append(Problem(f"{path} does not exist or cannot be read", Source(path)))
            return None
        self.texts[path] = text
        try:
            document, problems = self._memo.made(("compose", path, text), lambda: _checked(text, path))
            found.extend(problems)
        except SyntaxTrouble as trouble:
            found.append(Problem(_sentence(trouble, text), Source(path, trouble.line)))
            return None
        root = resolve(document.root)
        if root is not None and root.kind != "mapping":
            found.append(Problem("a Compose file is a mapping at its top", Source(path, root.line)))
            return None
        return root

    def _top_level(self, top: Mapping[str, tuple[Node, Node]], place: Place, model: FileModel) -> None:
        if "name" in top:
            model.name = place.fact(top["name"][1])
        for section, found in (("networks", model.networks), ("volumes", model.volumes)):
            if section in top:
                found.update({name: Fact(name, place.at(key)) for name, key, _ in entries(top[section][1])})
        if "secrets" in top:
            for name, key, value in entries(top["secrets"][1]):
                file = next((resolve(node) or node for word, _, node in entries(value) if word == "file"), None)
                path = place.located(place.text(file), file.value) if file is not None else ""
                model.secrets[name] = (name, path, place.at(key))

    def _services(self, node: Node, place: Place, model: FileModel, included: FileModel) -> None:
        body = resolve(node)
        if is_null(body):
            return
        if body is None or body.kind != "mapping":
            place.complain("'services' is no mapping", node)
            return
        for key, at, value in entries(body):
            if key in included.services:
                place.complain(f"service {key!r} is defined here and in an included file", at)
            model.services[key] = self.draft(key, at, value, place, included)

    def draft(self, key: str, at: Node, value: Node, place: Place, included: FileModel | None = None) -> Draft:
        """One service of one file, laid on what it extends."""
        draft = Draft(key, [place.at(at)], end_line=self._last_line(at, value, place))
        read_service(key, value, place, draft)
        base = self._extended(key, value, place, included, ())
        return draft if base is None else merge(base, draft)

    def _last_line(self, at: Node, value: Node, place: Place) -> int:
        text = self.texts.get(place.path)
        if text is None or value.kind == "alias":
            return at.line + place.shift
        return max(at.line, self.line(place.path, last_leaf_end(value, text))) + place.shift

    def _extended(
        self, key: str, value: Node, place: Place, included: FileModel | None, chain: tuple[tuple[str, str], ...]
    ) -> Draft | None:
        """The draft of what a service extends, without `declared`: the base is another service."""
        node = next((part for word, _, part in entries(value) if word == "extends"), None)
        if node is None or is_null(node):
            return None
        target = resolve(node) or node
        parts = {word: place.text(part) for word, _, part in entries(target)} or {"service": place.text(target)}
        service, file = parts.get("service", ""), parts.get("file", "")
        path = self._beside(file, place) if file else place.path
        if (path, service) in chain or len(chain) > MAX_EXTENDS:
            place.complain(f"service {key!r} extends itself in a circle", node)
            return None
        found = {name: (at, body) for name, at, body in entries(_get(self.root(path), "services"))}
        self._note_read(path)
        if service not in found:
            if included is not None and not file and service in included.services:
                return _as_base(included.services[service])
            place.complain(f"service {key!r} extends {service!r}, which {path} does not have", node)
            return None
        there = Place(path, posixpath.dirname(path) if file else place.base, place.env, problems=place.problems)
        base = Draft(service, [])
        read_service(service, found[service][1], there, base)
        deeper = self._extended(service, found[service][1], there, included, (*chain, (path, service)))
        return base if deeper is None else merge(deeper, base)

    def _beside(self, file: str, place: Place) -> str:
        """A path as Compose means it (from the project folder), or beside the naming file if only that exists."""
        path = place.located(file)
        beside = place.located(
            posixpath.join(posixpath.relpath(posixpath.dirname(place.path) or ".", place.base or "."), file)
        )
        return beside if path != beside and self.load(path) is None and self.load(beside) is not None else path

    def _include(self, node: Node, place: Place, chain: tuple[str, ...], model: FileModel) -> None:
        target = resolve(node) or node
        for item in target.items if target.kind == "sequence" else (target,):
            entry = resolve(item) or item
            parts = {word: resolve(value) or value for word, _, value in entries(entry)} or {"path": entry}
            paths = [path for path in _texts(parts.get("path"), place) if self._includable(path, place, entry, chain)]
            if paths:
                files = [self._beside(path, place) for path in paths]
                folder = place.text(parts.get("project_directory"))
                base = place.located(folder) if folder else posixpath.dirname(files[0])
                env = self._include_env(parts.get("env_file"), base, place)
                for file in files:
                    model.lay(self.read(file, base, env, chain))

    def _include_env(self, node: Node | None, base: str, place: Place) -> dict[str, str]:
        if node is None:
            return self.env(base, place.env)
        found: dict[str, str] = {}
        for path in _texts(node, place):
            lines = env_lines(self.load(place.located(path)) or "", found | dict(place.env))
            found.update({line.name: line.value for line in lines if line.value is not None})
        return found | dict(place.env)

    def _includable(self, path: str, place: Place, node: Node, chain: tuple[str, ...]) -> bool:
        if is_remote(path):
            place.complain(f"the remote include {path} is not followed", node)
            return False
        file = self._beside(path, place)
        if file in chain:
            place.complain(f"{file} includes itself in a circle", node)
            return False
        if len(self.files) >= MAX_FILES:
            place.complain(f"more than {MAX_FILES} files: {file} is not read", node)
            return False
        if self.load(file) is None:
            place.complain(f"the included file {file} does not exist or cannot be read", node)
            return False
        return True


def _as_base(draft: Draft) -> Draft:
    base = merge(Draft(draft.key, []), draft)
    base.declared = []
    return base


def _get(root: Node | None, name: str) -> Node | None:
    return next((value for word, _, value in entries(root) if word == name), None)


def _texts(node: Node | None, place: Place) -> list[str]:
    if node is None:
        return []
    found = [place.text(item) for item in node.items] if node.kind == "sequence" else [place.text(node)]
    return [text for text in found if text]


def _sentence(trouble: SyntaxTrouble, text: str) -> str:
    lines = text.split("\n")
    wrong = lines[trouble.line - 1] if 0 < trouble.line <= len(lines) else ""
    if "\t" in wrong[: len(wrong) - len(wrong.lstrip())]:
        return f"a tab indents this line, which YAML forbids ({trouble.message})"
    return f"not valid YAML: {trouble.message}"


def _checked(text: str, path: str) -> tuple[YamlDocument, tuple[Problem, ...]]:
    document = parse(text)
    return document, tuple(check(document, path))
