"""Phase 2: a new Dockerfile, requirements and .dockerignore, or the least edits that finish the ones that are there."""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Callable
from functools import partial

from wizard.plan.context import PlanContext
from wizard.plan.pins import PINS, requirements
from wizard.plan.probes import health_check_source, lacks_tool
from wizard.plan.splice_dockerfile import (
    add_healthcheck,
    pin_from,
    replace_healthcheck,
    replace_healthcheck_port,
    set_user,
)
from wizard.plan.splice_lines import append_requirement, pin_requirement
from wizard.plan.splice_text import Splice, SpliceRefused
from wizard.values.container_facts import BaseImage, DockerfileFacts
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.finding import Status
from wizard.values.phase import Phase

UID = "10001:10001"
_PINS_BY_NAME = {re.split(r"[=\[]", line)[0]: line for line in PINS.values()}


def plan(ctx: PlanContext) -> ChangeSet:
    """What items 2.1 to 2.4 still ask for."""
    made = _Container(ctx)
    made.dockerfile()
    made.requirements()
    made.dockerignore()
    return ChangeSet(ctx.spec.name, Phase.CONTAINER, tuple(made.edits), tuple(made.refusals), tuple(made.notes))


class _Container:
    """Collects the edits of one service's image."""

    def __init__(self, ctx: PlanContext) -> None:
        self.ctx = ctx
        self.edits: list[FileEdit] = []
        self.refusals: list[Refusal] = []
        self.notes: list[str] = []

    def dockerfile(self) -> None:
        """The Dockerfile: new, or spliced."""
        ctx = self.ctx
        if not any(ctx.wants(item) for item in ("2.1", "2.2", "2.3")):
            return
        file = ctx.service.dockerfile if ctx.service else None
        if file is None:
            self._new_dockerfile()
            return
        before = ctx.text(file.path)
        if before is None:
            self.refusals.append(Refusal("2.1", file.path, "the file was not read"))
            return
        text, items = self._spliced(file, before)
        if text != before:
            self.edits.append(FileEdit(file.path, before, text, f"finish the image ({', '.join(items)})", tuple(items)))

    def _new_dockerfile(self) -> None:
        ctx = self.ctx
        path = posixpath.join(ctx.folder, "Dockerfile")
        if ctx.exists(path):
            self.refusals.append(Refusal("2.1", path, "there is a Dockerfile that could not be read"))
            return
        items = ("2.1", "2.2", "2.3") if "@sha256:" in ctx.shape.base_image else ("2.1", "2.2")
        text = ctx.fill("container/Dockerfile.j2")
        self.edits.append(FileEdit(path, None, text, f"build the image ({', '.join(items)})", items))
        if "2.3" not in items:
            self.refusals.append(_unpinned(path, 1, ctx, ctx.shape.base_image))

    def _spliced(self, file: DockerfileFacts, text: str) -> tuple[str, list[str]]:
        """The text after every splice that could be made, and the items it serves. Digests first: they keep the lines
        in place."""
        items: list[str] = []
        steps: list[tuple[str, Callable[[str], Splice]]] = []
        if self.ctx.wants("2.3"):
            steps += [("2.3", step) for step in self._pins(file)]
        if self.ctx.wants("2.2"):
            steps += [("2.2", step) for step in self._health(file)]
        if self.ctx.wants("2.1"):
            steps += [("2.1", step) for step in self._user(file)]
        for item, step in steps:
            try:
                text = step(text).after
                items.append(item)
            except SpliceRefused as refused:
                self.refusals.append(Refusal(item, file.path, refused.reason, refused.paste, refused.line))
        return text, sorted(set(items))

    def _user(self, file: DockerfileFacts) -> list[Callable[[str], Splice]]:
        """USER, as the user the file creates, else by number; a compose `user: root` is not the Dockerfile's matter."""
        override = self.ctx.service.compose.user if self.ctx.service and self.ctx.service.compose else None
        if override is not None and override.value.split(":")[0] in ("root", "0"):
            reason = f"compose runs it as {override.value}"
            self.refusals.append(Refusal("2.1", override.source.path, reason, f'user: "{UID}"\n', override.source.line))
        if self.ctx.status("2.1") is Status.UNKNOWN or (override is not None and _is_set(file)):
            return []
        created = next((name for name, uid in file.created_users if uid != 0 and name != "root"), None)
        return [lambda text: set_user(text, created or UID)]

    def _health(self, file: DockerfileFacts) -> list[Callable[[str], Splice]]:
        check = file.healthcheck
        port = self.ctx.spec.port
        source = health_check_source(port)
        if check is None or check.disabled:
            return [lambda text: add_healthcheck(text, source)]
        if lacks_tool(self.ctx, check.tool):
            return [lambda text: replace_healthcheck(text, source)]
        if check.port is not None and check.port != port:
            old = check.port
            return [lambda text: replace_healthcheck_port(text, old, port)]
        if self.ctx.status("2.2") is Status.BROKEN:
            return [lambda text: replace_healthcheck(text, source)]
        self._left("2.2")
        return []

    def _pins(self, file: DockerfileFacts) -> list[Callable[[str], Splice]]:
        """The digest the engineer (or the registry lookup) gave, on every FROM of that image; others are said."""
        steps: list[Callable[[str], Splice]] = []
        name, _, digest = self.ctx.spec.base_image.partition("@")
        for base in file.bases:
            if not base.external or _pinned(base):
                continue
            if digest and _same_image(name, base):
                line = base.source.line
                steps.append(lambda text, at=line: pin_from(text, at, digest))  # type: ignore[misc]
            else:
                image = f"{base.image}:{base.tag or 'latest'}"
                self.refusals.append(_unpinned(file.path, base.source.line, self.ctx, image))
        return steps

    def _left(self, item: str) -> None:
        finding = next((f for f in self.ctx.report.findings if f.item == item), None)
        if finding is not None:
            self.notes.append(f"{item}: {finding.summary}" + (f"; {finding.hint}" if finding.hint else ""))

    def requirements(self) -> None:
        """requirements.txt: new, or the lines it lacks."""
        ctx = self.ctx
        if not ctx.wants("2.4"):
            return
        facts = ctx.service.requirements if ctx.service else None
        path = facts.path if facts else posixpath.join(ctx.folder, "requirements.txt")
        before = ctx.text(path)
        if before is None:
            lines = _wanted(ctx)
            text = ctx.fill("container/requirements.txt.j2", requirements=lines)
            self.edits.append(FileEdit(path, None, text, "pin what the service imports (2.4)", ("2.4",)))
            return
        self._more_requirements(path, before)

    def _more_requirements(self, path: str, before: str) -> None:
        """Pins first (the lines keep their numbers), then the lines that are missing."""
        ctx = self.ctx
        facts = ctx.service.requirements if ctx.service else None
        loose = [r for r in facts.requirements if not r.pinned and r.source.path == path] if facts else []
        have = {r.name for r in facts.requirements} if facts else set()
        text = before
        for requirement in loose:
            line = _PINS_BY_NAME.get(requirement.name, "")
            text = self._try(
                path,
                text,
                partial(pin_requirement, line=requirement.source.line, name=requirement.name, pinned=line)
                if line
                else None,
                requirement.name,
                requirement.source.line,
            )
        for name, line in _missing(ctx, have):
            text = self._try(path, text, partial(append_requirement, line=line) if line else None, name, 0)
        if text != before:
            self.edits.append(FileEdit(path, before, text, "require what the service imports, pinned (2.4)", ("2.4",)))
        elif not self.refusals:
            self._left("2.4")

    def _try(self, path: str, text: str, step: Callable[[str], Splice] | None, name: str, line: int) -> str:
        """The text after a step, or as it was with a refusal; without a step nobody knows the version."""
        if step is None:
            reason = f"{name} is needed; which version you want is yours to say"
            self.refusals.append(Refusal("2.4", path, reason, f"{name}==…\n", line))
            return text
        try:
            return step(text).after
        except SpliceRefused as refused:
            self.refusals.append(Refusal("2.4", path, refused.reason, refused.paste, refused.line))
            return text

    def dockerignore(self) -> None:
        """A .dockerignore beside a Dockerfile the wizard writes, when the build context has none."""
        path = posixpath.join(self.ctx.folder, ".dockerignore")
        new = any(edit.before is None and edit.path.endswith("/Dockerfile") for edit in self.edits)
        if new and not self.ctx.exists(path) and path not in self.ctx.facts.dockerignore:
            text = self.ctx.fill("container/dockerignore.j2")
            self.edits.append(FileEdit(path, None, text, "keep the build context small (2.4)", ("2.4",)))


