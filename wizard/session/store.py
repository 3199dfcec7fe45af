"""The committed manifests: `.stack-wizard/services/NAME.yaml`, one for each service the wizard knows."""

from __future__ import annotations

from wizard.adapters.files.files import Files
from wizard.errors import UnreadableError
from wizard.values.memo import Memo
from wizard.values.spec import MANIFESTS, Manifest, manifest_path


class Manifests:
    """The manifests of one stack, to read; they are written as part of a plan (`plan.manifest`)."""

    def __init__(self, files: Files, memo: Memo | None = None) -> None:
        self._files = files
        self._memo = memo or Memo()

    def names(self) -> tuple[str, ...]:
        """Returns the services that have a manifest, sorted."""
        found = (name.removesuffix(".yaml") for name in self._files.list(MANIFESTS) if name.endswith(".yaml"))
        return tuple(name for name in found if name)

    def load(self, name: str) -> Manifest | None:
        """Returns the manifest of a service, or None. Raises `UnreadableError` naming everything that is wrong."""
        path = manifest_path(name)
        if not self._files.exists(path):
            return None
        from wizard.session.manifest_file import read_manifest  # pydantic and typing hints: not for a stack without one

        text = self._files.read(path)
        manifest = self._memo.made(("manifest", path, text), lambda: read_manifest(text, path))
        if manifest.spec.name != name:
            raise UnreadableError(
                f"the manifest is about {manifest.spec.name!r}, and its file is named after {name!r}",
                where=path,
                next_step="rename the file, or correct the name in it",
            )
        return manifest
