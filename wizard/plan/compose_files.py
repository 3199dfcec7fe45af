"""The compose files of one plan: each parsed once, changed edit by edit, given out as `FileEdit`s at the end."""

from __future__ import annotations

from collections.abc import Callable

from wizard.plan.context import PlanContext
from wizard.plan.splice_text import SpliceRefused
from wizard.plan.splice_yaml import YamlEdit
from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import YamlDocument, parse
from wizard.values.edit import FileEdit, Refusal

Edit = Callable[[YamlDocument], YamlEdit]


class ComposeEdits:
    """Collects edits, refusals and notes. An edit that is refused leaves its file as the edits before it made it."""

    def __init__(self, ctx: PlanContext) -> None:
        self.ctx = ctx
        self.documents: dict[str, YamlDocument] = {}
        self.why: dict[str, list[str]] = {}
        self.items: dict[str, list[str]] = {}
        self.created: list[FileEdit] = []
        self.refusals: list[Refusal] = []
        self.notes: list[str] = []

    def document(self, path: str) -> YamlDocument:
        """The file as changed so far. Raises `SpliceRefused` when it cannot be edited: unread, included, or not
        YAML."""
        if path not in self.documents:
            text = self.ctx.text(path)
            if text is None:
                raise SpliceRefused(f"{path} was not read")
            if path not in self.ctx.profile.compose_files and path != self.ctx.profile.edit_file:
                raise SpliceRefused(f"{path} comes in by `include` or `extends` and may serve others too")
            self.documents[path] = self._parsed(path, text)
        return self.documents[path]

    def _parsed(self, path: str, text: str) -> YamlDocument:
        try:
            document = parse(text)
        except SyntaxTrouble as trouble:
            raise SpliceRefused(f"{path} cannot be read: {trouble.message}", line=trouble.line) from trouble
        return document

    def change(self, path: str, edit: Edit, items: tuple[str, ...], why: str) -> None:
        """Make one edit. Raises `SpliceRefused`."""
        self.documents[path] = edit(self.document(path)).document
        self.items.setdefault(path, []).extend(items)
        self.why.setdefault(path, []).append(why)

    def attempt(self, item: str, path: str, edit: Edit, why: str, *, paste: str = "", line: int = 0) -> bool:
        """Make one edit, or keep its refusal."""
        try:
            self.change(path, edit, (item,), why)
        except SpliceRefused as refused:
            self.refuse(item, path, refused.reason, refused.paste or paste, refused.line or line)
            return False
        return True

    def create(self, path: str, text: str, why: str, items: tuple[str, ...]) -> None:
        """A compose file that does not exist yet."""
        self.created.append(FileEdit(path, None, text, why, items))

    def refuse(self, item: str, path: str, reason: str, paste: str = "", line: int = 0) -> None:
        """Keep a refusal."""
        self.refusals.append(Refusal(item, path, reason, paste, line))

    def file_edits(self) -> tuple[FileEdit, ...]:
        """One edit a file that changed."""
        found = list(self.created)
        for path, document in self.documents.items():
            before = self.ctx.text(path)
            if document.text != before:
                items = tuple(sorted(set(self.items.get(path, ()))))
                why = f"{', '.join(dict.fromkeys(self.why.get(path, ())))} ({', '.join(items)})"
                found.append(FileEdit(path, before, document.text, why, items))
        return tuple(found)
