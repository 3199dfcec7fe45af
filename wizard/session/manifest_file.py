"""The text of a manifest to its value."""

from __future__ import annotations

from wizard.errors import UnreadableError
from wizard.session.validate import Parsed, Wrong, check, nearest, parse_text
from wizard.values.spec import Manifest

SCHEMA = 1


def read_manifest(text: str, path: str) -> Manifest:
    """Parses a manifest. Raises `UnreadableError`: bad YAML, other schema, unknown, missing, mistyped keys."""
    parsed = parse_text(text)
    if isinstance(parsed, Wrong):
        raise _error((parsed,), path)
    _check_schema(parsed, path)
    checked = check(Manifest, parsed)
    if checked.value is None or checked.wrong:
        raise _error(checked.wrong, path)
    return checked.value


def _check_schema(parsed: Parsed, path: str) -> None:
    value = parsed.value
    if not isinstance(value, dict):
        raise _error((Wrong("", 1, "a manifest is a group of keys (schema, spec, waivers, verified)"),), path)
    if "schema" not in value:
        hint = next((nearest(str(key), ("schema",)) for key in value if str(key).startswith("sch")), "")
        raise _error((Wrong("", 1, f"the key 'schema' is missing{hint}; this stack-wizard writes {SCHEMA}"),), path)
    if value["schema"] != SCHEMA or isinstance(value["schema"], bool):
        raise UnreadableError(
            f"the manifest has schema {value['schema']!r}, and this stack-wizard reads schema {SCHEMA}",
            where=f"{path}:{parsed.line(('schema',))}",
            next_step="update stack-wizard to the version that wrote it",
        )


def _error(wrong: tuple[Wrong, ...], path: str) -> UnreadableError:
    where = f"{path}:{wrong[0].line}" if wrong[0].line else path
    step = f"correct {path}; `git log -p -- {path}` shows what it was"
    return UnreadableError("; ".join(str(one) for one in wrong), where=where, next_step=step)
