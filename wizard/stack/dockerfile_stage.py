"""One stage of a Dockerfile while it is read: each instruction changes the image's configuration."""

from __future__ import annotations

import copy
import posixpath
import re
import shlex
from collections.abc import Callable

from wizard.stack.probe import probe
from wizard.stack.shell_words import packages, tools_of, users
from wizard.syntax.dockerfile import Instruction, exec_form
from wizard.syntax.dockerfile_values import key_values, substitute
from wizard.values.compose_facts import HealthCheck
from wizard.values.lean import dataclass, field
from wizard.values.source import Fact, Problem, Source

MAX_RANGE = 1000


@dataclass(slots=True)
class Stage:
    """The image configuration as far as it has been read. `inherited`: CMD comes from the parent stage."""

    path: str
    tools: set[str] = field(default_factory=set)
    tools_known: bool = True
    globals: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    env: dict[str, tuple[str, Source]] = field(default_factory=dict)
    users: dict[str, int | None] = field(default_factory=dict)
    user: Fact[str] | None = None
    healthcheck: HealthCheck | None = None
    command: Fact[tuple[str, ...]] | None = None
    entrypoint: Fact[tuple[str, ...]] | None = None
    command_shell: bool = False
    entrypoint_shell: bool = False
    inherited: bool = False
    expose: list[Fact[int]] = field(default_factory=list)
    workdir: Fact[str] | None = None
    copies: list[Fact[str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    scripts: dict[str, str] = field(default_factory=dict)
    run_line: int = 0
    escape: str = "\\"

    def child(self) -> Stage:
        """A stage built on this one: the configuration is inherited, arguments are not."""
        made = copy.deepcopy(self)
        made.arguments = {}
        made.inherited = True
        return made

    @property
    def shell_form(self) -> bool:
        """CMD or ENTRYPOINT runs through a shell."""
        return self.command_shell or self.entrypoint_shell

    @property
    def values(self) -> dict[str, str]:
        """ENV as a container sees it."""
        return {name: value for name, (value, _) in self.env.items()}

    def fill(self, text: str) -> str:
        """Variables of ENV and ARG filled in."""
        return substitute(text, {**self.arguments, **self.values}, self.escape)


def apply(stage: Stage, instruction: Instruction) -> None:
    """Change the stage as the instruction does."""
    reader = _READERS.get(instruction.word)
    if reader is not None:
        reader(stage, instruction, Source(stage.path, instruction.line))


def _arg(stage: Stage, instruction: Instruction, source: Source) -> None:
    for name, value in key_values(instruction.value, bare=True):
        stage.arguments[name] = stage.fill(value) if value is not None else stage.globals.get(name, "")


def _env(stage: Stage, instruction: Instruction, source: Source) -> None:
    filled = [(name, stage.fill(value or "")) for name, value in key_values(instruction.value)]
    for name, value in filled:
        stage.env[name] = (value, source)


def _user(stage: Stage, instruction: Instruction, source: Source) -> None:
    stage.user = Fact(stage.fill(instruction.value).strip(), source)


def _workdir(stage: Stage, instruction: Instruction, source: Source) -> None:
    given = stage.fill(instruction.value).strip().strip("\"'")
    before = stage.workdir.value if stage.workdir is not None else "/"
    stage.workdir = Fact(posixpath.normpath(posixpath.join(before, given)), source)


def _expose(stage: Stage, instruction: Instruction, source: Source) -> None:
    for word in stage.fill(instruction.value).split():
        first, dash, last = word.partition("/")[0].partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            stage.problems.append(Problem(f"EXPOSE {word[:40]} is not a port", source))
            continue
        end = min(int(last) if dash else int(first), int(first) + MAX_RANGE)
        stage.expose += [Fact(port, source) for port in range(int(first), end + 1) if 0 < port < 65536]


def _words(stage: Stage, instruction: Instruction) -> tuple[tuple[str, ...], bool]:
    words = exec_form(instruction.value)
    return (words, False) if words is not None else ((instruction.value,), True)


def _cmd(stage: Stage, instruction: Instruction, source: Source) -> None:
    words, stage.command_shell = _words(stage, instruction)
    stage.command = Fact(words, source)
    stage.inherited = False
    stage.run_line = stage.run_line if stage.run_line and stage.entrypoint is not None else instruction.line


def _entrypoint(stage: Stage, instruction: Instruction, source: Source) -> None:
    words, stage.entrypoint_shell = _words(stage, instruction)
    stage.entrypoint = Fact(words, source)
    if stage.inherited:
        stage.command, stage.command_shell, stage.inherited = None, False, False
    stage.run_line = stage.run_line or instruction.line


def _healthcheck(stage: Stage, instruction: Instruction, source: Source) -> None:
    keys = tuple(name.replace("-", "_") for name, _ in instruction.flags)
    kind, _, rest = instruction.value.strip().partition(" ")
    if kind.upper() == "NONE":
        stage.healthcheck = HealthCheck(("NONE",), source, disabled=True, keys=keys)
        return
    if kind.upper() != "CMD" or not rest.strip():
        stage.problems.append(Problem("HEALTHCHECK needs CMD or NONE", source))
        return
    words = exec_form(rest.strip())
    test = ("CMD", *words) if words is not None else ("CMD-SHELL", rest.strip())
    found = probe(test, stage.values)
    stage.healthcheck = HealthCheck(test, source, found.port, found.path, keys=keys, tool=found.tool)


def _copy(stage: Stage, instruction: Instruction, source: Source) -> None:
    words = exec_form(instruction.value)
    parts = [_filled(stage, word) for word in (words if words is not None else _split(instruction.value))]
    origins = [part for part in parts[:-1] if "<<" not in part]
    for heredoc in instruction.heredocs:
        stage.scripts[parts[-1].rsplit("/", 1)[-1] or heredoc.name] = heredoc.body
    if instruction.flag("from"):
        binaries = (part.rsplit("/", 1) for part in origins if "/bin" in part or part.count("/") == 1)
        stage.tools |= {name for _, name in (pair for pair in binaries if len(pair) == 2) if name and "*" not in name}
        return
    stage.copies += [Fact(part, source) for part in origins if not re.match(r"(https?|git|ssh)://|git@", part)]


def _filled(stage: Stage, word: str) -> str:
    """A word with its variables filled in; as written when one has no value here."""
    named = re.findall(r"\$\{?(\w+)", word)
    return stage.fill(word) if all(stage.arguments.get(n) or stage.values.get(n) for n in named) else word


def _run(stage: Stage, instruction: Instruction, source: Source) -> None:
    words = exec_form(instruction.value)
    text = shlex.join(words) if words is not None else instruction.value
    if words is not None and len(words) == 3 and words[1] == "-c":
        text = words[2]
    text = stage.fill("\n".join((text, *(heredoc.body for heredoc in instruction.heredocs))))
    for name, uid in users(text):
        stage.users[name] = uid
    for package, installed in packages(text):
        for tool in tools_of(package):
            if installed:
                stage.tools.add(tool)
            else:
                stage.tools.discard(tool)


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


_READERS: dict[str, Callable[[Stage, Instruction, Source], None]] = {
    "ARG": _arg,
    "ENV": _env,
    "USER": _user,
    "WORKDIR": _workdir,
    "EXPOSE": _expose,
    "CMD": _cmd,
    "ENTRYPOINT": _entrypoint,
    "HEALTHCHECK": _healthcheck,
    "COPY": _copy,
    "ADD": _copy,
    "RUN": _run,
}
