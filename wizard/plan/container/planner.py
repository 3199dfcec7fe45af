"""Phase 2: a new Dockerfile, requirements and .dockerignore, or the least edits that finish the ones that are there."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from functools import partial

from wizard.plan.container.files import builds_with_buildkit, image_steps
from wizard.plan.container.pins import too_old
from wizard.plan.container.probes import (
    NO_PORT,
    SILENT,
    cannot_run,
    health_check_source,
    health_path,
    inside,
    lacks_health,
)
from wizard.plan.container.requirements import compile_command, requirement_edits
from wizard.plan.context import PlanContext
from wizard.plan.docs.view import is_by_hand
from wizard.plan.splice.dockerfile import (
    add_healthcheck,
    pin_from,
    replace_healthcheck,
    replace_healthcheck_port,
    set_user,
)
from wizard.plan.splice.image_files import replace_expose
from wizard.plan.splice.text import Splice, SpliceRefused
from wizard.rules.images import is_digest, same_image
from wizard.syntax.dockerfile import parse
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.facts.container import DockerfileFacts
from wizard.values.finding import Status

UID = "10001:10001"
DOCKERFILE_ITEMS = ("non-root-user", "image-health-check", "base-image-digest")


def plan(ctx: PlanContext) -> ChangeSet:
    """Plans what the image's items still ask for."""
    edits, refusals = requirement_edits(ctx)
    made = _Container(ctx, next((edit for edit in edits if edit.before is None), None))
    made.dockerfile()
    made.dockerignore()
    made.edits += edits
    made.refusals += refusals
    if not edits and not refusals and ctx.wants("requirements"):
        made.left("requirements")
    return ChangeSet(ctx.spec.name, ctx.phase, tuple(made.edits), tuple(made.refusals), tuple(made.notes))


