"""The passwords of the stack's own servers, read where compose has them; never shown."""

from __future__ import annotations

from pathlib import Path

from wizard.values.facts import StackFacts
from wizard.values.profile import ServerProfile


def own_password(facts: StackFacts, server: ServerProfile) -> str:
    """The password in the secret file of a server, '' when there is no such file."""
    for name, file, source in facts.compose.secrets:
        if name != server.secret or not file:
            continue
        root = Path(facts.root)
        first = facts.profile.compose_files[0] if facts.profile.compose_files else source.path
        for folder in (root, root / Path(first).parent, root / Path(source.path).parent):
            if (folder / file).is_file():
                return (folder / file).read_text("utf-8", "replace").strip()
    return ""
