"""The compose files of one plan: each parsed once, changed edit by edit, given out as `FileEdit`s at the end."""

from __future__ import annotations

from collections.abc import Callable

from wizard.plan.context import PlanContext
from wizard.plan.splice.text import SpliceRefused
from wizard.plan.splice.yaml import YamlEdit
from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import YamlDocument, get, parse
from wizard.values.edit import FileEdit, Refusal

Edit = Callable[[YamlDocument], YamlEdit]
Kept = tuple[dict[str, YamlDocument], dict[str, list[str]], dict[str, list[str]]]

# The items of a block, named by their checks.
SERVICE, ENVIRONMENT, DEPENDS_ON = "compose-service", "compose-environment", "compose-depends-on"
HEALTH_CHECK, PORTS = "compose-health-check", "compose-ports"
ITEMS = (SERVICE, ENVIRONMENT, DEPENDS_ON, HEALTH_CHECK, PORTS)


class ComposeEdits:
    """Collects edits, refusals and notes. An edit that is refused leaves its file as the edits before it made it.

    `overlays`: files beside those of the profile that may be edited, too, since they hold only the stack's limits.
    """

    def __init__(self, ctx: PlanContext) -> None:
        self.ctx = ctx
        self.documents: dict[str, YamlDocument] = {}
        self.around: dict[str, tuple[str, int, str]] = {}
        self.why: dict[str, list[str]] = {}
        self.items: dict[str, list[str]] = {}
        self.created: list[FileEdit] = []
        self.refusals: list[Refusal] = []
        self.notes: list[str] = []
        self.overlays: set[str] = set()

    def document(self, path: str) -> YamlDocument:
        """Returns the file as changed so far. Raises `SpliceRefused` when it cannot be edited: unread, included, or not
        YAML.
        """
        if path not in self.documents:
            text = self.ctx.text(path)
            if text is None:
                raise SpliceRefused(f"{path} was not read")
            if path not in {*self.ctx.profile.compose_files, self.ctx.profile.edit_file, *self.overlays}:
                raise SpliceRefused(f"{path} comes in by `include` or `extends` and may serve others too")
            self.documents[path] = self._parsed(path, text)
        return self.documents[path]

    def _parsed(self, path: str, text: str) -> YamlDocument:
        """The file, or of several YAML documents the one to edit, blank lines in the place of those before it."""
        try:
            whole = parse(text, several=True)
            if not whole.later:
                return whole
            start, end = _edited(whole, self.ctx.key)
            lines = text.count("\n", 0, start)
            self.around[path] = (text[:start], lines, text[end:])
            return parse("\n" * lines + text[start:end])
        except SyntaxTrouble as trouble:
            raise SpliceRefused(f"{path} cannot be read: {trouble.message}", line=trouble.line) from trouble

    def change(self, path: str, edit: Edit, items: tuple[str, ...], why: str) -> None:
        """Makes one edit. Raises `SpliceRefused`."""
        self.documents[path] = edit(self.document(path)).document
        self.items.setdefault(path, []).extend(items)
        self.why.setdefault(path, []).append(why)

    def kept(self) -> Kept:
        """Returns the files as they are now, to go back to."""
        return dict(self.documents), {k: [*v] for k, v in self.items.items()}, {k: [*v] for k, v in self.why.items()}

    def back_to(self, kept: Kept) -> None:
        """Takes back what was changed since."""
        self.documents, self.items, self.why = kept

    def attempt(self, item: str, path: str, edit: Edit, why: str, *, paste: str = "", line: int = 0) -> bool:
        """Makes one edit, or keeps its refusal."""
        try:
            self.change(path, edit, (item,), why)
        except SpliceRefused as refused:
            self.refuse(item, path, refused.reason, refused.paste or paste, refused.line or line)
            return False
        return True

    def create(self, path: str, text: str, why: str, items: tuple[str, ...]) -> None:
        """Plans a compose file that does not exist yet."""
        self.created.append(FileEdit(path, None, text, why, items))

    def refuse(self, item: str, path: str, reason: str, paste: str = "", line: int = 0) -> None:
        """Keeps a refusal."""
        self.refusals.append(Refusal(item, path, reason, paste, line))

    def file_edits(self) -> tuple[FileEdit, ...]:
        """Returns one edit a file that changed."""
        found = list(self.created)
        for path, document in self.documents.items():
            before = self.ctx.text(path)
            head, blanks, tail = self.around.get(path, ("", 0, ""))
            after = head + document.text[blanks:] + tail
            if after != before:
                items = tuple(sorted(set(self.items.get(path, ()))))
                why = ", ".join(dict.fromkeys(self.why.get(path, ())))
                found.append(FileEdit(path, before, after, why, items))
        return tuple(found)


def _edited(whole: YamlDocument, key: str) -> tuple[int, int]:
    """Where the document to edit begins and ends: the one with the service's block, else the first with services."""
    text = whole.text
    roots = [root for root in (whole.root, *whole.later) if root is not None]
    starts = [0, *(text.rfind("\n---", 0, root.start) + 1 for root in roots[1:]), len(text)]
    having = [number for number, root in enumerate(roots) if get(get(root, "services"), key) is not None]
    having += [number for number, root in enumerate(roots) if get(root, "services") is not None]
    chosen = (having or [0])[0]
    return starts[chosen], starts[chosen + 1]