class _Container:
    """Collects the edits of one service's image. `requirements`: a requirements file that is being made."""

    def __init__(self, ctx: PlanContext, requirements: FileEdit | None) -> None:
        self.ctx = ctx
        self.requirements = requirements.path if requirements else ""
        self.edits: list[FileEdit] = []
        self.refusals: list[Refusal] = []
        self.notes: list[str] = []
        facts = ctx.service.requirements if ctx.service else None
        text = (requirements.after if requirements else ctx.text(facts.path) if facts else None) or ""
        self.hashed = "--hash=" in text
        if requirements and not self.hashed:
            self.notes.append(
                f"{requirements.path} pins without hashes: not every version in it is one that the wizard knows the"
                f" hashes of; copy it to requirements.in, then: {compile_command(ctx)}"
            )

    def dockerfile(self) -> None:
        """Plans the Dockerfile: new, or spliced."""
        ctx = self.ctx
        if not any(ctx.wants(item) for item in (*DOCKERFILE_ITEMS, "requirements")):
            return
        file = ctx.service.dockerfile if ctx.service else None
        if file is None:
            self._new_dockerfile()
            return
        before = ctx.text(file.path)
        if file.inline:
            reason = "the Dockerfile stands in the Compose file (dockerfile_inline): finish it there"
            asked = (item for item in DOCKERFILE_ITEMS if ctx.wants(item))
            self.refusals += [Refusal(item, file.path, reason) for item in asked]
            return
        if before is None:
            self.refusals.append(Refusal("non-root-user", file.path, "the file was not read"))
            return
        text, items = self._spliced(file, before)
        if text != before:
            self.edits.append(FileEdit(file.path, before, text, "finish the image", tuple(items)))

    def _new_dockerfile(self) -> None:
        ctx = self.ctx
        path = posixpath.join(ctx.folder, "Dockerfile")
        if ctx.exists(path):
            self.refusals.append(Refusal("non-root-user", path, "there is a Dockerfile that could not be read"))
            return
        block = ctx.service.compose if ctx.service else None
        if block is not None and block.dockerfile is not None and ctx.folder == ".":
            at = block.dockerfile.source
            words = f"Compose builds {block.dockerfile.value} from the stack's root: write it there, or name another"
            self.refusals.append(Refusal("non-root-user", at.path, words, "", at.line))
            return
        reason = too_old(ctx)
        if reason is not None:
            self.refusals.append(Refusal("non-root-user", path, reason))
            return
        if not ctx.spec.base_image and ctx.shape.base_image != ctx.profile.base_image:
            self.notes.append(f"built on {ctx.shape.base_image}: {ctx.profile.base_image} is too old for the code")
        items = DOCKERFILE_ITEMS if "@sha256:" in ctx.shape.base_image else DOCKERFILE_ITEMS[:-1]
        text = ctx.fill(
            "container/Dockerfile.j2", hashed=self.hashed, buildkit=builds_with_buildkit(ctx), by_hand=is_by_hand(ctx)
        )
        self.edits.append(FileEdit(path, None, text, "build the image", items))
        if "base-image-digest" not in items:
            self.refusals.append(_unpinned(path, 1, ctx, ctx.shape.base_image))

    def _spliced(self, file: DockerfileFacts, text: str) -> tuple[str, list[str]]:
        """The text after every splice that could be made, and the items it serves. Digests first: they keep the lines
        in place."""
        items: list[str] = []
        steps: list[tuple[str, Callable[[str], Splice]]] = []
        if self.ctx.wants("base-image-digest"):
            steps += [("base-image-digest", step) for step in self._pins(file)]
        if self.ctx.wants("image-health-check"):
            steps += [("image-health-check", step) for step in self._health(file)]
        if self.ctx.wants("non-root-user"):
            steps += [("non-root-user", step) for step in self._user(file)]
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
            self.refusals.append(
                Refusal("non-root-user", override.source.path, reason, f'user: "{UID}"\n', override.source.line)
            )
        if self.ctx.status("non-root-user") is Status.UNKNOWN or (override is not None and _is_set(file)):
            return []
        created = next((name for name, uid in file.created_users if uid != 0 and name != "root"), None)
        others = _built_from(self.ctx, file)
        if others:
            them = f"{', '.join(others)} run as {created or UID} then, too: the image is theirs as well"
            self.notes.append(f"{them}; see that they can read and write what they need before you start them")
        return [lambda text: set_user(text, created or UID, file.target)]

    def _health(self, file: DockerfileFacts) -> list[Callable[[str], Splice]]:
        check = file.healthcheck
        port = inside(self.ctx)
        if not port:
            self.refusals.append(Refusal("image-health-check", file.path, NO_PORT))
            return []
        source = health_check_source(port, health_path(self.ctx))
        if check is not None and check.keys:
            source = _with_flags(source, self.ctx.text(file.path) or "", check.source.line)
        others = _built_from(self.ctx, file)
        unheard = lacks_health(self.ctx) and (check is None or check.port in (None, port))
        if unheard or (others and (check is None or check.disabled)):
            reason = SILENT if unheard else f"{', '.join(others)} would ask it, too: the health check stands in compose"
            self.refusals.append(Refusal("image-health-check", file.path, reason, source + "\n", file.end_user_line))
            return []
        if check is None or check.disabled:
            return [lambda text: add_healthcheck(text, source, file.target)]
        if cannot_run(self.ctx, check):
            return [lambda text: replace_healthcheck(text, source, file.target), *self._exposed(file, check.port)]
        if check.port is not None and check.port != port:
            old = check.port
            return [lambda text: replace_healthcheck_port(text, old, port, file.target), *self._exposed(file, old)]
        if self.ctx.status("image-health-check") is Status.BROKEN:
            return [lambda text: replace_healthcheck(text, source, file.target)]
        self.left("image-health-check")
        return []

    def _exposed(self, file: DockerfileFacts, old: int | None) -> list[Callable[[str], Splice]]:
        """The port of an EXPOSE that says the same as the health check that is being put right."""
        port = inside(self.ctx)
        if old in (None, port) or port in [fact.value for fact in file.expose]:
            return []
        lines = [fact.source.line for fact in file.expose if fact.value == old]
        return [partial(replace_expose, line=line, old=old or 0, new=port) for line in lines]

    def _pins(self, file: DockerfileFacts) -> list[Callable[[str], Splice]]:
        """The digest the engineer (or the registry lookup) gave, on every FROM of that image; others are said."""
        steps: list[Callable[[str], Splice]] = []
        name, _, digest = self.ctx.spec.base_image.partition("@")
        for base in file.bases:
            if not base.external or is_digest(base.digest):
                continue
            if digest and same_image(name, f"{base.image}:{base.tag}" if base.tag else base.image):
                line = base.source.line
                steps.append(lambda text, at=line: pin_from(text, at, digest))  # type: ignore[misc]
            else:
                image = f"{base.image}:{base.tag or 'latest'}"
                self.refusals.append(_unpinned(file.path, base.source.line, self.ctx, image))
        return steps

    def left(self, item: str) -> None:
        """Says that an item is not met and nothing could be written for it."""
        finding = self.ctx.finding(item)
        if finding is not None:
            self.notes.append(self.ctx.note(item, finding.summary) + (f"; {finding.hint}" if finding.hint else ""))

    def dockerignore(self) -> None:
        """Plans a .dockerignore beside a Dockerfile the wizard writes, when the build context has none."""
        path = posixpath.join(self.ctx.folder, ".dockerignore")
        new = any(edit.before is None and edit.path.endswith("/Dockerfile") for edit in self.edits)
        if new and not self.ctx.exists(path) and path not in self.ctx.facts.dockerignore:
            text = self.ctx.fill("container/dockerignore.j2")
            self.edits.append(FileEdit(path, None, text, "keep the build context small", ("requirements",)))


def _built_from(ctx: PlanContext, file: DockerfileFacts) -> list[str]:
    """The other services of Compose that are built from the same stage of a Dockerfile."""
    return [
        block.key
        for block in ctx.facts.compose.services
        if block.key != ctx.key
        and block.dockerfile is not None
        and block.dockerfile.value == file.path
        and (block.target.value if block.target else "") == file.target
    ]


def _is_set(file: DockerfileFacts) -> bool:
    return file.user is not None and file.user.value.split(":")[0] not in ("root", "0")


def _with_flags(source: str, text: str, line: int) -> str:
    """A health check with the options of the one that stands on a line."""
    found = next((i for i in parse(text).instructions if i.word == "HEALTHCHECK" and i.line == line), None)
    flags = " ".join(f"--{name}={value}" for name, value in found.flags) if found else ""
    return f"HEALTHCHECK {flags} {source[source.index(chr(92)) :]}" if flags else source


def _unpinned(path: str, line: int, ctx: PlanContext, image: str) -> Refusal:
    """Refuses to pin without a digest: how to find one. The wizard never makes one up."""
    image = image.split("@")[0]
    command = f"docker buildx imagetools inspect {image}\n"
    again = f"stack-wizard run {ctx.spec.name} --phase container --base-image {image}@sha256:…"
    return Refusal(
        "base-image-digest", path, f"no digest is known for {image}; look it up, then: {again}", command, line
    )
