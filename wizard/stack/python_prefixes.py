"""Full paths of routes: prefixes of blueprints, routers and sub-applications over all files of a service."""

from __future__ import annotations

from wizard.stack.python_lookup import EMPTY, Lookup
from wizard.values.code_facts import PythonFile, Route
from wizard.values.pending_facts import Mount, PendingRoute, RouteGroup, Text

MAX_DEPTH = 5


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
        named = {g.framework for groups in self.groups.values() for g in groups.values()} - {"unknown"}
        self.only = next(iter(named)) if len(named) == 1 else ""

    def group(self, name: str, path: str) -> RouteGroup | None:
        """The app, blueprint or router a dotted name stands for in a file."""
        own = self.groups.get(path, {})
        if name in own:
            return own[name]
        head, _, tail = name.partition(".")
        module, original = self.lookup.imported.get(path, {}).get(head, ("", ""))
        wanted = (
            [(module.rpartition(".")[2], original), (original or module.rpartition(".")[2], tail)] if module else []
        )
        for stem, known in wanted:
            for place in self.lookup.modules.get(stem, ()):
                if known in self.groups[place]:
                    return self.groups[place][known]
        last = name.rpartition(".")[2]
        matches = [g for groups in self.groups.values() for g in groups.values() if g.name.rpartition(".")[2] == last]
        return matches[0] if len(matches) == 1 and last else None

    def prefixes(self, group: RouteGroup, depth: int = 0) -> tuple[str, ...]:
        """Everything a group's routes may be under."""
        mounted = [(mount, path) for mount, child, path in self.mounts if child == group]
        if not mounted or depth > MAX_DEPTH:
            return (self._said(group.prefix, group.rule, group.source.path) or "",)
        result: dict[str, None] = {}
        for mount, path in mounted:
            own = self._own(mount, group, path)
            parent = self.group(mount.parent, path)
            above = self.prefixes(parent, depth + 1) if parent is not None and parent != group else ("",)
            for prefix in above:
                result.setdefault(prefix.rstrip("/") + own)
        return tuple(result)

    def _own(self, mount: Mount, group: RouteGroup, path: str) -> str:
        """Flask's registration prefix replaces the blueprint's; the others are put together."""
        own = self._said(group.prefix, group.rule, group.source.path) or ""
        above = self._said(mount.prefix, mount.rule, path)
        if above is None:
            return own
        return above if mount.framework == "flask" else above.rstrip("/") + own

    def _said(self, prefix: str | None, rule: Text | None, path: str) -> str | None:
        """A prefix, with what other files say; one that nothing says stands as a variable part of the path."""
        if rule is None:
            return prefix
        found = self.lookup.settle(rule, path)
        return found[0].text if found else "/{prefix}"

    def routes(self, file: PythonFile) -> tuple[Route, ...]:
        """The routes of a file with full paths."""
        result: dict[tuple[str, tuple[str, ...]], Route] = {}
        for route in (file.pending or EMPTY).routes:
            for made in self._routes(route, file.path):
                result.setdefault((made.path, made.methods), made)
        return tuple(result.values())

    def _routes(self, route: PendingRoute, path: str) -> list[Route]:
        group = self.group(route.group, path) if route.group else None
        framework = group.framework if group is not None and group.framework != "unknown" else route.framework
        if (
            framework == "unknown"
            and (group is None or group.framework != "unknown")
            and not route.handler.startswith("do_")
        ):
            framework = self.only or "unknown"
        prefixes = self.prefixes(group) if group is not None else ("",)
        rules = [value.text for value in self.lookup.settle(route.rule, path) if value.text or route.rule.choices]
        return [
            Route(_joined(prefix, rule), route.methods, framework, route.handler, route.source, route.static_ok)
            for prefix in prefixes
            for rule in rules
            if _joined(prefix, rule).startswith("/")
        ]


def _joined(prefix: str, rule: str) -> str:
    if not prefix:
        return rule
    return prefix.rstrip("/") + (rule if not rule or rule.startswith("/") else f"/{rule}")
