"""Further lines for Dockerfiles that people wrote: COPY of files that were left out, the install of requirements."""

from __future__ import annotations

import posixpath
import re

from wizard.plan.splice.text import Cut, Splice, SpliceRefused, apply, line_start, newline_at
from wizard.syntax.dockerfile import DockerfileDocument, Instruction, exec_form, parse
from wizard.syntax.trouble import SyntaxTrouble


def copy_beside(text: str, line: int, sources: list[str]) -> Splice:
    """Inserts a COPY of further files behind the one on this line, with its flags and to the same folder."""
    document, model = _at(text, line)
    source = f"COPY {_flags(model)}{' '.join(sources)} {destination(model)}"
    return _added(document, model, source, after=True)


def copy_package(text: str, line: int, package: str) -> Splice:
    """Inserts a COPY of a package of the stack behind the COPY on this line, to where the code can import it."""
    document, model = _at(text, line)
    name = posixpath.basename(package)
    return _added(document, model, f"COPY {_flags(model)}{package} {destination(model)}{name}/", after=True)


def install(text: str, line: int, requirements: str) -> Splice:
    """Inserts COPY and pip install of a requirements file before the COPY on this line."""
    document, model = _at(text, line)
    name = posixpath.basename(requirements)
    first = _added(document, model, f"COPY {_flags(model)}{requirements} {destination(model)}", after=False)
    folder = destination(model).removeprefix("./")
    command = f"RUN pip install --no-cache-dir -r {folder}{name}"
    moved = _at(first.after, line + 1)[1]
    return _added(parse(first.after), moved, command, after=False)


def replace_expose(text: str, line: int, old: int, new: int) -> Splice:
    """Writes another port where the EXPOSE on this line names the old one."""
    document = _parsed(text)
    found = next((i for i in document.instructions if i.word == "EXPOSE" and i.line == line), None)
    pattern = re.compile(rf"(?<![\w.]){old}(?![\w.])")
    cuts = [Cut(m.start(), m.end(), str(new)) for m in pattern.finditer(text, found.start, found.end)] if found else []
    if not cuts:
        raise SpliceRefused(f"the EXPOSE does not name {old} literally", f"EXPOSE {new}\n", line)
    return apply(text, cuts)


def destination(copy: Instruction) -> str:
    """Returns the folder a COPY writes to, with a slash at its end. Refused when it gives a file another name."""
    words = exec_form(copy.value) or tuple(copy.value.split())
    last = words[-1] if len(words) > 1 else "."
    if last.endswith("/"):
        return last
    if last == ".":
        return "./"
    if len(words) == 2 and posixpath.basename(last) == posixpath.basename(words[0]) and "." in posixpath.basename(last):
        return posixpath.join(posixpath.dirname(last), "") or "./"
    if "*" in words[0] or (len(words) == 2 and "." not in posixpath.basename(last)):
        return last + "/"
    raise SpliceRefused("where the copied files are in the image cannot be told", line=copy.line)


def _flags(copy: Instruction) -> str:
    return "".join(f"--{name}={value} " if value else f"--{name} " for name, value in copy.flags)


def _at(text: str, line: int) -> tuple[DockerfileDocument, Instruction]:
    document = _parsed(text)
    found = next((i for i in document.instructions if i.word in ("COPY", "ADD") and i.line == line), None)
    if found is None or found.heredocs:
        raise SpliceRefused("there is no COPY on this line", line=line)
    return document, found


def _parsed(text: str) -> DockerfileDocument:
    try:
        return parse(text)
    except SyntaxTrouble as trouble:
        raise SpliceRefused(f"the Dockerfile cannot be read: {trouble.message}", line=trouble.line) from trouble


def _added(document: DockerfileDocument, model: Instruction, source: str, *, after: bool) -> Splice:
    """One instruction more, right before or behind `model`; every other one stays what it was."""
    text = document.text
    newline = newline_at(text, model.start)
    if text[model.start : model.start + len(model.word)].islower():
        word, _, rest = source.partition(" ")
        source = f"{word.lower()} {rest}"
    if after:
        splice = apply(text, [Cut(model.end, model.end, newline + source)])
    else:
        at = line_start(text, model.start)
        splice = apply(text, [Cut(at, at, source + newline)])
    before = [_essence(i) for i in document.instructions]
    place = document.instructions.index(model) + after
    made = [_essence(i) for i in _parsed(splice.after).instructions]
    if len(made) != len(before) + 1 or made[:place] + made[place + 1 :] != before:
        raise SpliceRefused("the line would alter another instruction", source + "\n", model.line)
    return splice


def _essence(i: Instruction) -> tuple[object, ...]:
    return i.word, i.value, i.flags, tuple((h.name, h.body) for h in i.heredocs)
