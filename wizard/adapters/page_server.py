"""Serves one page on loopback, and tells open browsers when there is a newer one. It only reads what it is given.

Other pages in the same browser can send requests to loopback, too: a request whose Host is not this address is refused
(a name that was made to lead here, DNS rebinding), and nothing but the page can be asked for.
"""

from __future__ import annotations

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from wizard.errors import UsageError
from wizard.values.lean import dataclass

LOOPBACK = "127.0.0.1"
CHANGES = "/changes"
MOST_STREAMS = 16
"""Browsers that wait for changes at once; each has a thread."""
BEAT = 10.0
"""Seconds after which a browser that waits gets a sign of life: one that is gone is noticed so."""
_ALWAYS = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """What is served. `version`: which one it is, from 1. `policy`: its content security policy."""

    text: bytes
    version: int
    policy: str


class PageServer:
    """A server on 127.0.0.1. `port` 0: any free one. Raises `UsageError` where the port cannot be had."""

    def __init__(self, port: int) -> None:
        self.page: Page | None = None
        self.ended = False
        self.news = threading.Condition()
        self.streams = threading.Semaphore(MOST_STREAMS)
        try:
            self._http = _Http((LOOPBACK, port), _Handler)
        except OSError as error:
            raise UsageError(
                f"port {port} cannot be served: {error.strerror or error}", next_step="name another --port, or none"
            ) from error
        self._http.owner = self
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    @property
    def port(self) -> int:
        """The port it has."""
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{LOOPBACK}:{self.port}/"

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def show(self, text: str, policy: str, version: int) -> None:
        """Serves this page from now on, and tells the browsers that wait."""
        with self.news:
            self.page = Page(text.encode("utf-8", "replace"), version, policy)
            self.news.notify_all()

    def wait_for_other(self, version: int) -> None:
        """Waits until another version is served, the server ends, or it is time for a sign of life."""
        with self.news:
            self.news.wait_for(lambda: self.ended or _version(self) != version, BEAT)

    def close(self) -> None:
        """Ends every answer that is under way, and the server."""
        with self.news:
            self.ended = True
            self.news.notify_all()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    owner: PageServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing: a browser that went away is no trouble."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    server_version, sys_version = "stack-wizard", ""
    timeout = 30

    def do_GET(self) -> None:
        """Answers with the page, or with the stream of its changes."""
        owner = self.server.owner
        if self.headers.get("Host", "") not in (f"{LOOPBACK}:{owner.port}", f"localhost:{owner.port}"):
            self._refuse(HTTPStatus.MISDIRECTED_REQUEST)
        elif self.path == "/" and owner.page is not None:
            self._page(owner.page)
        elif self.path == CHANGES and self.command == "GET":
            self._stream(owner)
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    do_HEAD = do_GET  # noqa: N815 (the name that http.server looks for)

    def _page(self, page: Page) -> None:
        self._begin(HTTPStatus.OK, "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", f"{page.policy}; frame-ancestors 'none'")
        self.send_header("Content-Length", str(len(page.text)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(page.text)

    def _stream(self, owner: PageServer) -> None:
        """Sends the number of each version as an event, until the browser goes or the server ends."""
        if not owner.streams.acquire(blocking=False):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        try:
            self._begin(HTTPStatus.OK, "text/event-stream")
            self.end_headers()
            said = 0
            while not owner.ended:
                version = _version(owner)
                self.wfile.write(f"data: {version}\n\n".encode() if version != said else b": still here\n\n")
                said = version
                owner.wait_for_other(said)
        except OSError:
            return  # the browser is gone
        finally:
            owner.streams.release()

    def _refuse(self, status: HTTPStatus) -> None:
        text = f"{status.value} {status.phrase}\n".encode()
        self._begin(status, "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(text)

    def _begin(self, status: HTTPStatus, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in _ALWAYS:
            self.send_header(name, value)

    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing: who looks at a report is nobody's business."""


def _version(owner: PageServer) -> int:
    return owner.page.version if owner.page is not None else 0
