"""`verify --runtime swarm` to its verdict beside `docker stack deploy` and the time until the service has converged.

Without a Swarm there is no row. A bare machine gets one of two nodes: `python tests/lab/two.py up` prints what to
export. Both build and push the same image, both bring up the same three services; the log window is 0.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.engine import DEPLOYMENT, FILES, compose
from bench.measure import Row, compare
from wizard.adapters.clock import SystemClock
from wizard.adapters.files.files import DiskFiles
from wizard.errors import RuntimeUnavailableError
from wizard.pipeline.proof import choose_runtime
from wizard.runtime.swarm.runtime import SwarmRuntime
from wizard.session.sample import create_demo
from wizard.stack.infer.infer import infer
from wizard.stack.read import read_stack
from wizard.verify.verify import verify

GOAL, ROUNDS = 1.2, 3
STACK, SERVICES = "bench-swarm", ("cdb_redis", "cdb_postgres", "cdb_risk")
ROLLING = """    deploy:
        endpoint_mode: dnsrr
        update_config:
            order: start-first
            failure_action: rollback
            monitor: 3s
        restart_policy:
            delay: 1s
"""
_CONFIGS = "\nconfigs:\n  schema: {file: ../database/schema.sql}\n  seed: {file: ../database/seed.sql}\n"


def for_a_swarm(root: Path) -> None:
    """Rewrites the sample stack for `docker stack deploy`: overlay, configs, no virtual IP (a kernel may have none)."""
    base, dev = (root / name for name in FILES)
    text = base.read_text().replace("driver: bridge", "driver: overlay")
    text = text.replace("    restart: unless-stopped\n", "    deploy:\n      endpoint_mode: dnsrr\n")
    text = re.sub(r"(      # only read by an empty[^\n]*\n)?      - \.\./database/(\w+)\.sql:[^\n]*\n", "", text)
    data = "      - postgres_data:/var/lib/postgresql/data\n"
    mounts = "".join(
        f"      - source: {name}\n        target: /docker-entrypoint-initdb.d/{number}_{name}.sql\n"
        for number, name in (("01", "schema"), ("02", "seed"))
    )
    base.write_text(text.replace(data, f"{data}    configs:\n{mounts}") + _CONFIGS)
    dev.write_text(dev.read_text().replace("    restart: unless-stopped\n", ROLLING))


def rows() -> Iterator[Row]:
    """Yields the row; says why there is none."""
    try:
        choose_runtime("swarm")
    except RuntimeUnavailableError as error:
        print(f"no row: {error}")
        return
    with tempfile.TemporaryDirectory() as folder:
        root = create_demo(Path(folder) / "stack")
        for_a_swarm(root)
        base = root / FILES[0]
        base.write_text(re.sub(r"name: cdb\b", "name: overhead", base.read_text()))
        compose(root, "build", "cdb_risk")
        name = "verify --runtime swarm / docker stack deploy, converged"
        try:
            yield compare(name, lambda: verified(root), lambda: deployed(root), GOAL, runs=ROUNDS, unit="s")
        finally:
            compose(root, "down", "-v", "--rmi", "local")


def verified(root: Path) -> float:
    """Returns how long the live checks take, to the last verdict; their clean-up is not a wait of the person's."""
    facts = read_stack(DiskFiles(root))
    spec = infer(facts, "risk").spec
    began = last = time.monotonic()
    for _ in verify(facts, spec, SwarmRuntime(), items=DEPLOYMENT, clock=SystemClock(), log_window=0.0):
        last = time.monotonic()
    return last - began


def deployed(root: Path) -> float:
    """Returns how long a person's own commands take: build, push, deploy, and wait until all three have converged."""
    from wizard.runtime.engine.compose_cli import config_model
    from wizard.runtime.swarm.scratch_stack import scratch_stack

    image = f"{os.environ['STACK_WIZARD_REGISTRY']}/overhead/cdb_risk:bench"
    tree = scratch_stack(config_model(root, FILES).tree, SERVICES, {"cdb_risk": image}, ()).tree
    began = time.monotonic()
    compose(root, "build", "cdb_risk")
    docker("tag", "overhead-cdb_risk", image)
    docker("push", "-q", image)
    docker("stack", "deploy", "-c", "-", STACK, text=json.dumps(tree))
    while not all(converged(f"{STACK}_{name}") for name in SERVICES):
        time.sleep(0.2)
    took = time.monotonic() - began
    docker("stack", "rm", STACK)
    while docker("network", "ls", "-q", "--filter", f"label=com.docker.stack.namespace={STACK}"):
        time.sleep(0.2)
    return took


def converged(service: str) -> bool:
    """Tells whether the service has all of its tasks running."""
    words = ("service", "ls", "--filter", f"name={service}", "--format", "{{.Replicas}}")
    have, _, want = docker(*words).strip().partition("/")
    return bool(have) and have == want


def docker(*words: str, text: str | None = None) -> str:
    """Runs the `docker` client."""
    return subprocess.run(["docker", *words], input=text, check=True, capture_output=True, text=True).stdout
