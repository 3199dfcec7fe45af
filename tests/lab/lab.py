"""The lab: a Docker engine, a registry and the sample stack's images on a bare machine, as root, with no registry near.

`python tests/lab/lab.py up` starts it and prints the environment to use it; `down` stops everything it started; `purge`
removes its folder too. What takes long is kept in `LAB_DIR` (default /var/lib/stack-wizard-lab): a second `up` takes
seconds. It needs the Debian packages docker.io, iptables, docker-registry and debootstrap.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BASE = "python:3.11-slim"
REGISTRY = "127.0.0.1:5000"
RANGE = "10.213.7.0/24"  # what the two machines of tests/lab/two.py have; their registry speaks plain HTTP
SERVERS = {"redis": "redis:7.2-alpine", "postgres": "postgres:15-alpine"}
LABEL = "stack-wizard.lab"
TOOLS = ("dockerd", "docker", "docker-registry", "debootstrap", "iptables")
CA = Path("/etc/ssl/certs/ca-certificates.crt")
_STARTED: list[subprocess.Popen[bytes]] = []  # kept: a collected Popen of a running process warns
INDEX_TYPE = "application/vnd.docker.distribution.manifest.list.v2+json"
MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"


def why_not() -> str:
    """Why there can be no lab on this machine, or ''."""
    if sys.platform != "linux":
        return "the lab needs Linux"
    if os.geteuid() != 0:
        return "the lab needs root to start a Docker engine"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    packages = "docker.io iptables docker-registry debootstrap"
    return f"not installed: {', '.join(missing)} (apt-get install {packages})" if missing else ""


@dataclass(frozen=True)
class Lab:
    """The lab in one folder. Its engine has its own socket, data and processes; the machine's own is never touched."""

    folder: Path

    @property
    def socket(self) -> Path:
        return self.folder / "docker.sock"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to use the lab's engine."""
        return {"DOCKER_HOST": f"unix://{self.socket}", "DOCKER_CONFIG": str(self.folder / "client")}

    def up(self) -> None:
        """Start what does not run, make what is not there. Raises `RuntimeError` with the reason."""
        reason = why_not()
        if reason:
            raise RuntimeError(reason)
        (self.folder / "client").mkdir(parents=True, exist_ok=True)
        self._start_engine()
        self._start_registry()
        self._base_image()
        self._server_images()
        self._push_base()

    def down(self) -> None:
        """Stop every container of the lab's engine, the engine and the registry."""
        if self._engine_answers():
            running = self._docker("ps", "-aq").split()
            if running:
                self._docker("rm", "-f", "-v", *running)
            self._docker("network", "prune", "-f")
            self._docker("volume", "prune", "-f")
        for name in ("dockerd", "registry"):
            self._stop(self.folder / f"{name}.pid")
        self.socket.unlink(missing_ok=True)

    def kill_engine(self) -> None:
        """The engine dies at once, as if the machine had no memory left."""
        os.kill(int((self.folder / "dockerd.pid").read_text()), signal.SIGKILL)

    def stop_registry(self) -> None:
        """Stop the registry alone; `up` starts it again."""
        self._stop(self.folder / "registry.pid")

    def purge(self) -> None:
        """Stop it and remove its folder."""
        self.down()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- the engine and the registry

    def _start_engine(self) -> None:
        if self._engine_answers():
            return
        self._stop(self.folder / "dockerd.pid")
        words = ["dockerd", "--host", f"unix://{self.socket}", "--data-root", str(self.folder / "data")]
        words += ["--exec-root", str(self.folder / "exec"), "--pidfile", str(self.folder / "engine.pid")]
        words += ["--registry-mirror", f"http://{REGISTRY}", "--insecure-registry", RANGE, "--shutdown-timeout", "5"]
        for _ in range(3):  # after a crash the first start may meet what the crashed one left
            (self.folder / "engine.pid").unlink(missing_ok=True)
            if self._stays_up(self._spawn("dockerd", words)):
                return
        raise RuntimeError(f"dockerd does not stay up; see {self.folder / 'dockerd.log'}")

    def _stays_up(self, engine: subprocess.Popen[bytes]) -> bool:
        self._wait("the Docker engine", lambda: self._engine_answers() or engine.poll() is not None, 60)
        return engine.poll() is None

    def answers(self) -> bool:
        """Whether its engine runs."""
        return self._engine_answers()

    def _engine_answers(self) -> bool:
        words = ["docker", "version", "--format", "{{.Server.Version}}"]
        with contextlib.suppress(subprocess.TimeoutExpired):
            return (
                self.socket.exists()
                and subprocess.run(words, env=self._env(), capture_output=True, timeout=10).returncode == 0
            )
        return False

    def _start_registry(self) -> None:
        if self._registry_answers():
            return
        config = self.folder / "registry.json"
        settings = {
            "version": 0.1,
            "log": {"level": "warn"},
            "storage": {"filesystem": {"rootdirectory": str(self.folder / "registry")}, "delete": {"enabled": True}},
            "http": {"addr": REGISTRY},
        }
        config.write_text(json.dumps(settings), encoding="utf-8")
        self._spawn("registry", ["docker-registry", "serve", str(config)])
        self._wait("the registry", self._registry_answers, 20)

    def _registry_answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{REGISTRY}/v2/", timeout=2) as reply:
            return bool(reply.status == 200)
        return False

    # -- the images

    def _has(self, image: str) -> bool:
        return (
            subprocess.run(["docker", "image", "inspect", image], env=self._env(), capture_output=True).returncode == 0
        )

    def _base_image(self) -> None:
        if self._has(BASE):
            return
        archive = self.folder / "base.tar"
        if not archive.exists():
            self._bootstrap(archive)
        changes = [
            f"ENV PIP_CERT={CA} SSL_CERT_FILE={CA} PIP_ROOT_USER_ACTION=ignore PIP_NO_CACHE_DIR=1",
            'CMD ["python3"]',
        ]
        self._docker("import", *(word for change in changes for word in ("-c", change)), str(archive), BASE)

    def _bootstrap(self, archive: Path) -> None:
        """A Debian with Python, the machine's certificates and pip settings, as one tar."""
        root = self.folder / "base"
        shutil.rmtree(root, ignore_errors=True)
        packages = "python3,python3-pip,python3-venv,ca-certificates,curl"
        self._run(["debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(root)], limit=600)
        (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
        for path in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):  # the official image lets pip install
            path.unlink()
        if CA.exists():
            shutil.copyfile(CA, root / CA.relative_to("/"))
        shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
        (root / "var/cache/apt/archives/partial").mkdir(parents=True)
        draft = archive.with_suffix(".draft")
        self._run(["tar", "-C", str(root), "-cf", str(draft), "."], limit=120)
        draft.rename(archive)
        shutil.rmtree(root)

    def _label(self, image: str) -> str:
        words = ["docker", "image", "inspect", "-f", f'{{{{index .Config.Labels "{LABEL}"}}}}', image]
        return subprocess.run(words, env=self._env(), capture_output=True, text=True).stdout.strip()

    def _server_images(self) -> None:
        for name, image in SERVERS.items():
            folder = Path(__file__).parent / "images" / name
            version = _digest(b"".join(path.read_bytes() for path in sorted(folder.iterdir())))
            if self._label(image) != version:
                self._docker("build", "-q", "-t", image, "--label", f"{LABEL}={version}", str(folder), limit=600)

    def _push_base(self) -> None:
        """Push the base image, and put an index of two platforms under its tag, as the official image has."""
        for repository in ("python", "library/python"):  # the second is where a mirror of Docker Hub is asked for it
            if self._tag_is_index(repository):
                continue
            local = f"localhost:{REGISTRY.rpartition(':')[2]}/{repository}:amd64"
            self._docker("tag", BASE, local)
            self._docker("push", "-q", local, limit=300)
            self._docker("rmi", local)
            self._put_index(repository)

    def _tag_is_index(self, repository: str) -> bool:
        with contextlib.suppress(OSError):
            headers = {"Accept": INDEX_TYPE}
            request = urllib.request.Request(f"http://{REGISTRY}/v2/{repository}/manifests/3.11-slim", headers=headers)
            with urllib.request.urlopen(request, timeout=5) as reply:  # noqa: S310
                return bool(reply.headers["Content-Type"] == INDEX_TYPE)
        return False

    def _put_index(self, repository: str) -> None:
        amd, _ = self._http("GET", f"{repository}/manifests/amd64", accept=MANIFEST_TYPE)
        config, _ = self._http("GET", f"{repository}/blobs/{json.loads(amd)['config']['digest']}")
        other = json.dumps(json.loads(config) | {"architecture": "arm64"}).encode()
        manifest = json.loads(amd)
        manifest["config"] |= {"digest": self._blob(repository, other), "size": len(other)}
        arm = json.dumps(manifest).encode()
        self._http("PUT", f"{repository}/manifests/arm64", arm, content=MANIFEST_TYPE)
        entries = [
            {
                "mediaType": MANIFEST_TYPE,
                "size": len(body),
                "digest": _digest(body),
                "platform": {"architecture": name, "os": "linux"},
            }
            for name, body in (("amd64", amd), ("arm64", arm))
        ]
        index = json.dumps({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": entries}).encode()
        self._http("PUT", f"{repository}/manifests/3.11-slim", index, content=INDEX_TYPE)

    def _blob(self, repository: str, body: bytes) -> str:
        _, headers = self._http("POST", f"{repository}/blobs/uploads/", b"")
        place = headers["Location"].partition("/v2/")[2]
        mark = "&" if "?" in place else "?"
        self._http("PUT", f"{place}{mark}digest={_digest(body)}", body, content="application/octet-stream")
        return _digest(body)

    def _http(
        self, method: str, path: str, body: bytes | None = None, *, accept: str = "*/*", content: str = ""
    ) -> tuple[bytes, dict[str, str]]:
        headers = {"Accept": accept} | ({"Content-Type": content} if content else {})
        request = urllib.request.Request(f"http://{REGISTRY}/v2/{path}", data=body, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
            return reply.read(), dict(reply.headers)

    # -- processes

    def _env(self) -> dict[str, str]:
        return os.environ | self.environment | {"DOCKER_BUILDKIT": "0"}

    def _docker(self, *words: str, limit: float = 480) -> str:
        return self._run(["docker", *words], limit=limit)

    def _run(self, words: list[str], *, limit: float) -> str:
        done = subprocess.run(words, env=self._env(), capture_output=True, text=True, timeout=limit)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words[:3])} failed: {(done.stderr or done.stdout).strip()[-800:]}")
        return done.stdout

    def _spawn(self, name: str, words: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        _STARTED.append(process)
        (self.folder / f"{name}.pid").write_text(str(process.pid), encoding="utf-8")
        return process

    def _wait(self, what: str, ready: Callable[[], bool], limit: float) -> None:
        deadline = time.monotonic() + limit
        while not ready():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{what} did not answer within {limit:.0f} s; see the logs in {self.folder}")
            time.sleep(0.1)

    def _stop(self, pidfile: Path) -> None:
        if not pidfile.exists():
            return
        pid = int(pidfile.read_text() or 0)
        for number, grace in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + grace
            while _runs(pid) and time.monotonic() < deadline:
                time.sleep(0.05)
        pidfile.unlink()


def _runs(pid: int) -> bool:
    for process in _STARTED:
        process.poll()
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def lab() -> Lab:
    """The lab of this machine."""
    return Lab(Path(os.environ.get("LAB_DIR", "/var/lib/stack-wizard-lab")))


def main(words: list[str]) -> int:
    """`up`, `down`, `purge` or `status`."""
    place = lab()
    if words[:1] == ["up"]:
        place.up()
        for name, value in place.environment.items():
            print(f"export {name}={value}")
    elif words[:1] == ["down"]:
        place.down()
    elif words[:1] == ["purge"]:
        place.purge()
    else:
        print(
            why_not()
            or f"lab possible in {place.folder}; engine socket {'there' if place.socket.exists() else 'not there'}"
        )
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except RuntimeError as error:
        sys.exit(f"lab: {error}")
