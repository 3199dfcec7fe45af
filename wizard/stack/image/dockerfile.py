"""Facts of a Dockerfile: what the last stage runs, as whom, on which port, from which base images."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wizard.rules.base_images import known_tools
from wizard.rules.images import split_image
from wizard.stack.image.script import probed
from wizard.stack.image.stage import Stage, apply
from wizard.syntax.dockerfile import DockerfileDocument, Instruction, parse
from wizard.syntax.dockerfile_values import TooLargeError, key_values, substitute
from wizard.syntax.trouble import SyntaxTrouble
from wizard.values.facts.container import BaseImage, DockerfileFacts
from wizard.values.source import Problem, Source

Load = Callable[[str], str | None]


def read_dockerfile(
    text: str, path: str, load: Load | None = None, target: str = "", given: Mapping[str, str] | None = None
) -> DockerfileFacts:
    """Reads one Dockerfile. `load` gives the text of another file of the stack (health check scripts), None when it
    is absent. `target`: the stage that is built, by name or number; '' for the last one. `given`: the values that the
    build is given for its ARG lines.

    What cannot be parsed becomes a `Problem` with its line.
    """
    try:
        document = parse(text)
    except SyntaxTrouble as trouble:
        return DockerfileFacts(path, problems=(Problem(trouble.message, Source(path, trouble.line)),))
    if not document.stages:
        return DockerfileFacts(path, escape=document.escape, problems=(Problem("no FROM in it", Source(path)),))
    return _Reader(document, path, given or {}).facts(load, target)


class _Reader:
    def __init__(self, document: DockerfileDocument, path: str, given: Mapping[str, str]) -> None:
        self.document = document
        self.path = path
        self.given = given
        self.problems: list[Problem] = []
        self.arguments: dict[str, str] = {}
        self.argument_lines: dict[str, Source] = {}
        self.stages: dict[str, Stage] = {}
        self.needs: dict[str, set[str]] = {}
        self.bases: list[BaseImage] = []
        self.users: dict[str, int | None] = {}

    def facts(self, load: Load | None, target: str) -> DockerfileFacts:
        self._global_arguments()
        for instructions in self.document.stages:
            self._stage(instructions)
        names = list(self.stages)
        wanted = names[int(target)] if target.isdecimal() and int(target) < len(names) else target.lower() or names[-1]
        if wanted not in self.stages:
            message = f"it has no stage {target!r}, which Compose builds"
            self.problems.append(Problem(message, Source(self.path)))
            wanted, target = names[-1], ""
        stage = self.stages[wanted]
        needed = [self.stages[name] for name in self._needed(wanted)]
        sources = dict.fromkeys(fact for one in needed for fact in one.copies)
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
            installed=tuple(sorted(stage.installed)),
            escape=self.document.escape,
            problems=(*self.problems, *stage.problems),
            tools_known=stage.tools_known,
            end_user_line=stage.run_line,
            sources=tuple(sources),
            installs=tuple(dict.fromkeys(fact for one in needed for fact in one.installs)),
            packages=tuple(dict.fromkeys(fact for one in needed for fact in one.packages)),
            requires=tuple(dict.fromkeys(fact for one in needed for fact in one.requires)),
            placed=tuple(dict.fromkeys(pair for one in needed for pair in one.placed)),
            binds=any(i.word == "RUN" and "type=bind" in (i.flag("mount") or "") for i in self.document.instructions),
            target="" if wanted == names[-1] else target,
        )

    def _needed(self, name: str) -> list[str]:
        """The stages that go into one, itself included, in the order of the file."""
        found, todo = {name}, [name]
        while todo:
            more = {other for other in self.needs.get(todo.pop(), ()) if other in self.stages} - found
            found |= more
            todo += more
        return [other for other in self.stages if other in found]

    def _global_arguments(self) -> None:
        for instruction in self.document.instructions:
            if instruction.word == "FROM":
                return
            if instruction.word == "ARG":
                source = Source(self.path, instruction.line)
                for name, value in self._pairs(instruction, source):
                    given = self.given.get(name, value)
                    if given is not None:
                        self.arguments[name] = given
                    self.argument_lines[name] = source

    def _pairs(self, instruction: Instruction, source: Source) -> tuple[tuple[str, str | None], ...]:
        escape = self.document.escape
        try:
            return key_values(instruction.value, bare=True, values=self.arguments, escape=escape)
        except TooLargeError as error:
            self.problems.append(Problem(str(error), source))
            return ()

    def _stage(self, instructions: tuple[Instruction, ...]) -> None:
        base = self._base(instructions[0])
        self.bases.append(base)
        parent = self.stages.get(base.image.lower()) if not base.external else None
        if parent is not None:
            stage = parent.child()
        else:
            tools, known = known_tools(base.image, base.tag)
            stage = Stage(self.path, tools=set(tools), tools_known=known)
        stage.globals, stage.given = self.arguments, self.given
        stage.escape = self.document.escape
        for instruction in instructions[1:]:
            apply(stage, instruction)
        for name, uid in stage.users.items():
            self.users[name] = uid if uid is not None else self.users.get(name)
        name = base.alias.lower() or str(len(self.stages))
        froms = (i.flag("from").lower() for i in instructions if i.word == "COPY")
        order = list(self.stages)
        used = {order[int(f)] if f.isdecimal() and int(f) < len(order) else f for f in froms}
        self.needs[name] = used | {base.image.lower()}
        self.stages[name] = stage

    def _base(self, instruction: Instruction) -> BaseImage:
        words = instruction.value.split()
        raw = words[0] if words else ""
        alias = words[2] if len(words) >= 3 and words[1].lower() == "as" else ""
        resolved = self._filled(raw, Source(self.path, instruction.line)) or raw
        image, tag, digest = split_image(resolved)
        defined = next(
            (at for name, at in self.argument_lines.items() if f"${name}" in raw or f"${{{name}" in raw), None
        )
        external = resolved.lower() not in self.stages and resolved != "scratch"
        return BaseImage(raw, image, tag, digest, alias, external, Source(self.path, instruction.line), defined)

    def _filled(self, text: str, source: Source) -> str:
        """The image of a FROM; a variable without a value stays as written: nobody here knows what it is."""
        try:
            return substitute(text, self.arguments, self.document.escape, keep=True)
        except TooLargeError as error:
            self.problems.append(Problem(str(error), source))
            return text
