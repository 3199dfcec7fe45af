"""Facts of a Dockerfile: what the last stage runs, as whom, on which port, from which base images."""

from __future__ import annotations

from collections.abc import Callable

from wizard.stack.base_images import known_tools
from wizard.stack.dockerfile_script import probed
from wizard.stack.dockerfile_stage import Stage, apply
from wizard.syntax.dockerfile import DockerfileDocument, Instruction, parse
from wizard.syntax.dockerfile_values import key_values, substitute
from wizard.syntax.trouble import SyntaxTrouble
from wizard.values.container_facts import BaseImage, DockerfileFacts
from wizard.values.source import Fact, Problem, Source

Load = Callable[[str], str | None]


def read_dockerfile(text: str, path: str, load: Load | None = None) -> DockerfileFacts:
    """Read one Dockerfile. `load` gives the text of another file of the stack (health check scripts), None when it
    is absent.

    What cannot be parsed becomes a `Problem` with its line.
    """
    try:
        document = parse(text)
    except SyntaxTrouble as trouble:
        return DockerfileFacts(path, problems=(Problem(trouble.message, Source(path, trouble.line)),))
    if not document.stages:
        return DockerfileFacts(path, escape=document.escape, problems=(Problem("no FROM in it", Source(path)),))
    return _Reader(document, path).facts(load)


class _Reader:
    def __init__(self, document: DockerfileDocument, path: str) -> None:
        self.document = document
        self.path = path
        self.arguments: dict[str, str] = {}
        self.argument_lines: dict[str, Source] = {}
        self.stages: dict[str, Stage] = {}
        self.bases: list[BaseImage] = []
        self.users: dict[str, int | None] = {}

    def facts(self, load: Load | None) -> DockerfileFacts:
        self._global_arguments()
        stage = Stage(self.path)
        sources: dict[Fact[str], None] = {}
        for instructions in self.document.stages:
            stage = self._stage(instructions)
            sources |= dict.fromkeys(stage.copies)
        return DockerfileFacts(
            path=self.path,
            bases=tuple(self.bases),
            user=stage.user,
            created_users=tuple(self.users.items()),
            healthcheck=probed(stage.healthcheck, self.path, load, stage.scripts, stage.values),
            command=stage.command,
            entrypoint=stage.entrypoint,
            shell_form=stage.shell_form,
            expose=tuple(stage.expose),
            workdir=stage.workdir,
            env=tuple((name, value, source) for name, (value, source) in stage.env.items()),
            copies=tuple(stage.copies),
            tools=tuple(sorted(stage.tools)),
            escape=self.document.escape,
            problems=tuple(stage.problems),
            tools_known=stage.tools_known,
            end_user_line=stage.run_line,
            sources=tuple(sources),
            binds=any(i.word == "RUN" and "type=bind" in (i.flag("mount") or "") for i in self.document.instructions),
        )

    def _global_arguments(self) -> None:
        for instruction in self.document.instructions:
            if instruction.word == "FROM":
                return
            if instruction.word == "ARG":
                for name, value in key_values(instruction.value, bare=True):
                    self.arguments[name] = substitute(value or "", self.arguments, self.document.escape)
                    self.argument_lines[name] = Source(self.path, instruction.line)

    def _stage(self, instructions: tuple[Instruction, ...]) -> Stage:
        base = self._base(instructions[0])
        self.bases.append(base)
        parent = self.stages.get(base.image.lower()) if not base.external else None
        if parent is not None:
            stage = parent.child()
        else:
            tools, known = known_tools(base.image, base.tag)
            stage = Stage(self.path, tools=set(tools), tools_known=known)
        stage.globals = self.arguments
        stage.escape = self.document.escape
        for instruction in instructions[1:]:
            apply(stage, instruction)
        for name, uid in stage.users.items():
            self.users[name] = uid if uid is not None else self.users.get(name)
        self.stages[base.alias.lower() or str(len(self.stages))] = stage
        return stage

    def _base(self, instruction: Instruction) -> BaseImage:
        words = instruction.value.split()
        raw = words[0] if words else ""
        alias = words[2] if len(words) >= 3 and words[1].lower() == "as" else ""
        resolved = substitute(raw, self.arguments, self.document.escape) or raw
        image, tag, digest = split_image(resolved)
        defined = next(
            (at for name, at in self.argument_lines.items() if f"${name}" in raw or f"${{{name}" in raw), None
        )
        external = resolved.lower() not in self.stages and resolved != "scratch"
        return BaseImage(raw, image, tag, digest, alias, external, Source(self.path, instruction.line), defined)


def split_image(reference: str) -> tuple[str, str, str]:
    """`registry:5000/name:tag@sha256:…` -> (name, tag, digest), each '' when absent."""
    rest, _, digest = reference.partition("@")
    folder, slash, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    return f"{folder}{slash}{name}", tag, digest
