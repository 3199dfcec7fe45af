"""A service's Python files as one: what the checks ask of "the code", wherever in the folder it stands."""

from __future__ import annotations

from wizard.rules.packages import DATABASE_DRIVERS, REDIS_DRIVERS
from wizard.values.facts.code import Function, Model, PythonFile, RedisUse, Route, SettingVar
from wizard.values.facts.stack import ServiceFacts
from wizard.values.lean import dataclass
from wizard.values.source import Fact, Problem, Source


@dataclass(frozen=True, slots=True)
class CodeView:
    """Everything the service's own files say, in file order; variables, Redis and imports also of the stack's modules
    that they import."""

    files: tuple[PythonFile, ...] = ()
    routes: tuple[Route, ...] = ()
    unserved: tuple[Route, ...] = ()
    unread_routes: tuple[Source, ...] = ()
    variables: tuple[SettingVar, ...] = ()
    functions: tuple[Function, ...] = ()
    models: tuple[Model, ...] = ()
    redis: tuple[RedisUse, ...] = ()
    served: tuple[Fact[int], ...] = ()
    imports: tuple[Fact[str], ...] = ()
    local_imports: tuple[Fact[str], ...] = ()
    todos: tuple[Fact[str], ...] = ()
    hosts: tuple[Fact[str], ...] = ()
    passwords: tuple[Fact[str], ...] = ()
    problems: tuple[Problem, ...] = ()

    def driver(self, names: frozenset[str]) -> Fact[str] | None:
        """Returns the first import of one of these packages."""
        return next((fact for fact in self.imports if fact.value.split(".", 1)[0] in names), None)

    @property
    def uses_redis(self) -> bool:
        """True when the code talks to Redis in any way."""
        return bool(self.redis) or self.driver(REDIS_DRIVERS) is not None

    @property
    def uses_database(self) -> bool:
        """True when the code imports a PostgreSQL driver or mapper."""
        return self.driver(DATABASE_DRIVERS) is not None


def view(service: ServiceFacts | None) -> CodeView:
    """Returns the view of one service; an empty one when there is no service."""
    files = service.python if service else ()
    every = service.code if service else ()
    return CodeView(
        files=files,
        routes=tuple(x for f in files for x in f.routes),
        unserved=tuple(x for f in files for x in f.unserved),
        unread_routes=tuple(x for f in files for x in f.unread_routes),
        variables=tuple(x for f in every for x in f.variables),
        functions=tuple(x for f in files for x in f.functions),
        models=tuple(x for f in files for x in f.models),
        redis=tuple(x for f in every for x in f.redis),
        served=tuple(x for f in files for x in f.served_ports),
        imports=tuple(x for f in every for x in f.imports),
        local_imports=tuple(x for f in files for x in f.local_imports),
        todos=tuple(x for f in files for x in f.todos),
        hosts=tuple(x for f in files for x in f.hosts),
        passwords=tuple(x for f in every for x in f.passwords),
        problems=tuple(x for f in files for x in f.problems),
    )
