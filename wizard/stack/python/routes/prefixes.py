"""Settles the full paths of routes over all files of a service, as Flask, FastAPI and kin would answer them."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.stack.python.lookup import EMPTY, Lookup
from wizard.values.facts.code import PythonFile, Route
from wizard.values.facts.pending import Mount, PendingRoute, RouteGroup, Text
from wizard.values.lean import dataclass
from wizard.values.source import Source

MAX_DEPTH = 5
"""How deep routers hang on routers; real services have two or three."""
UNKNOWN = "/{prefix}"
"""Stands for a prefix that nothing says."""


@dataclass(frozen=True, slots=True)
class Served:
    """The routes of a file: those that answer, those on blueprints that nobody registers, and where some cannot be
    read."""

    routes: tuple[Route, ...]
    unserved: tuple[Route, ...]
    unread: tuple[Source, ...]


class Prefixes:
    """Which groups exist, and what they are mounted under."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.groups: dict[str, dict[str, RouteGroup]] = {}
        self.mounts: list[tuple[Mount, RouteGroup | None, str]] = []
        for file in lookup.files:
            self.groups[file.path] = {g.name: g for g in (file.pending or EMPTY).groups}
        for file in lookup.files:
            for mount in (file.pending or EMPTY).mounts:
                self.mounts.append((mount, self.group(mount.child, file.path), file.path))
        every = [g for groups in self.groups.values() for g in groups.values()]
        named = {g.framework for g in every} - {"unknown"}
        self.only = next(iter(named)) if len(named) == 1 else ""
        self.apps = {g.framework for g in every if g.app}
        self.blind = any(
            child is None and not self._is_foreign(mount.child, path) for mount, child, path in self.mounts
        )

    def _is_foreign(self, name: str, path: str) -> bool:
        """True for what a library brings along: it is imported, and no file of the service is that module."""
        module, original = self.lookup.imported.get(path, {}).get(name.removesuffix("()").partition(".")[0], ("", ""))
        return bool(module) and not module.startswith(".") and not self.lookup.places(module, original, path)

    def group(self, name: str, path: str, depth: int = 0) -> RouteGroup | None:
        """Returns the app, blueprint or router a dotted name stands for in a file, through imports and packages."""
        own = self.groups.get(path, {})
        if name in own:
            return own[name]
        if name.endswith("()"):
            return self._made_by(name[:-2], path)
        head, _, tail = name.partition(".")
        module, original = self.lookup.imported.get(path, {}).get(head, ("", ""))
        for place, known in self.lookup.targets(module, original, tail, path) if module else ():
            found = self.groups[place].get(known)
            if found is None and place != path and depth < MAX_DEPTH and known:
                found = self.group(known, place, depth + 1) if self._knows(known, place) else None
            if found is not None:
                return found
        last = name.rpartition(".")[2]
        matches = [g for groups in self.groups.values() for g in groups.values() if g.name.rpartition(".")[2] == last]
        return matches[0] if len(matches) == 1 and last else None

    def _knows(self, name: str, path: str) -> bool:
        """True when a module has a name by importing it, as a package's `__init__.py` passes things on."""
        return name.partition(".")[0] in self.lookup.imported.get(path, {})

    def _made_by(self, function: str, path: str) -> RouteGroup | None:
        """The group that a function makes: `app.register_blueprint(make_health())`."""
        module, original = self.lookup.imported.get(path, {}).get(function, ("", function))
        places = self.lookup.places(module, original, path) if module else [path]
        found = [g for place in places for g in self.groups[place].values() if g.within == original]
        return found[0] if len(found) == 1 else None

    def prefixes(self, group: RouteGroup, depth: int = 0) -> tuple[str, ...]:
        """Returns everything a group's routes are under; () for one that hangs nowhere."""
        mounted = [(mount, path) for mount, child, path in self.mounts if child == group]
        if not mounted or depth > MAX_DEPTH:
            return () if self._is_idle(group) else (self._said(group.prefix, group.rule, group.source.path) or "",)
        result: dict[str, None] = {}
        for mount, path in mounted:
            parent = self.group(mount.parent, path)
            above = self.prefixes(parent, depth + 1) if parent is not None and parent != group else ("",)
            for prefix in above:
                result.setdefault(self._under(prefix, mount, group, path))
        return tuple(result)

    def _is_idle(self, group: RouteGroup) -> bool:
        """True for a blueprint that no file registers, where every registration can be read."""
        return group.hangs and group.framework in self.apps and not self.blind

    def _under(self, above: str, mount: Mount, group: RouteGroup, path: str) -> str:
        """Flask's registration prefix replaces the blueprint's; the others are put together."""
        own = self._said(group.prefix, group.rule, group.source.path) or ""
        given = self._said(mount.prefix, mount.rule, path)
        if mount.framework == "flask":
            return _joined(above, own if given is None else given, "flask")
        return above + (given or "").rstrip("/") + own

    def _said(self, prefix: str | None, rule: Text | None, path: str) -> str | None:
        """A prefix, with what other files say; one that nothing says stands as a variable part of the path."""
        if rule is None:
            return prefix
        found = self.lookup.settle(rule, path)
        return found[0].text if found else UNKNOWN

    def served(self, file: PythonFile) -> Served:
        """Returns the routes of a file with full paths."""
        routes: dict[tuple[str, tuple[str, ...]], Route] = {}
        unserved: list[Route] = []
        unread: list[Source] = []
        for pending in (file.pending or EMPTY).routes:
            group = self.group(pending.group, file.path) if pending.group else None
            prefixes = self.prefixes(group) if group is not None else ("",)
            made = list(self._routes(pending, group, prefixes or (group.prefix if group else "",), file.path))
            if not made or any(UNKNOWN in route.path for route in made):
                unread.append(pending.source)
            if not prefixes:
                unserved += made
                continue
            for route in made:
                routes.setdefault((route.path, route.methods), route)
        blind = (
            self.blind and group.hangs for group in self.groups.get(file.path, {}).values() if not self._mounted(group)
        )
        if any(blind):
            unread += [g.source for g in self.groups[file.path].values() if g.hangs and not self._mounted(g)]
        return Served(tuple(routes.values()), tuple(unserved), tuple(unread))

    def _mounted(self, group: RouteGroup) -> bool:
        return any(child == group for _, child, _ in self.mounts)

    def _routes(
        self, route: PendingRoute, group: RouteGroup | None, prefixes: tuple[str, ...], path: str
    ) -> Iterator[Route]:
        framework = self._framework(route, group)
        methods = route.methods or (self._verbs(route.view) if route.view else ())
        rules = [value.text for value in self.lookup.settle(route.rule, path) if value.text or route.rule.choices]
        for prefix in prefixes:
            for rule in rules:
                full = _joined(prefix, rule, framework)
                if full.startswith("/"):
                    yield Route(full, methods, framework, route.handler, route.source, route.static_ok)

    def _framework(self, route: PendingRoute, group: RouteGroup | None) -> str:
        if group is not None and group.framework != "unknown":
            return group.framework
        alone = route.framework == "unknown" and group is None and not route.handler.startswith("do_")
        return self.only or "unknown" if alone else route.framework

    def _verbs(self, view: str, depth: int = 0) -> tuple[str, ...]:
        """The methods of a class-based view, with those of its base classes; () when its class is not read."""
        made = self.lookup.classes.by_name.get(view)
        if made is None or depth > MAX_DEPTH:
            return ()
        inherited = (
            verb for parent in self.lookup.classes.parents(made) for verb in self._verbs(parent.name, depth + 1)
        )
        found = tuple(dict.fromkeys((*made.verbs, *inherited)))
        return found or (("GET",) if not depth else ())


def _joined(prefix: str, rule: str, framework: str) -> str:
    """Flask puts one slash between prefix and rule; FastAPI and Starlette put the two together as they are."""
    if not prefix or not rule or framework != "flask":
        return prefix + rule if framework == "flask" or rule[:1] in ("", "/") else f"{prefix.rstrip('/')}/{rule}"
    return f"{prefix.rstrip('/')}/{rule.lstrip('/')}"
