"""The digest of an image, asked of those who know it: the engine, else its registry, else the local images. Never
invented.

Straight from the registry means two requests of the OCI distribution API
(https://github.com/opencontainers/distribution-spec), made with `requests`, which the Docker SDK brings along; its
credential store is the SDK's too. `oras` and `python-dxf` were considered: each is a further dependency for the same
two requests, and neither reads Docker's credential helpers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wizard.errors import RuntimeUnavailableError, WizardError
from wizard.rules.images import HUB, ImageName, is_digest, parse_image
from wizard.runtime.engine.engine import connect, engine_address, engine_trouble, translated
from wizard.values.lean import dataclass
from wizard.values.live import LiveTrouble
from wizard.values.pattern import lazy_pattern

if TYPE_CHECKING:
    from requests import Response, Session

HUB_HOST = "registry-1.docker.io"
LIMIT = 10.0
INDEX_TYPES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_CHALLENGE = lazy_pattern(r'(\w+)="([^"]*)"')
_LOOPBACK = lazy_pattern(r"(localhost|127(\.\d+){3}|\[::1\])(:\d+)?\Z")


@dataclass(frozen=True, slots=True)
class ImageDigest:
    """What was found out about an image. `pinned`: `NAME:TAG@sha256:…`. `source`: `engine`, `registry` or `local
    images`.

    `platforms`: of the index, empty when it is a single image or the source does not say. `created`: when the image
    for this machine was built (ISO 8601), empty when unknown.
    """

    name: ImageName
    digest: str
    source: str
    platforms: tuple[str, ...] = ()
    created: str = ""

    @property
    def pinned(self) -> str:
        """The reference for a Dockerfile, the tag kept for the reader."""
        return f"{self.name.familiar}@{self.digest}"


def resolve_digest(image: str, *, with_age: bool = False) -> ImageDigest:
    """Returns the digest that `image` has now: of the index when it is a multi-platform image.

    Raises `WizardError` with the reason of each source when none of them knows it.
    """
    name = parse_image(image)
    reasons: list[str] = []
    for ask in (_from_engine, _from_registry, _from_local):
        try:
            found = ask(name)
        except (LiveTrouble, WizardError) as error:
            reasons.append(error.message)
            continue
        return _with_age(found) if with_age else found
    step = f"on a machine that reaches it: docker buildx imagetools inspect {name.familiar}"
    raise RuntimeUnavailableError(f"no digest for {name.familiar}: {'; '.join(reasons)}", next_step=step)


def _from_engine(name: ImageName) -> ImageDigest:
    address = engine_address()
    reason = engine_trouble(address)
    if reason:
        raise LiveTrouble("no-engine", reason, "start the engine")
    client = connect(address)
    try:
        with translated(f"asking for {name.familiar}"):
            told: dict[str, Any] = client.api.inspect_distribution(name.familiar)  # type: ignore[no-untyped-call]
    finally:
        client.close()
    platforms = tuple(f"{p.get('os')}/{p.get('architecture')}" for p in told.get("Platforms") or [])
    return ImageDigest(name, _checked(str(told["Descriptor"]["digest"])), "engine", platforms)


def _from_local(name: ImageName) -> ImageDigest:
    address = engine_address()
    if engine_trouble(address):
        raise LiveTrouble("no-engine", "no local images without an engine", "start the engine")
    client = connect(address)
    try:
        with translated(f"looking for {name.familiar} among the local images"):
            image = client.images.get(name.familiar)
    finally:
        client.close()
    wanted = name.familiar.rpartition(":")[0]
    for reference in image.attrs.get("RepoDigests") or []:
        repository, _, digest = str(reference).partition("@")
        if repository == wanted:
            return ImageDigest(name, _checked(digest), "local images", created=str(image.attrs.get("Created", "")))
    raise LiveTrouble("no-digest", f"the local {name.familiar} was never pulled, so it has no digest", "pull it")


def _checked(digest: str) -> str:
    if not is_digest(digest):
        raise LiveTrouble("no-digest", f"{digest[:80]!r} is no sha256 digest", "pin it by hand")
    return digest


def _from_registry(name: ImageName) -> ImageDigest:
    """Ask the registry itself; the digest is computed over what it sent and compared with what it says."""
    import requests

    with requests.Session() as session, _reached(name.registry):
        reply = _get(session, name, f"manifests/{name.tag}", ",".join((*INDEX_TYPES, *MANIFEST_TYPES)))
        digest = f"sha256:{hashlib.sha256(reply.content).hexdigest()}"
        said = reply.headers.get("Docker-Content-Digest", digest)
        if said != digest:
            raise LiveTrouble("no-digest", f"{name.registry} sent something else than {said[:80]}", "try again")
        body: dict[str, Any] = reply.json()
        return ImageDigest(name, digest, "registry", _platforms(body))


@contextmanager
def _reached(registry: str) -> Iterator[None]:
    import requests

    try:
        yield
    except requests.exceptions.HTTPError as error:
        status = error.response.status_code if error.response is not None else "an error"
        raise LiveTrouble("no-answer", f"{registry} answers {status}", "try again later") from error
    except requests.exceptions.JSONDecodeError as error:
        raise LiveTrouble("no-answer", f"{registry} answers no JSON: it is no registry", "correct the name") from error
    except requests.exceptions.RequestException as error:
        raise LiveTrouble("no-network", f"{registry} cannot be reached", "check the network") from error


def _platforms(body: dict[str, Any]) -> tuple[str, ...]:
    found = [entry.get("platform") or {} for entry in body.get("manifests") or []]
    return tuple(f"{p.get('os')}/{p.get('architecture')}" for p in found if p.get("os") not in (None, "unknown"))


def _with_age(found: ImageDigest) -> ImageDigest:
    """Add when the image was built, when the registry tells; a missing age is no failure."""
    import requests

    try:
        with requests.Session() as session, _reached(found.name.registry):
            created = _created(session, found.name, found.digest)
    except (LiveTrouble, ValueError, KeyError):
        return found
    return ImageDigest(found.name, found.digest, found.source, found.platforms, created)


def _created(session: Session, name: ImageName, digest: str) -> str:
    body: dict[str, Any] = _get(session, name, f"manifests/{digest}", ",".join((*INDEX_TYPES, *MANIFEST_TYPES))).json()
    if body.get("manifests"):
        first = next(m for m in body["manifests"] if (m.get("platform") or {}).get("os") == "linux")
        body = _get(session, name, f"manifests/{first['digest']}", ",".join(MANIFEST_TYPES)).json()
    config: dict[str, Any] = _get(session, name, f"blobs/{body['config']['digest']}", "*/*").json()
    return str(config.get("created", ""))


def _get(session: Session, name: ImageName, path: str, accept: str) -> Response:
    host = HUB_HOST if name.registry == HUB else name.registry
    scheme = "http" if _LOOPBACK.match(host) else "https"
    url = f"{scheme}://{host}/v2/{name.repository}/{path}"
    reply = session.get(url, headers={"Accept": accept}, timeout=LIMIT)
    if reply.status_code == 401:
        token = _token(session, name, reply.headers.get("WWW-Authenticate", ""))
        session.headers["Authorization"] = token
        reply = session.get(url, headers={"Accept": accept}, timeout=LIMIT)
    if reply.status_code == 404:
        raise LiveTrouble(
            "no-image", f"{name.registry} has no {name.repository}:{name.tag}", "correct the image's name"
        )
    if reply.status_code in (401, 403):
        step = f"docker login {name.registry}"
        raise LiveTrouble("no-access", f"{name.registry} refuses access to {name.repository}", step)
    reply.raise_for_status()
    return reply


def _token(session: Session, name: ImageName, challenge: str) -> str:
    """The Authorization header that a registry's challenge asks for, anonymous when Docker knows no login for it."""
    user, password = _login(name)
    scheme, _, rest = challenge.partition(" ")
    if scheme.lower() == "basic":
        import base64

        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    words = dict(_CHALLENGE.findall(rest))
    realm = words.pop("realm", "")
    if scheme.lower() != "bearer" or not realm.startswith(("https://", "http://localhost", "http://127.")):
        raise LiveTrouble("no-access", f"{name.registry} asks for a login the wizard does not know", "docker login")
    words.setdefault("scope", f"repository:{name.repository}:pull")
    reply = session.get(realm, params=words, auth=(user, password) if user else None, timeout=LIMIT)
    reply.raise_for_status()
    told: dict[str, Any] = reply.json()
    return f"Bearer {told.get('token') or told.get('access_token')}"


def _login(name: ImageName) -> tuple[str, str]:
    from docker import auth

    registry = auth.INDEX_NAME if name.registry == HUB else name.registry
    found: dict[str, str] | None = auth.load_config().resolve_authconfig(registry)
    return ((found or {}).get("username") or "", (found or {}).get("password") or "")
