"""The committed manifests: `.stack-wizard/services/NAME.yaml`, one for each service the wizard knows."""

from __future__ import annotations

from wizard.adapters.files import Files
from wizard.errors import UnreadableError
from wizard.session.typed import Parsed, Wrong, check, nearest, parse_text
from wizard.values.spec import Manifest

SCHEMA = 1
FOLDER = ".stack-wizard/services"


class Manifests:
    """The manifests of one stack, to read; they are written as part of a plan (`plan.manifest`)."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def path(self, name: str) -> str:
        """Where the manifest of a service is, relative to the stack's root."""
        return f"{FOLDER}/{name}.yaml"

    def names(self) -> tuple[str, ...]:
        """The services that have a manifest, sorted."""
        found = (name.removesuffix(".yaml") for name in self._files.list(FOLDER) if name.endswith(".yaml"))
        return tuple(name for name in found if name)

    def load(self, name: str) -> Manifest | None:
        """The manifest of a service, or None. Raises `UnreadableError` naming everything that is wrong."""
        path = self.path(name)
        if not self._files.exists(path):
            return None
        manifest = read_manifest(self._files.read(path), path)
        if manifest.spec.name != name:
            raise UnreadableError(
                f"the manifest is about {manifest.spec.name!r}, and its file is named after {name!r}",
                where=path,
                next_step="rename the file, or correct the name in it",
            )
        return manifest


def read_manifest(text: str, path: str) -> Manifest:
    """A manifest from its text. Raises `UnreadableError`: bad YAML, other schema, unknown, missing, mistyped keys."""
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
