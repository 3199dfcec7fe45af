"""Facts read from a Dockerfile (https://docs.docker.com/reference/dockerfile/), each with its line."""

from __future__ import annotations

from wizard.values.compose_facts import HealthCheck
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
class DockerfileFacts:
    """One Dockerfile. `user`, `healthcheck`, `command`, `entrypoint`, `expose`, `workdir`, `env` are those of the
    last stage.

    `created_users`: names made by useradd/adduser in any stage, with their uid where given (`name`, uid or None).
    `shell_form`: the CMD/ENTRYPOINT is not the exec form. `tools`: programs the last stage is known to have
    (`python`, and what its apt/apk lines install). `copies`: sources of COPY/ADD from the build context.
    `tools_known` False: the base image is not one whose programs are known, so more may be there.
    `end_user_line`: the line of CMD/ENTRYPOINT, before which USER must stand (0: neither is in the file).
    `sources`: what COPY/ADD of any stage takes from the build context. `binds`: a RUN mounts files into the build.
    `context`: the folder its COPY lines are written for ('' the stack's root): Compose's build context, else the
    folder above that has all of `sources`, else the one that lacks fewest; None when that was not asked. `absent`: the
    sources that the build context (without one: `context`) lacks.
    `left_out`: files of the stack that the service's code imports (the line that does) and no COPY takes along, and its
    requirements file when none does.
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
