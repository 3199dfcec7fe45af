"""Answers what well-known base images hold: programs, users, a version of Python, and which address comes first.

Facts from the images' own Dockerfiles: `python:X` is built on buildpack-deps (curl, wget, git), `-slim` and `debian`
have neither curl nor wget, `-alpine` has BusyBox's wget, distroless Python has no shell. What is not known is said so.
"""

from __future__ import annotations

from wizard.rules.images import is_official
from wizard.values.facts.container import DockerfileFacts
from wizard.values.pattern import lazy_pattern

_SLIM = frozenset({"sh", "bash"})
_BUSYBOX = frozenset({"sh", "wget", "nc", "ps", "pgrep", "netstat"})
_FULL = frozenset({"sh", "bash", "curl", "wget", "git", "ps", "pgrep"})
_PYTHON = frozenset({"python", "python3", "pip"})
_BARE = frozenset({"debian", "ubuntu"})
_WITH_CURL = frozenset(
    {"fedora", "centos", "rockylinux", "almalinux", "amazonlinux", "ubi8", "ubi9", "ubi", "oraclelinux"}
)
_BUILDPACK = frozenset({"node", "ruby", "golang", "buildpack-deps", "rust", "perl", "php", "openjdk", "pypy"})
_TOLD = frozenset({"curl", "wget", "nc", "ncat", "netcat", "ps", "pgrep", "netstat", "ss", "redis-cli", "pg_isready"})
"""Programs of health checks for which an image's list is complete; others (grep, cat) are nowhere looked for."""
_DEBIAN_USERS = frozenset(
    {"nobody", "daemon", "bin", "sys", "sync", "games", "man", "lp", "mail", "news", "uucp", "proxy", "www-data"}
    | {"backup", "list", "irc", "_apt"}
)
_ALPINE_USERS = frozenset({"nobody", "daemon", "bin", "mail", "guest", "lp", "sync", "games", "ftp", "ntp", "news"})
_OWN_USERS = {
    "node": "node",
    "nginx": "nginx",
    "postgres": "postgres",
    "redis": "redis",
    "micromamba": "mambauser",
    "aspnet": "app",
    "runtime": "app",
}
_VERSION = lazy_pattern(r"(?<![a-z0-9.])([23])\.(\d+)")
_NAMED_VERSION = lazy_pattern(r"(?:^|[-_.])py(?:thon)?[-_]?(3)\.?(\d{1,2})(?!\d)")
_DISTROLESS = {"python3-debian11": (3, 9), "python3-debian12": (3, 11), "python3-debian13": (3, 13)}


def known_tools(image: str, tag: str) -> tuple[frozenset[str], bool]:
    """Returns (programs, True when that is all of them that matter). Unknown images: nothing, and False."""
    name = image.rsplit("/", 1)[-1].lower()
    low = tag.lower()
    if image == "scratch":
        return frozenset(), True
    if "distroless" in image:
        shell = _BUSYBOX if "debug" in low else frozenset[str]()
        return (shell | frozenset({"python", "python3"}) if "python" in name else shell), True
    python = _PYTHON if "python" in name or "python" in low or name == "pypy" else frozenset[str]()
    system = _system(name, low, bool(python))
    if system is None or not (is_official(image) or name in _WITH_CURL):
        return python, False
    return python | system, True


def _system(name: str, tag: str, python: bool) -> frozenset[str] | None:
    if "alpine" in tag or name in ("alpine", "busybox"):
        return _BUSYBOX
    if "slim" in tag or name in _BARE:
        return _SLIM
    if name in _WITH_CURL or name == "nginx":
        return frozenset({"sh", "bash", "curl"})
    return _FULL if python or name in _BUILDPACK else None


def lacks(file: DockerfileFacts, tool: str) -> bool:
    """Tells whether the image that a Dockerfile builds is known not to have a program that a health check runs."""
    if tool == "sh":
        return file.tools_known and not {"sh", "bash"} & set(file.tools)
    return file.tools_known and tool in _TOLD and tool not in file.tools


def known_users(image: str, tag: str) -> frozenset[str]:
    """Returns the users without root's rights that a base image is known to have."""
    name = image.rsplit("/", 1)[-1].lower()
    own = frozenset({_OWN_USERS[name]} if name in _OWN_USERS else ())
    if "distroless" in image:
        return frozenset({"nonroot", "nobody"})
    tools, known = known_tools(image, tag)
    if not known:
        return own
    if tools >= _BUSYBOX:
        return own | _ALPINE_USERS
    return own | _DEBIAN_USERS if "bash" in tools and name not in _WITH_CURL else own | {"nobody", "daemon"}


def asks_ipv6_first(file: DockerfileFacts, tool: str) -> bool:
    """Tells whether a program of the image takes the first address of `localhost`, ::1, and tries no other: BusyBox's
    wget and nc do, unless a package brings the full ones."""
    base = file.base
    if base is None or tool not in ("wget", "nc"):
        return False
    name = base.image.rsplit("/", 1)[-1].lower()
    return ("alpine" in base.tag.lower() or name in ("alpine", "busybox")) and tool not in file.installed


def python_of(image: str, tag: str) -> tuple[int, int] | None:
    """Returns the version of Python that an image brings; None when its name does not say it (`python:3`)."""
    if "$" in f"{image}{tag}":
        return None
    name, low = image.rsplit("/", 1)[-1].lower(), tag.lower()
    if name in ("python", "pypy"):
        found = _VERSION.search(low)
        return (int(found[1]), int(found[2])) if found else None
    if name in _DISTROLESS:
        return _DISTROLESS[name]
    named = _NAMED_VERSION.search(low) or _NAMED_VERSION.search(name)
    return (int(named[1]), int(named[2])) if named else None
