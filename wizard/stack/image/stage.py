"""One stage of a Dockerfile while it is read: each instruction changes the image's configuration."""

from __future__ import annotations

import copy
import posixpath
import re
import shlex
from collections.abc import Callable, Mapping

from wizard.stack.image.installs import installed_names, installed_paths, required_files, source_of
from wizard.stack.image.probe import probe
from wizard.stack.image.shell_words import packages, runs_scripts, tools_of, users
from wizard.syntax.dockerfile import Instruction, exec_form
from wizard.syntax.dockerfile_values import TooLargeError, key_values, substitute
from wizard.values.facts.compose import HealthCheck
from wizard.values.facts.container import Placed
from wizard.values.lean import dataclass, field, replace
from wizard.values.source import Fact, Problem, Source

MAX_RANGE = 1000


@dataclass(slots=True)
class Stage:
    """The image configuration as far as it has been read. `inherited`: CMD comes from the parent stage. `globals`: the
    ARG above the first FROM. `given`: what the build is given for ARG (compose `build.args`)."""

    path: str
    tools: set[str] = field(default_factory=set)
    tools_known: bool = True
    installed: set[str] = field(default_factory=set)
    globals: dict[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
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
    placed: list[Placed] = field(default_factory=list)
    installs: list[Fact[str]] = field(default_factory=list)
    packages: list[Fact[str]] = field(default_factory=list)
    requires: list[Fact[str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    scripts: dict[str, str] = field(default_factory=dict)
    run_line: int = 0
    escape: str = "\\"

    def child(self) -> Stage:
        """Returns a stage built on this one: the configuration is inherited, arguments are not."""
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

    @property
    def known(self) -> dict[str, str]:
        """The variables of ENV and ARG; what neither gives a value, the base image or `--build-arg` may set."""
        return {**self.arguments, **self.values}

    def fill(self, text: str, source: Source) -> str:
        """Returns the text with its variables put in; names without a value, and values beyond all bounds, stay as
        written.
        """
        try:
            return substitute(text, self.known, self.escape, keep=True)
        except TooLargeError as error:
            self.problems.append(Problem(str(error), source))
            return text

    def pairs(self, instruction: Instruction, source: Source) -> tuple[tuple[str, str | None], ...]:
        """Returns the names and values of an ENV or ARG; values beyond all bounds are unknown."""
        bare = instruction.word == "ARG"
        try:
            return key_values(instruction.value, bare=bare, values=self.known, escape=self.escape)
        except TooLargeError as error:
            self.problems.append(Problem(str(error), source))
            return tuple((name, "") for name, _ in key_values(instruction.value, bare=bare))


def apply(stage: Stage, instruction: Instruction) -> None:
    """Changes the stage as the instruction does."""
    reader = _READERS.get(instruction.word)
    if reader is not None:
        reader(stage, instruction, Source(stage.path, instruction.line))


def _arg(stage: Stage, instruction: Instruction, source: Source) -> None:
    for name, value in stage.pairs(instruction, source):
        given = stage.given.get(name, stage.globals.get(name) if value is None else value)
        if given is not None:
            stage.arguments[name] = given


def _env(stage: Stage, instruction: Instruction, source: Source) -> None:
    for name, value in stage.pairs(instruction, source):
        stage.env[name] = (value or "", source)


def _user(stage: Stage, instruction: Instruction, source: Source) -> None:
    stage.user = Fact(stage.fill(instruction.value, source).strip(), source)


def _workdir(stage: Stage, instruction: Instruction, source: Source) -> None:
    given = stage.fill(instruction.value, source).strip().strip("\"'")
    before = stage.workdir.value if stage.workdir is not None else "/"
    stage.workdir = Fact(posixpath.normpath(posixpath.join(before, given)), source)


def _expose(stage: Stage, instruction: Instruction, source: Source) -> None:
    for word in stage.fill(instruction.value, source).split():
        if "$" in word:
            continue
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
    stage.healthcheck = HealthCheck(
        test, source, found.port, found.path, keys=keys, tool=found.tool, host=found.host, fault=found.fault
    )


def _copy(stage: Stage, instruction: Instruction, source: Source) -> None:
    words = exec_form(instruction.value)
    parts = [stage.fill(word, source) for word in (words if words is not None else _split(instruction.value))]
    origins = [part for part in parts[:-1] if "<<" not in part]
    for heredoc in instruction.heredocs:
        stage.scripts[parts[-1].rsplit("/", 1)[-1] or heredoc.name] = heredoc.body
    if instruction.flag("from"):
        context = instruction.flag("from").lower()
        stage.placed += [replace(one, context=context) for one in _placed(stage, origins, parts[-1], source)]
        binaries = (part.rsplit("/", 1) for part in origins if "/bin" in part or part.count("/") == 1)
        brought = {name for _, name in (pair for pair in binaries if len(pair) == 2) if name and "*" not in name}
        stage.tools |= brought
        stage.installed |= brought
        return
    if parts and not instruction.heredocs:
        stage.placed += _placed(stage, origins, parts[-1], source)
    stage.copies += [Fact(part, source) for part in origins if not re.match(r"(https?|git|ssh)://|git@", part)]


def _run(stage: Stage, instruction: Instruction, source: Source) -> None:
    words = exec_form(instruction.value)
    text = shlex.join(words) if words is not None else instruction.value
    if words is not None and len(words) == 3 and words[1] == "-c":
        text = words[2]
    text = stage.fill("\n".join((text, *(heredoc.body for heredoc in instruction.heredocs))), source)
    place = stage.workdir.value if stage.workdir is not None else "/"
    placed = [*(one for one in stage.placed if not one.context), *_mounted(stage, instruction, source)]
    folders = (source_of(path, placed) for path in installed_paths(text, place))
    stage.installs += [Fact(folder, source) for folder in folders if folder is not None]
    lists = (source_of(path, placed) for path in required_files(text, place))
    stage.requires += [Fact(path, source) for path in lists if path is not None]
    stage.packages += [Fact(name, source) for name in installed_names(text)]
    for name, uid in users(text):
        stage.users[name] = uid
    for package, installed in packages(text):
        for tool in tools_of(package):
            (stage.tools.add if installed else stage.tools.discard)(tool)
            (stage.installed.add if installed else stage.installed.discard)(tool)
    if runs_scripts(text):
        stage.tools_known = False


def _placed(stage: Stage, origins: list[str], target: str, source: Source) -> list[Placed]:
    """Where each source of a COPY lands."""
    place = stage.workdir.value if stage.workdir is not None else "/"
    base = posixpath.normpath(posixpath.join(place, target))
    into = target.endswith("/") or target == "." or len(origins) > 1
    found = []
    for origin in origins:
        name = posixpath.basename(origin)
        is_file = into and "." in name.strip(".")
        found.append(Placed(origin, posixpath.join(base, name) if is_file else base, source))
    return found


def _mounted(stage: Stage, instruction: Instruction, at: Source) -> list[Placed]:
    """The folders that a RUN mounts from the build context."""
    found = []
    for name, value in instruction.flags:
        options = dict(part.partition("=")[::2] for part in value.split(",")) if name == "mount" else {}
        target = options.get("target") or options.get("dst") or options.get("destination")
        if options.get("type") == "bind" and target and not options.get("from"):
            place = stage.workdir.value if stage.workdir is not None else "/"
            source = options.get("source") or options.get("src") or "."
            found.append(Placed(source, posixpath.normpath(posixpath.join(place, target)), at))
    return found


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