def _is_set(file: DockerfileFacts) -> bool:
    return file.user is not None and file.user.value.split(":")[0] not in ("root", "0")


def _pinned(base: BaseImage) -> bool:
    return bool(re.fullmatch(r"(?:sha256:)?[0-9a-f]{64}", base.digest))


def _same_image(name: str, base: BaseImage) -> bool:
    """`python:3.11-slim` and `docker.io/library/python:3.11-slim` are one image."""

    def plain(image: str) -> str:
        return image.removeprefix("docker.io/").removeprefix("library/")

    return plain(name) == plain(f"{base.image}:{base.tag}" if base.tag else base.image)


def _unpinned(path: str, line: int, ctx: PlanContext, image: str) -> Refusal:
    """Item 2.3 without a digest: how to find one. The wizard never makes one up."""
    image = image.split("@")[0]
    command = f"docker buildx imagetools inspect {image}\n"
    again = f"stack-wizard run {ctx.spec.name} --phase container --base-image {image}@sha256:…"
    return Refusal("2.3", path, f"no digest is known for {image}; look it up, then: {again}", command, line)


def _wanted(ctx: PlanContext) -> tuple[str, ...]:
    """The lines of a new requirements file: of the generated service, and of what hand-written code imports beside
    it."""
    if ctx.service is None or not ctx.service.python:
        return requirements(bool(ctx.spec.tables))
    found = [line or name for name, line in _missing(ctx, set())]
    return tuple(sorted(dict.fromkeys(found)))


def _missing(ctx: PlanContext, have: set[str]) -> list[tuple[str, str]]:
    """(distribution, requirement line or '') of every third-party import that no requirement covers."""
    files = ctx.service.python if ctx.service else ()
    local = {file.path.rsplit("/", 1)[-1].removesuffix(".py") for file in files} | {ctx.spec.name, "services", "tests"}
    found: dict[str, str] = {}
    for file in files:
        for fact in file.imports:
            top = fact.value.split(".", 1)[0]
            if not top or top in sys.stdlib_module_names or top in local:
                continue
            line = PINS.get(top, "")
            name = re.split(r"[=\[<>!~ ]", line)[0] if line else top.replace("_", "-").lower()
            if name.replace("_", "-").lower() not in have:
                found.setdefault(name, line)
    return list(found.items())
