"""The schema and the seeds: what the PostgreSQL container runs on an empty volume, else SQL files by what they do."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from wizard.stack.detect.servers import POSTGRES, server_key
from wizard.stack.survey import Findings, Survey
from wizard.values.facts.compose import ComposeModel
from wizard.values.pattern import lazy_pattern

_CREATES = lazy_pattern(r"\bcreate\s+(?:unlogged\s+)?table\b", re.IGNORECASE)
_INSERTS = lazy_pattern(r"\binsert\s+into\b|^\s*copy\s+\S+.*\bfrom\b", re.IGNORECASE | re.MULTILINE)
_NOT_SCHEMA = lazy_pattern(
    r"(?:^|/)(?:migrations?|versions|alembic|changelog|test[^/]*|fixtures?|down|queries)(?:/|$)", re.IGNORECASE
)
_INITDB = "/docker-entrypoint-initdb.d"


def detect_sql(survey: Survey, model: ComposeModel, findings: Findings) -> None:
    """Fills `schema_file` and `seed_files`."""
    mounted = dict(_mounted(survey, model))
    paths = list(mounted) or [
        path
        for path in survey.tree.visible
        if path.endswith(".sql") and path.count("/") < 5 and not _NOT_SCHEMA.search(path)
    ]
    texts = {path: survey.texts.get(path) or "" for path in paths[:100]}
    creating = [path for path in texts if _CREATES.search(texts[path])]
    seeding = [path for path in texts if path not in creating and _INSERTS.search(texts[path])]
    if not creating:
        named = [path for path in texts if "schema" in path.lower() or path.endswith("init.sql")]
        findings.say(
            "schema_file",
            named[0] if named else "",
            f"{named[0]}: by its name" if named else "no SQL file creates a table",
        )
        findings.say("seed_files", tuple(path for path in seeding if path not in named), "SQL files that insert rows")
        return
    ranked = creating if mounted else sorted(creating, key=_schema_rank)
    best = ranked[0]
    extra = tuple(path for path in (*(ranked[1:] if mounted else ()), *seeding) if not _NOT_SCHEMA.search(path))
    ordered = tuple(path for path in (*mounted, *seeding) if path in extra) if mounted else tuple(sorted(seeding))
    rivals = [path for path in ranked if path != best and not _NOT_SCHEMA.search(path)]
    findings.say("schema_file", best, mounted.get(best, f"{best}: it creates tables"), unsure=bool(rivals))
    seeds = tuple(dict.fromkeys(ordered))
    findings.say("seed_files", seeds, mounted.get(seeds[0], f"{seeds[0]}: it inserts rows") if seeds else "none found")


def _schema_rank(path: str) -> tuple[bool, bool, int, str]:
    name = path.lower()
    return "schema" not in name, "init" not in name, path.count("/"), path


def _mounted(survey: Survey, model: ComposeModel) -> Iterable[tuple[str, str]]:
    """SQL files mounted where the PostgreSQL image looks for them, in the order in which it runs them."""
    key = server_key(model, POSTGRES)
    found: list[tuple[str, str, str]] = []
    for service in model.services:
        for fact in service.volumes if service.key == key or not key else ():
            source, _, rest = fact.value.partition(":")
            target = rest.partition(":")[0]
            path = source.removeprefix("./")
            if not target.startswith(_INITDB) or not source.startswith("./"):
                continue
            if survey.tree.has(path) and path.endswith(".sql"):
                found.append((posixpath.basename(target), path, str(fact.source)))
            for name in survey.tree.children(path) if survey.tree.is_folder(path) else ():
                if name.endswith(".sql") and survey.tree.has(f"{path}/{name}"):
                    found.append((name, f"{path}/{name}", str(fact.source)))
    return [(path, why) for _, path, why in sorted(found)]
