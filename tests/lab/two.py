"""A second machine for the lab: an engine in a network namespace, a registry both reach, one Swarm, a door over SSH.

`TwoMachines(lab())` has the lab's own engine as the first machine and the Swarm's manager, and as the second, a worker,
an engine with its own network, mount and host name. What takes long, the second engine's images, is kept in the lab's
folder. Everything else goes with `down`; when the process that called `up` dies, a keeper calls it. It needs `sshd`
for the door alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAME, HOST = "stack-wizard-two", "lab-two"
FIRST, SECOND = "10.213.7.1", "10.213.7.2"
REGISTRY = f"{FIRST}:5000"
IMAGES = ("redis:7.2-alpine", "postgres:15-alpine")
_NAMESPACE = Path("/var/run/netns") / NAME
_ENDS = ("swlab-one", "swlab-two")
_ROUTES = (  # a build on the second machine reaches the package index through the first
    ("-t", "nat", "-A", "POSTROUTING", "-s", f"{FIRST}/24", "!", "-o", _ENDS[0], "-j", "MASQUERADE"),
    ("-I", "FORWARD", "-i", _ENDS[0], "-j", "ACCEPT"),
    ("-I", "FORWARD", "-o", _ENDS[0], "-j", "ACCEPT"),
)
IPVS = Path("/proc/net/ip_vs")


@dataclass
class TwoMachines:
    """The lab and the machine beside it."""

    lab: Any
    _kept: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _keys: Path = Path()

    @property
    def folder(self) -> Path:
        return Path(self.lab.folder) / "second"

    @property
    def socket(self) -> Path:
        """The second engine's."""
        return self.folder / "docker.sock"

    def up(self, *, keep: bool = True) -> None:
        """Start the second machine and the registry. The first engine runs already. `keep`: gone with this process."""
        self.down()
        self.folder.mkdir(parents=True, exist_ok=True)
        if keep:
            self._keep()
        self._wire()
        self.start_registry()
        self.start_second()
        self._push_servers()

    def down(self) -> None:
        """Take it all away, whatever of it there is; what runs in the second engine first."""
        if self.lab.answers():
            self._call("docker", "swarm", "leave", "--force")
        if self.socket.exists():
            running = self.second("ps", "-aq").split()
            if running:
                self.second("rm", "-f", "-v", *running)
            for what in ("container", "network", "volume"):
                self.second(what, "prune", "-f")
            self.second("swarm", "leave", "--force")
        self.stop_second()
        self.stop_registry()
        self.close_ssh()
        for end in _ENDS:
            self._call("ip", "link", "del", end)
        self._call("ip", "netns", "del", NAME)
        for rule in _ROUTES:
            self._call("iptables", *("-D" if word in ("-A", "-I") else word for word in rule))
        for keeper in self._kept:
            keeper.kill()
            keeper.wait()
            if keeper.stdin is not None:
                keeper.stdin.close()
        self._kept.clear()

    def no_virtual_ip(self) -> str:
        """Why a service of this Swarm has no virtual address, or ''."""
        return "" if IPVS.exists() else "this kernel has no IPVS: a service has no virtual IP and no routing mesh"

    def swarm(self) -> None:
        """One manager, one worker."""
        self.first("swarm", "init", "--advertise-addr", FIRST, "--listen-addr", FIRST)
        self.join()

    def leave_swarm(self) -> None:
        """No Swarm any more."""
        self.second("swarm", "leave", "--force")
        self._call("docker", "swarm", "leave", "--force")

    def join(self) -> None:
        """The second machine becomes a worker."""
        token = self.first("swarm", "join-token", "-q", "worker").strip()
        self.second("swarm", "join", "--token", token, f"{FIRST}:2377")

    def first(self, *words: str) -> str:
        """A call of the first engine."""
        return str(self.lab._docker(*words))

    def second(self, *words: str) -> str:
        """A call of the second engine; what it says, errors too."""
        done = self._call("docker", "-H", f"unix://{self.socket}", *words)
        return done.stdout if done.returncode == 0 else done.stdout + done.stderr

    # -- its parts

    def start_registry(self) -> None:
        config = self.folder / "registry.json"
        store = str(Path(self.lab.folder) / "registry")
        settings = {
            "version": 0.1,
            "log": {"level": "warn"},
            "storage": {"filesystem": {"rootdirectory": store}, "delete": {"enabled": True}},
            "http": {"addr": REGISTRY},
        }
        config.write_text(json.dumps(settings), encoding="utf-8")
        self._spawn("registry", ["docker-registry", "serve", str(config)])
        self._wait("the registry", lambda: self._call("curl", "-fs", f"http://{REGISTRY}/v2/").returncode == 0)

    def stop_registry(self) -> None:
        self._stop("registry")

    def start_second(self) -> None:
        """dockerd refuses a `/sys` without cgroups, and cannot reach its bridges through that of the other network."""
        shutil.rmtree(self.folder / "data" / "swarm", ignore_errors=True)  # of a Swarm that is gone
        groups = self.folder / "cgroup"
        groups.mkdir(exist_ok=True)
        engine = ["dockerd", "--host", f"unix://{self.socket}", "--data-root", str(self.folder / "data")]
        engine += ["--exec-root", str(self.folder / "exec"), "--pidfile", str(self.folder / "engine.pid")]
        engine += ["--insecure-registry", REGISTRY, "--registry-mirror", f"http://{REGISTRY}"]
        engine += ["--shutdown-timeout", "5"]
        steps = f"hostname {HOST} && mount --rbind /sys/fs/cgroup {groups} && mount -t sysfs sysfs /sys"
        steps += f" && mount --rbind {groups} /sys/fs/cgroup && exec {' '.join(engine)}"
        inside = ["nsenter", f"--net={_NAMESPACE}", "unshare", "--mount", "--uts", "sh", "-c", steps]
        for _ in range(2):  # after a crash the first start may meet what the crashed one left
            (self.folder / "engine.pid").unlink(missing_ok=True)
            started = self._spawn("dockerd", inside)
            self._wait("the second engine", lambda one=started: one.poll() is not None or self._answers())
            if started.poll() is None:
                return
        raise RuntimeError(f"the second engine does not stay up; see {self.folder / 'dockerd.log'}")

    def stop_second(self) -> None:
        self._stop("dockerd")
        self.socket.unlink(missing_ok=True)
        for number in self._orphans():
            with contextlib.suppress(OSError):
                os.kill(number, signal.SIGKILL)

    def _orphans(self) -> list[int]:
        """What outlives an engine that was killed: its containerd, each container's shim, and what runs below that."""
        parents: dict[int, int] = {}
        own: set[int] = set()
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                number = int(place.name)
                parents[number] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
                if f"{self.folder}/exec/containerd/".encode() in (place / "cmdline").read_bytes():
                    own.add(number)
        return [number for number, parent in parents.items() if number in own or parent in own]

    def kill_second(self) -> None:
        """The machine is gone from one moment to the next: its engine and its cable."""
        self._call("ip", "link", "set", _ENDS[0], "down")
        os.kill(int((self.folder / "dockerd.pid").read_text()), signal.SIGKILL)

    def open_ssh(self, keys: Path) -> Path:
        """An SSH server on the second machine for throwaway keys in `keys`; the folder of an `ssh` that uses them."""
        for name in ("host", "user"):
            self._must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / name))
        shutil.copyfile(keys / "user.pub", keys / "authorized_keys")
        public = (keys / "host.pub").read_text().split()
        (keys / "known_hosts").write_text(f"{SECOND} {public[0]} {public[1]}\n")
        server = [f"HostKey {keys / 'host'}", f"AuthorizedKeysFile {keys / 'authorized_keys'}", "StrictModes no"]
        server += ["UsePAM no", "PasswordAuthentication no", f"PidFile {keys / 'sshd.pid'}", "MaxStartups 100"]
        server += [f"ListenAddress {SECOND}", f"SetEnv DOCKER_HOST=unix://{self.socket}", "MaxSessions 100"]
        (keys / "sshd_config").write_text("\n".join(server) + "\n")
        client = [f"IdentityFile {keys / 'user'}", "IdentitiesOnly yes", "StrictHostKeyChecking yes"]
        client += [f"UserKnownHostsFile {keys / 'known_hosts'}", "LogLevel ERROR"]
        (keys / "ssh_config").write_text("\n".join(client) + "\n")
        (keys / "bin").mkdir()
        wrapper = keys / "bin" / "ssh"
        wrapper.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {keys / "ssh_config"} "$@"\n')
        wrapper.chmod(0o755)
        self._keys = keys
        self.open_ssh_again()
        return wrapper.parent

    def open_ssh_again(self) -> None:
        """The SSH server of before, after `close_ssh`."""
        keys = self._keys
        Path("/run/sshd").mkdir(exist_ok=True)
        sshd = shutil.which("sshd") or "/usr/sbin/sshd"
        inside = ["nsenter", f"--net={_NAMESPACE}", sshd, "-D", "-e", "-f", str(keys / "sshd_config")]
        self._spawn("sshd", inside)
        asked = [str(keys / "bin" / "ssh"), f"root@{SECOND}", "true"]
        self._wait("sshd", lambda: self._call(*asked).returncode == 0)

    def close_ssh(self) -> None:
        """No connection over SSH any more, those that stand included."""
        self._stop("sshd")
        found = self._call("ip", "netns", "pids", NAME).stdout.split()
        for number in found:
            with contextlib.suppress(OSError, ValueError):
                if Path(f"/proc/{number}/comm").read_text().strip() == "sshd":
                    os.kill(int(number), signal.SIGKILL)

    def _answers(self) -> bool:
        return self._call("docker", "-H", f"unix://{self.socket}", "version").returncode == 0

    def _wire(self) -> None:
        self._must("ip", "netns", "add", NAME)
        self._must("ip", "link", "add", _ENDS[0], "type", "veth", "peer", "name", _ENDS[1])
        self._must("ip", "link", "set", _ENDS[1], "netns", NAME)
        self._must("ip", "addr", "add", f"{FIRST}/24", "dev", _ENDS[0])
        self._must("ip", "link", "set", _ENDS[0], "up")
        self._must("ip", "-n", NAME, "addr", "add", f"{SECOND}/24", "dev", _ENDS[1])
        for end in (_ENDS[1], "lo"):
            self._must("ip", "-n", NAME, "link", "set", end, "up")
        self._must("ip", "-n", NAME, "route", "add", "default", "via", FIRST)
        for rule in _ROUTES:
            self._must("iptables", *rule)

    def _push_servers(self) -> None:
        """Put the servers' images where the second engine's mirror of Docker Hub looks for them."""
        for registry in (f"localhost:{REGISTRY.rpartition(':')[2]}", REGISTRY):  # one store: the second costs nothing
            for image in ("python:3.11-slim", *IMAGES):
                there = f"{registry}/library/{image.replace(':3.11-slim', ':amd64')}"
                self.first("tag", image, there)
                self.first("push", "-q", there)
                self.first("rmi", there)

    # -- processes

    def _keep(self) -> None:
        words = [sys.executable, str(Path(__file__)), "keep"]
        keeper = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._kept.append(keeper)

    def _spawn(self, name: str, words: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        _STARTED.append(process)
        (self.folder / f"{name}.pid").write_text(str(process.pid), encoding="utf-8")
        return process

    def _stop(self, name: str) -> None:
        self.lab._stop(self.folder / f"{name}.pid")
        for process in _STARTED:
            process.poll()

    def _wait(self, what: str, ready: Any, limit: float = 60.0) -> None:
        deadline = time.monotonic() + limit
        while not ready():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{what} did not answer within {limit:.0f} s; see the logs in {self.folder}")
            time.sleep(0.1)

    def _call(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, env=self.lab._env(), capture_output=True, text=True, timeout=480, check=False)

    def _must(self, *words: str) -> None:
        done = self._call(*words)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()[-300:]}")


