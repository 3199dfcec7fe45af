"""Programs that well-known base images bring, as far as a health check may need them."""

from __future__ import annotations

_SLIM = frozenset({"sh", "bash"})
_BUSYBOX = frozenset({"sh", "wget", "nc", "ps", "pgrep"})
_FULL = frozenset({"sh", "bash", "curl", "wget", "git", "ps"})
_PYTHON = frozenset({"python", "python3", "pip"})
_BARE = frozenset({"debian", "ubuntu"})
_WITH_CURL = frozenset(
    {"fedora", "centos", "rockylinux", "almalinux", "amazonlinux", "ubi8", "ubi9", "ubi", "oraclelinux"}
)
_BUILDPACK = frozenset({"node", "ruby", "golang", "buildpack-deps", "rust", "perl", "php", "openjdk", "pypy"})


def known_tools(image: str, tag: str) -> tuple[frozenset[str], bool]:
    """(programs, True when that is all of them that matter). Unknown images: nothing, and False.

    Facts from the images' own Dockerfiles: `python:X` is built on buildpack-deps (curl, wget, git), `-slim` and
    `debian` have neither curl nor wget, `-alpine` has BusyBox's wget, distroless Python has no shell.
    """
    name = image.rsplit("/", 1)[-1].lower()
    low = tag.lower()
    if image == "scratch":
        return frozenset(), True
    if "distroless" in image:
        shell = _BUSYBOX if "debug" in low else frozenset[str]()
        return (shell | frozenset({"python", "python3"}) if "python" in name else shell), True
    python = _PYTHON if "python" in name or "python" in low or name == "pypy" else frozenset[str]()
    official = "/" not in image or image.startswith(("docker.io/library/", "library/"))
    system = _system(name, low, bool(python))
    if system is None or not (official or name in _WITH_CURL):
        return python, False
    return python | system, True


def _system(name: str, tag: str, python: bool) -> frozenset[str] | None:
    if "alpine" in tag or name == "alpine" or name == "busybox":
        return _BUSYBOX
    if "slim" in tag or name in _BARE:
        return _SLIM
    if name in _WITH_CURL:
        return frozenset({"sh", "bash", "curl"})
    if name == "nginx":
        return frozenset({"sh", "bash", "curl"})
    return _FULL if python or name in _BUILDPACK else None
