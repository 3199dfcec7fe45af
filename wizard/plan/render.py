"""The template renderer: Jinja, strict, with the stack's own templates first and a bytecode cache.

A cold compile costs 89 ms, a cached one 1.7 ms (PERF.md section 2), so compiled templates are kept under
`$XDG_CACHE_HOME/stack-wizard/templates`; when that folder cannot be used, rendering works without it.

A template of the stack is text of somebody's repository: it sees what it is given and the two folders of templates,
its work is bounded, and whatever it does wrong is said of it, with its name and line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from wizard.errors import UnreadableError
from wizard.plan import words
from wizard.plan.context import Render
from wizard.rules.homes import cache_folder
from wizard.values.pattern import lazy_pattern

if TYPE_CHECKING:
    from jinja2 import BytecodeCache

    from wizard.plan.bounds import BoundedEnvironment

OVERRIDES = ".stack-wizard/templates/"
OWN = "templates/"
_OF_PATTERN = lazy_pattern(r"\.stack-wizard/patterns/[^/]+/templates/")
_NAME = lazy_pattern(r"(?!\.{1,2}(?:/|\Z))[\w.-]+(?:/(?!\.{1,2}(?:/|\Z))[\w.-]+)*\Z", re.ASCII)
"""A path below the folder of templates, and no other."""
_NEXT = "correct the template, or remove it to use the wizard's own"


def overrides_in(texts: Mapping[str, str]) -> dict[str, str]:
    """Returns the stack's own templates among the texts that were read, and those of its patterns where it has none:
    name (`docs/readme.md.j2`) -> source."""
    found: dict[str, str] = {}
    for path, text in sorted(texts.items(), reverse=True):  # of two patterns with one template, the first by name wins
        pattern = _OF_PATTERN.match(path)
        if pattern is not None:
            found[path[pattern.end() :]] = text
    own = {path.removeprefix(OVERRIDES): text for path, text in texts.items() if path.startswith(OVERRIDES)}
    return found | own


def make_renderer(overrides: Mapping[str, str] | None = None, cache: Path | None = None) -> Render:
    """Returns a function (template name, variables) -> text. `overrides` win over the wizard's own templates.

    The function raises `UnreadableError` with the template and its line: it does not compile, asks for what is not
    there, takes too long, gets too large, or fails in any other way.
    """
    own = dict(overrides or {})
    environment = _environment(own, cache or default_cache())

    def render(template: str, variables: Mapping[str, object]) -> str:
        try:
            return environment.rendered(template, variables)
        except (Exception, RecursionError, MemoryError) as error:
            if not own:
                _raise_if_bug(error)
            raise _refusal(error, (OVERRIDES if template in own else OWN) + template) from error

    return render


def _raise_if_bug(error: BaseException) -> None:
    """Without templates of the stack, only what Jinja says itself is a template's fault."""
    from jinja2 import TemplateError

    if not isinstance(error, TemplateError):
        raise error


def _refusal(error: BaseException, template: str) -> UnreadableError:
    from jinja2 import TemplateSyntaxError

    if isinstance(error, TemplateSyntaxError):
        where = f"{error.filename or template}:{error.lineno}"
        return UnreadableError(f"the template does not compile: {error.message}", where=where, next_step=_NEXT)
    if isinstance(error, RecursionError):
        said = "it includes or calls itself again and again, or is nested too deeply"
    else:
        said = str(getattr(error, "message", None) or error) or type(error).__name__
    where = _place(error.__traceback__) or template
    return UnreadableError(f"the template cannot be filled in: {said}", where=where, next_step=_NEXT)


def _place(trace: TracebackType | None) -> str:
    """`template:line` of the innermost template that was at work: Jinja makes frames that say so."""
    found = ""
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.startswith((OVERRIDES, OWN)):
            found = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def default_cache() -> Path | None:
    """Returns where compiled templates are kept; None for a user without a home."""
    folder = cache_folder(os.environ)
    return Path(folder) / "templates" if folder else None


def _environment(overrides: Mapping[str, str], cache: Path | None) -> BoundedEnvironment:
    from jinja2 import FunctionLoader, StrictUndefined, TemplateSyntaxError

    from wizard.plan.bounds import LARGEST, BoundedEnvironment

    def load(name: str) -> tuple[str, str, None] | None:
        """Returns the text and where it is from; names that leave the two folders find nothing."""
        if name in overrides:
            if len(overrides[name]) > LARGEST:
                raise TemplateSyntaxError(f"it has more than {LARGEST:,} characters", 1, name, OVERRIDES + name)
            return overrides[name], OVERRIDES + name, None
        source = own_source(name)
        return None if source is None else (source, OWN + name, None)

    environment = BoundedEnvironment(
        overrides,
        words.FILTERS,
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_bytecode_cache(cache) if cache else None,
        auto_reload=False,
    )
    environment.globals.update(words.GLOBALS)
    return environment


def own_names() -> tuple[str, ...]:
    """Returns the names of the wizard's own templates, sorted."""
    from importlib.resources import files

    folders = [folder for folder in files("templates").iterdir() if folder.is_dir()]
    found = (f"{folder.name}/{file.name}" for folder in folders for file in folder.iterdir())
    return tuple(sorted(name for name in found if name.endswith(".j2")))


def compiled(overrides: Mapping[str, str], name: str) -> None:
    """Compiles one of the stack's own templates. Raises `UnreadableError` with its line when that fails."""
    environment = _environment(overrides, None)
    try:
        environment.get_template(name)
    except (Exception, RecursionError, MemoryError) as error:
        raise _refusal(error, OVERRIDES + name) from error


def own_source(name: str) -> str | None:
    """Returns the text of the wizard's own template of a name; None when it has none, or for no name at all."""
    from importlib.resources import files

    if not _NAME.match(name):
        return None
    source = files("templates").joinpath(name)
    return source.read_text(encoding="utf-8") if source.is_file() else None


def _bytecode_cache(folder: Path) -> BytecodeCache | None:
    from jinja2 import FileSystemBytecodeCache

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK) or _of_another(folder):
            return None
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder))


def _of_another(folder: Path) -> bool:
    """Bytecode is only loaded from a folder of one's own."""
    return hasattr(os, "getuid") and folder.stat().st_uid != os.getuid()
