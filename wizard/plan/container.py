"""Phase 2: a new Dockerfile, requirements and .dockerignore, or the least edits that finish the ones that are there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from functools import partial

from wizard.plan.container_files import image_steps
from wizard.plan.context import PlanContext
from wizard.plan.probes import NO_PORT, SILENT, health_check_source, health_path, is_silent, lacks_tool
from wizard.plan.requirements import requirement_edits
from wizard.plan.splice_dockerfile import (
    add_healthcheck,
    pin_from,
    replace_healthcheck,
    replace_healthcheck_port,
    set_user,
)
from wizard.plan.splice_image_files import replace_expose
from wizard.plan.splice_text import Splice, SpliceRefused
from wizard.syntax.dockerfile import parse
from wizard.values.container_facts import BaseImage, DockerfileFacts
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.finding import Status
from wizard.values.phase import Phase

UID = "10001:10001"


def plan(ctx: PlanContext) -> ChangeSet:
    """What items 2.1 to 2.4 still ask for."""
    edit, refusals = requirement_edits(ctx)
    made = _Container(ctx, edit.path if edit and edit.before is None else "")
    made.dockerfile()
    made.dockerignore()
    made.edits += [edit] if edit else []
    made.refusals += refusals
    if edit is None and not refusals and ctx.wants("2.4"):
        made.left("2.4")
    return ChangeSet(ctx.spec.name, Phase.CONTAINER, tuple(made.edits), tuple(made.refusals), tuple(made.notes))


class _Container:
    """Collects the edits of one service's image. `requirements`: a requirements file that is being made."""

    def __init__(self, ctx: PlanContext, requirements: str) -> None:
        self.ctx = ctx
        self.requirements = requirements
        self.edits: list[FileEdit] = []
        self.refusals: list[Refusal] = []
        self.notes: list[str] = []

    def dockerfile(self) -> None:
        """The Dockerfile: new, or spliced."""
        ctx = self.ctx
        if not any(ctx.wants(item) for item in ("2.1", "2.2", "2.3", "2.4")):
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
        steps += image_steps(self.ctx, file, self.requirements, self.refusals)
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
        if not port:
            self.refusals.append(Refusal("2.2", file.path, NO_PORT))
            return []
        source = health_check_source(port, health_path(self.ctx))
        if check is not None and check.keys:
            source = _with_flags(source, self.ctx.text(file.path) or "", check.source.line)
        if is_silent(self.ctx) and (check is None or check.port is None):
            line = file.end_user_line
            self.refusals.append(Refusal("2.2", file.path, SILENT, source + "\n", line))
            return []
        if check is None or check.disabled:
            return [lambda text: add_healthcheck(text, source)]
        if lacks_tool(self.ctx, check.tool):
            return [lambda text: replace_healthcheck(text, source), *self._exposed(file, check.port)]
        if check.port is not None and check.port != port:
            old = check.port
            return [lambda text: replace_healthcheck_port(text, old, port), *self._exposed(file, old)]
        if self.ctx.status("2.2") is Status.BROKEN:
            return [lambda text: replace_healthcheck(text, source)]
        self.left("2.2")
        return []

    def _exposed(self, file: DockerfileFacts, old: int | None) -> list[Callable[[str], Splice]]:
        """The port of an EXPOSE that says the same as the health check that is being put right."""
        port = self.ctx.spec.port
        if old in (None, port) or port in [fact.value for fact in file.expose]:
            return []
        lines = [fact.source.line for fact in file.expose if fact.value == old]
        return [partial(replace_expose, line=line, old=old or 0, new=port) for line in lines]

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

    def left(self, item: str) -> None:
        """Say that an item is not met and nothing could be written for it."""
        finding = next((f for f in self.ctx.report.findings if f.item == item), None)
        if finding is not None:
            self.notes.append(f"{item}: {finding.summary}" + (f"; {finding.hint}" if finding.hint else ""))

    def dockerignore(self) -> None:
        """A .dockerignore beside a Dockerfile the wizard writes, when the build context has none."""
        path = posixpath.join(self.ctx.folder, ".dockerignore")
        new = any(edit.before is None and edit.path.endswith("/Dockerfile") for edit in self.edits)
        if new and not self.ctx.exists(path) and path not in self.ctx.facts.dockerignore:
            text = self.ctx.fill("container/dockerignore.j2")
            self.edits.append(FileEdit(path, None, text, "keep the build context small (2.4)", ("2.4",)))


def _is_set(file: DockerfileFacts) -> bool:
    return file.user is not None and file.user.value.split(":")[0] not in ("root", "0")


def _with_flags(source: str, text: str, line: int) -> str:
    """A health check with the options of the one that stands on a line."""
    found = next((i for i in parse(text).instructions if i.word == "HEALTHCHECK" and i.line == line), None)
    flags = " ".join(f"--{name}={value}" for name, value in found.flags) if found else ""
    return f"HEALTHCHECK {flags} {source[source.index(chr(92)) :]}" if flags else source


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
