"""The templates of a stack: which there are, which the stack has of its own, and how one becomes its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from wizard.errors import RefusedError, UnreadableError, UsageError
from wizard.plan.render import OVERRIDES, compiled, own_names, own_source
from wizard.values.lean import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """One template. `own`: the stack's text, None where the wizard's is taken. `builtin`: the wizard's, None for one
    that only templates of the stack include. `trouble`: why the stack's does not compile, '' when it does."""

    name: str
    own: str | None
    builtin: str | None
    trouble: str = ""

    @property
    def text(self) -> str:
        """The text that is taken."""
        return (self.own if self.own is not None else self.builtin) or ""


def templates(own: Mapping[str, str]) -> tuple[Template, ...]:
    """Returns the wizard's templates and the stack's own, by name. `own`: name -> text."""
    names = sorted({*own_names(), *own})
    return tuple(Template(name, own.get(name), own_source(name), _trouble(own, name)) for name in names)


def _trouble(own: Mapping[str, str], name: str) -> str:
    try:
        if name in own:
            compiled(own, name)
    except UnreadableError as trouble:
        return f"{trouble.where}: {trouble.message}"
    return ""


def named(every: Sequence[Template], wanted: str) -> Template:
    """Returns the template of a name, with or without its folder and `.j2`. Raises `UsageError` for none, or for
    several of a short name."""
    bare = wanted.removeprefix(OVERRIDES).removesuffix(".j2")
    whole = {template.name.removesuffix(".j2"): template for template in every}
    if bare in whole:
        return whole[bare]
    short = [name for name in whole if name.rpartition("/")[2] == bare]
    if len(short) == 1:
        return whole[short[0]]
    near = short or get_close_matches(bare, whole, n=1)
    raise UsageError(
        f"{'several templates are' if short else 'there is no template'} called {wanted!r}",
        next_step=f"did you mean {' or '.join(near)}?" if near else "`stack-wizard templates list` names them all",
    )


def copied(template: Template, *, force: bool = False) -> tuple[str, str]:
    """Returns (path, text) of a template of the wizard's as the stack's own. Raises `RefusedError` where the stack has
    that template already, or where the wizard has none."""
    path = OVERRIDES + template.name
    if template.builtin is None:
        raise RefusedError("the wizard has no such template", where=path, next_step="it is the stack's own already")
    if template.own is not None and not force:
        raise RefusedError("the stack has that template already", where=path, next_step="edit it, or give --force")
    return path, template.builtin
