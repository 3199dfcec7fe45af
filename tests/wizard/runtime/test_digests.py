"""Image names, and the digest asked of a registry that this test serves."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from wizard.errors import WizardError
from wizard.rules.images import ImageName, parse_image
from wizard.runtime.digests import resolve_digest

INDEX = json.dumps(
    {
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            {"digest": "sha256:m", "platform": {"os": "linux", "architecture": "amd64"}},
            {"digest": "sha256:n", "platform": {"os": "unknown", "architecture": "unknown"}},
        ],
    }
).encode()
DIGEST = f"sha256:{hashlib.sha256(INDEX).hexdigest()}"


class Registry(BaseHTTPRequestHandler):
    """A registry that wants a token, and has one image, one that lies about its digest, and one that is forbidden."""

    def do_GET(self) -> None:
        host = self.headers["Host"]
        if self.path.startswith("/token"):
            return self._send(200, json.dumps({"token": "let-me-in"}).encode())
        if self.headers.get("Authorization") != "Bearer let-me-in":
            words = f'Bearer realm="http://{host}/token",service="s",scope="repository:x:pull"'
            return self._send(401, b"{}", {"WWW-Authenticate": words})
        if self.path == "/v2/python/manifests/3.11-slim" or self.path == f"/v2/python/manifests/{DIGEST}":
            return self._send(200, INDEX, {"Docker-Content-Digest": DIGEST})
        if self.path == "/v2/python/manifests/sha256:m":
            return self._send(200, json.dumps({"config": {"digest": "sha256:c"}}).encode())
        if self.path == "/v2/python/blobs/sha256:c":
            return self._send(200, json.dumps({"created": "2026-01-02T03:04:05Z"}).encode())
        if self.path == "/v2/liar/manifests/1":
            return self._send(200, INDEX, {"Docker-Content-Digest": "sha256:" + "0" * 64})
        if self.path == "/v2/secret/manifests/1":
            return self._send(403, b"{}")
        if self.path == "/v2/web/manifests/1":
            return self._send(200, b"<html>")
        return self._send(404, b"{}")

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    server = HTTPServer(("127.0.0.1", 0), Registry)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_digest_of_the_index_with_the_tag_kept(registry: str) -> None:
    found = resolve_digest(f"{registry}/python:3.11-slim", with_age=True)
    assert found.pinned == f"{registry}/python:3.11-slim@{DIGEST}"
    assert (found.source, found.platforms) == ("registry", ("linux/amd64",))
    assert found.created == "2026-01-02T03:04:05Z"


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("nothing:1", "has no nothing:1"),
        ("liar:1", "sent something else"),
        ("secret:1", "refuses access"),
        ("web:1", "it is no registry"),
    ],
)
def test_no_digest_is_ever_invented(registry: str, image: str, words: str) -> None:
    with pytest.raises(WizardError, match="no digest for") as caught:
        resolve_digest(f"{registry}/{image}")
    assert words in caught.value.message
    assert "imagetools inspect" in caught.value.next_step


def test_a_registry_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    with pytest.raises(WizardError, match="cannot be reached"):
        resolve_digest("127.0.0.1:1/python:3")


@pytest.mark.parametrize(
    ("text", "name", "familiar"),
    [
        ("python", ImageName("docker.io", "library/python", "latest"), "python:latest"),
        ("python:3.11-slim", ImageName("docker.io", "library/python", "3.11-slim"), "python:3.11-slim"),
        ("docker.io/library/python:3", ImageName("docker.io", "library/python", "3"), "python:3"),
        ("grafana/grafana:1", ImageName("docker.io", "grafana/grafana", "1"), "grafana/grafana:1"),
        ("localhost:5000/a/b", ImageName("localhost:5000", "a/b", "latest"), "localhost:5000/a/b:latest"),
        ("ghcr.io/o/x:2@sha256:ab", ImageName("ghcr.io", "o/x", "2", "sha256:ab"), "ghcr.io/o/x:2"),
    ],
)
def test_image_names(text: str, name: ImageName, familiar: str) -> None:
    assert parse_image(text) == name
    assert parse_image(text).familiar == familiar


@pytest.mark.parametrize("text", ["", ":3", "@sha256:x"])
def test_no_image_name(text: str) -> None:
    with pytest.raises(ValueError, match="names no image"):
        parse_image(text)
