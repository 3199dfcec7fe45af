"""Facts read from a Dockerfile (https://docs.docker.com/reference/dockerfile/), each with its line."""

from __future__ import annotations

from wizard.values.facts.compose import HealthCheck
from wizard.values.lean import dataclass
from wizard.values.source import Fact, Problem, Source


@dataclass(frozen=True, slots=True)
class BaseImage:
    """A `FROM`. `external` False: it names an earlier stage or `scratch`. `raw`: as written; the rest has ARG
    defaults resolved.

    `defined`: the `ARG` line whose default names the image, None when it stands in the `FROM` itself.
    """

    raw: str
    image: str
    tag: str
    digest: str
    alias: str
    external: bool
    source: Source
    defined: Source | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A source of a COPY or a bind mount, and its absolute place in the image; a folder's content lands in that.
    `context`: the name of the further build context that `origin` is in (`COPY --from=NAME`), '' for the build's."""

    origin: str
    target: str
    source: Source
    context: str = ""


@dataclass(frozen=True, slots=True)
class DockerfileFacts:
    """One Dockerfile. `user`, `healthcheck`, `command`, `entrypoint`, `expose`, `workdir`, `env` are those of the
    stage that is built: `target`, the last one when that is ''.

    `created_users`: names made by useradd/adduser in any stage, with their uid where given (`name`, uid or None).
    `shell_form`: the CMD/ENTRYPOINT is not the exec form. `tools`: programs the built stage is known to have
    (`python`, and what its apt/apk lines install). `copies`: sources of COPY/ADD from the build context.
    `tools_known` False: the base image is not one whose programs are known, or a RUN runs a script, so more may be
    there. `installed`: those of `tools` that the file's own lines bring.
    `end_user_line`: the line of CMD/ENTRYPOINT, before which USER must stand (0: neither is in the file).
    `sources`: what COPY/ADD of the stages needed for it takes from the build context. `binds`: a RUN mounts files into
    the build. `context`: the folder its COPY lines are written for ('' the stack's root): Compose's build context, else
    the folder above that has all of `sources`, else the one that lacks fewest; None when that was not asked. `absent`:
    the sources that the build context (without one: `context`) lacks.
    `left_out`: files of the stack that the service's code imports (the line that does) and no COPY takes along, and its
    requirements file when none does. `kept_out`: imported files that `ignore_file` (a
    `.dockerignore`) keeps out. `inline`: it stands in the Compose file `path` (`dockerfile_inline`).
    `installs`: folders of the build context that a RUN installs as packages; `packages`: distributions that a RUN
    installs by name, as written. `requires`: requirements files of the build context that a RUN installs.
    `placed`: what each COPY of the stages needed puts where.
    """

    path: str
    bases: tuple[BaseImage, ...] = ()
    user: Fact[str] | None = None
    created_users: tuple[tuple[str, int | None], ...] = ()
    healthcheck: HealthCheck | None = None
    command: Fact[tuple[str, ...]] | None = None
    entrypoint: Fact[tuple[str, ...]] | None = None
    shell_form: bool = False
    expose: tuple[Fact[int], ...] = ()
    workdir: Fact[str] | None = None
    env: tuple[tuple[str, str, Source], ...] = ()
    copies: tuple[Fact[str], ...] = ()
    tools: tuple[str, ...] = ()
    escape: str = "\\"
    problems: tuple[Problem, ...] = ()
    tools_known: bool = True
    end_user_line: int = 0
    sources: tuple[Fact[str], ...] = ()
    binds: bool = False
    context: str | None = None
    absent: tuple[Fact[str], ...] = ()
    left_out: tuple[Fact[str], ...] = ()
    kept_out: tuple[Fact[str], ...] = ()
    ignore_file: str = ""
    target: str = ""
    inline: bool = False
    installed: tuple[str, ...] = ()
    installs: tuple[Fact[str], ...] = ()
    packages: tuple[Fact[str], ...] = ()
    requires: tuple[Fact[str], ...] = ()
    placed: tuple[Placed, ...] = ()

    @property
    def base(self) -> BaseImage | None:
        """The external image the built stage stands on, earlier stages followed; None when that cannot be told."""
        stages = {base.alias.lower(): base for base in self.bases if base.alias}
        base = stages.get(self.target.lower()) if self.target else self.bases[-1] if self.bases else None
        for _ in self.bases:
            if base is None or base.external:
                return base
            base = stages.get(base.image.lower())
        return base
