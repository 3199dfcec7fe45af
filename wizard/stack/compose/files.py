"""Compose files with what they include and extend: one `FileModel` a file, drafts in the file's own order.

Rules: https://github.com/compose-spec/compose-spec/blob/main/14-include.md and `extends` in 05-services.md.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence

from wizard.stack.compose.checks import checked, sentence
from wizard.stack.compose.draft import Draft, merge
from wizard.stack.compose.env_file import env_lines, env_trouble
from wizard.stack.compose.interpolation import malformed
from wizard.stack.compose.place import Place, is_null, is_remote, is_true, project_name
from wizard.stack.compose.service import CLEARING, read_service
from wizard.syntax.trouble import SyntaxTrouble, line_finder
from wizard.syntax.yaml import Node, get, last_leaf_end
from wizard.syntax.yaml_data import entries, resolve
from wizard.values.lean import dataclass, field
from wizard.values.memo import Memo
from wizard.values.source import Fact, Problem, Source

MAX_FILES = 200
MAX_EXTENDS = 50
Load = Callable[[str], str | None]


@dataclass(slots=True)
class FileModel:
    """What a file says, what it includes already merged in. `cleared`: services that `!reset` and `!override` take
    away from earlier files."""

    services: dict[str, Draft] = field(default_factory=dict)
    secrets: dict[str, tuple[str, str, Source]] = field(default_factory=dict)
    secret_variables: dict[str, str] = field(default_factory=dict)
    external: set[str] = field(default_factory=set)
    networks: dict[str, Fact[str]] = field(default_factory=dict)
    volumes: dict[str, Fact[str]] = field(default_factory=dict)
    name: Fact[str] | None = None
    cleared: set[str] = field(default_factory=set)

    def lay(self, over: FileModel) -> None:
        """Merges a later file into this one."""
        self.cleared |= over.cleared
        for key in over.cleared:
            self.services.pop(key, None)
        for key, draft in over.services.items():
            self.services[key] = merge(self.services[key], draft) if key in self.services else draft
        self.secrets.update(over.secrets)
        self.secret_variables.update(over.secret_variables)
        self.external |= over.external
        self.networks.update(over.networks)
        self.volumes.update(over.volumes)
        self.name = over.name or self.name

    def put_under(self, included: FileModel) -> None:
        """Merges what a file includes: Compose lets it say only what the file (or an earlier include) does not."""
        for key, draft in included.services.items():
            self.services[key] = merge(draft, self.services[key]) if key in self.services else draft
        self.secrets = {**included.secrets, **self.secrets}
        self.networks = {**included.networks, **self.networks}
        self.volumes = {**included.volumes, **self.volumes}
        self.name = self.name or included.name


class ComposeFiles:
    """Reads each file once. `files`: every file read in merge order; `problems`: what went wrong, by file and line.

    `folder`: the name of the stack's root folder, after which Compose names the project when nothing else does.
    """

    def __init__(self, load: Load, memo: Memo | None = None, folder: str = "") -> None:
        self.load = load
        self.folder = folder
        self._memo = memo or Memo()
        self.files: list[str] = []
        self.problems: list[Problem] = []
        self.texts: dict[str, str] = {}
        self._roots: dict[str, tuple[Node, ...]] = {}
        self._services: dict[str, dict[str, tuple[Node, Node]]] = {}
        self._variables: dict[str, tuple[Node, ...]] = {}
        self._found: dict[str, list[Problem]] = {}
        self._lines: dict[str, Callable[[int], int]] = {}

    def fork(self) -> ComposeFiles:
        """Returns a reader for another set of files that shares what is parsed already."""
        other = ComposeFiles(self.load, self._memo, self.folder)
        other.texts, other._roots, other._lines = self.texts, self._roots, self._lines
        other._services, other._variables = self._services, self._variables
        return other

    def env(self, folder: str, known: Mapping[str, str] | None = None) -> dict[str, str]:
        """Returns the variables of a project folder: its `.env` (never an example beside it), `known` over that.

        Without `known` it is the stack's own project: the `.env` of the root, from which commands are run, is over
        the folder's, as `docker compose` reads the working folder's before the project folder's.
        """
        found: dict[str, str] = {}
        for place in (folder,) if known is not None else dict.fromkeys((folder, "")):
            path = posixpath.join(place, ".env")
            text = self.load(path) or ""
            above = found | dict(known or {})
            if trouble := env_trouble(text, above):
                self.problems.append(Problem(f"{path}: {trouble[0]}", Source(path, trouble[1]), refused=True))
            found.update({line.name: line.value for line in env_lines(text, above) if line.value is not None})
        return found | dict(known or {})

    def project(self, paths: Sequence[str], base: str, env: Mapping[str, str]) -> str:
        """Returns the project's name: from `.env`, from the last file that has a `name:`, else the project folder's."""
        if env.get("COMPOSE_PROJECT_NAME"):
            return env["COMPOSE_PROJECT_NAME"]
        named = [get(root, "name") for path in paths for root in self.roots(path)]
        texts = [Place("", base, env).text(node) for node in named]
        last = next((text for text in reversed(texts) if text), "")
        return project_name(last or posixpath.basename(base) or self.folder)

    def read(self, path: str, base: str, env: Mapping[str, str], chain: tuple[str, ...] = ()) -> FileModel:
        """Returns the model of one file, includes merged in. `base`: its project folder. A broken file is an empty
        model.
        """
        model = FileModel()
        roots = self.roots(path)
        self._note_read(path, env)
        place = Place(path, base, env, problems=self.problems)
        for root in roots:
            top = {name: (key, value) for name, key, value in entries(root)}
            if "include" in top:
                model.put_under(self._include(top["include"][1], place, (*chain, path)))
            own = FileModel()
            self._top_level(top, place, own)
            if "services" in top:
                self._read_services(top["services"][1], place, own, model)
            model.lay(own)
        if roots and path not in self.files:
            self.files.append(path)
        return model

    def _note_read(self, path: str, env: Mapping[str, str]) -> None:
        """Counts the file as one of the model: so do its problems, and a broken one is still a file of the model."""
        self.problems.extend(self._found.pop(path, ()))
        if not self._roots[path] and path in self.texts and path not in self.files:
            self.files.append(path)
        for node in self._variables.pop(path, ()):
            if wrong := malformed(node.value, env):
                message = f"{wrong} is no interpolation that Compose knows: it refuses the file"
                self.problems.append(Problem(message, Source(path, node.line), refused=True))

    def roots(self, path: str) -> tuple[Node, ...]:
        """Returns the mappings of a file's documents, none when it cannot be used. Parsed once, whoever asks."""
        if path not in self._roots:
            self._roots[path] = self._parse(path)
        return self._roots[path]

    def services(self, path: str) -> dict[str, tuple[Node, Node]]:
        """Returns key and body of each service that a file itself has, by name."""
        if path not in self._services:
            found = (entry for root in self.roots(path) for entry in entries(get(root, "services")))
            self._services[path] = {name: (key, value) for name, key, value in found}
        return self._services[path]

    def line(self, path: str, offset: int) -> int:
        """Returns the line of an offset of a file."""
        if path not in self._lines:
            self._lines[path] = line_finder(self.texts[path])
        return self._lines[path](offset)

    def _parse(self, path: str) -> tuple[Node, ...]:
        found = self._found.setdefault(path, [])
        text = self.load(path)
        if text is None:
            found.append(Problem(f"{path} does not exist or cannot be read", Source(path), refused=True))
            return ()
        self.texts[path] = text
        try:
            roots, problems, variables = self._memo.made(("compose", path, text), lambda: checked(text, path))
        except SyntaxTrouble as trouble:
            found.append(Problem(sentence(trouble, text), Source(path, trouble.line), refused=True))
            return ()
        found.extend(problems)
        self._variables[path] = variables
        odd = next((root for root in roots if root.kind != "mapping"), None)
        if odd is None or (len(roots) == 1 and is_null(odd)):
            return tuple(root for root in roots if root.kind == "mapping")
        found.append(Problem("a Compose file is a mapping at its top", Source(path, odd.line), refused=True))
        return ()

    def _top_level(self, top: Mapping[str, tuple[Node, Node]], place: Place, model: FileModel) -> None:
        if "name" in top:
            model.name = place.fact(top["name"][1])
        for section, found in (("networks", model.networks), ("volumes", model.volumes)):
            if section in top:
                found.update({name: Fact(name, place.at(key)) for name, key, _ in entries(top[section][1])})
        for name, _, value in entries(top["networks"][1]) if "networks" in top else ():
            if any(word == "external" and _is_external(part) for word, _, part in entries(value)):
                model.external.add(name)
        if "secrets" in top:
            for name, key, value in entries(top["secrets"][1]):
                parts = {word: resolve(node) or node for word, _, node in entries(value)}
                file = parts.get("file")
                path = place.located(place.text(file), file.value) if file is not None else ""
                model.secrets[name] = (name, path, place.at(key))
                model.secret_variables[name] = place.text(parts.get("environment"))

    def _read_services(self, node: Node, place: Place, model: FileModel, included: FileModel) -> None:
        body = resolve(node)
        if is_null(body):
            return
        if body is None or body.kind != "mapping":
            place.add_problem("'services' is no mapping", node)
            return
        for key, at, value in entries(body):
            if value.tag in CLEARING:
                model.cleared.add(key)
            if value.tag != "!reset":
                model.services[key] = self.draft(key, at, value, place, included)

    def draft(self, key: str, at: Node, value: Node, place: Place, included: FileModel | None = None) -> Draft:
        """Returns one service of one file, laid on what it extends."""
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
            place.add_problem(f"service {key!r} extends itself in a circle", node)
            return None
        found = self.services(path)
        self._note_read(path, place.env)
        if service not in found:
            if included is not None and not file and service in included.services:
                return _as_base(included.services[service])
            place.add_problem(f"service {key!r} extends {service!r}, which {path} does not have", node)
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

    def _include(self, node: Node, place: Place, chain: tuple[str, ...]) -> FileModel:
        found = FileModel()
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
                under = FileModel()
                for file in files:
                    under.lay(self.read(file, base, env, chain))
                found.put_under(under)
        return found

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
            place.add_problem(f"the remote include {path} is not followed", node)
            return False
        file = self._beside(path, place)
        if file in chain:
            place.add_problem(f"{file} includes itself in a circle", node)
            return False
        if len(self.files) >= MAX_FILES:
            place.add_problem(f"more than {MAX_FILES} files: {file} is not read", node)
            return False
        if self.load(file) is None:
            place.add_problem(f"the included file {file} does not exist or cannot be read", node)
            return False
        return True


def _is_external(node: Node) -> bool:
    """True for `external: true` and for the older mapping that names the network."""
    return is_true(node) or (resolve(node) or node).kind == "mapping"


def _as_base(draft: Draft) -> Draft:
    base = merge(Draft(draft.key, []), draft)
    base.declared = []
    return base


def _texts(node: Node | None, place: Place) -> list[str]:
    if node is None:
        return []
    found = [place.text(item) for item in node.items] if node.kind == "sequence" else [place.text(node)]
    return [text for text in found if text]