_STARTED: list[subprocess.Popen[bytes]] = []  # kept: a collected Popen of a running process warns


def why_not_two() -> str:
    """Why there can be no second machine here, or ''."""
    missing = [tool for tool in ("ip", "nsenter", "unshare", "curl") if shutil.which(tool) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (apt-get install iproute2 util-linux curl)"
    probe = "swlab-try"
    words = ["ip", "link", "add", probe, "type", "vxlan", "id", "4093", "dstport", "4789"]
    if subprocess.run(words, capture_output=True).returncode != 0:
        return "this kernel has no VXLAN, or gives none of it"
    subprocess.run(["ip", "link", "del", probe], capture_output=True)
    return ""


def main() -> None:
    """`up` and `down`; `keep`: waits until who started it is gone, then takes the second machine away."""
    sys.path.insert(0, str(Path(__file__).parent))
    from lab import lab  # type: ignore[import-not-found]

    if sys.argv[1:] == ["up"]:
        place = lab()
        place.up()
        made = TwoMachines(place)
        made.up(keep=False)
        made.swarm()
        for name, value in (*place.environment.items(), ("STACK_WIZARD_REGISTRY", REGISTRY)):
            print(f"export {name}={value}")
        return
    if sys.argv[1:] == ["keep"]:
        with contextlib.suppress(KeyboardInterrupt):
            sys.stdin.read()
    TwoMachines(lab()).down()


if __name__ == "__main__":
    main()
