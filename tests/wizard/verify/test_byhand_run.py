"""A stack that people wrote by hand, as it is: the live checks bring its service to running and see what it does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from wizard.adapters.clock import SystemClock
from wizard.adapters.files.files import DiskFiles
from wizard.runtime.embedded.runtime import EmbeddedRuntime
from wizard.runtime.process import free_port
from wizard.stack.infer.infer import infer
from wizard.stack.read import read_stack
from wizard.values.live import Limits
from wizard.values.observation import Observation
from wizard.verify.verify import verify

pytestmark = [pytest.mark.embedded, pytest.mark.xdist_group("byhand")]
STACK = Path(__file__).parents[2] / "stacks" / "byhand"
DEPLOYMENT = ("7.1", "7.2", "7.3", "7.4", "7.5")
QUICK = Limits(start=25.0, health=2.0, request=2.0, stop=5.0, late=1.0)
SERVICE = "services/regime/service.py"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    copy = tmp_path / "byhand"
    shutil.copytree(STACK, copy)
    port = str(free_port())
    for path in ("docker-compose.yml", "README.md", SERVICE):
        (copy / path).write_text((copy / path).read_text().replace("8071", port))
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", "-C", str(copy), *words], check=True)
    return copy


def seen(root: Path, name: str, *items: str) -> dict[str, Observation]:
    facts = read_stack(DiskFiles(root))
    events = verify(
        facts,
        infer(facts, name).spec,
        EmbeddedRuntime(QUICK),
        items=items,
        clock=SystemClock(),
        log_window=0.5,
        settle=0.5,
    )
    return {event.item: event for event in events if isinstance(event, Observation)}


def test_a_service_by_hand_on_streams_passes(root: Path) -> None:
    """Its variables are called anything, its body and connections have other names, it drops most events."""
    found = seen(root, "regime", *DEPLOYMENT)
    assert {item: o.ok for item, o in found.items()} == dict.fromkeys(DEPLOYMENT, True), found
    assert "it calls itself desk-regime-v2" in found["7.2"].result
    assert "cmd=xreadgroup" in found["7.3"].result
    assert "stream prices came out on stream regimes" in found["7.4"].result
    assert "`price_id`" in found["7.4"].result


def test_the_stack_is_tested_with_the_pytest_that_it_pins(root: Path) -> None:
    found = seen(root, "regime", "5.1")
    assert found["5.1"].ok is True, found


def test_a_host_that_only_the_code_names_is_reached(root: Path) -> None:
    """`redis` and `postgres` stand in the code, no variable can move them."""
    (root / "docker-compose.yml").write_text(uncommented((root / "docker-compose.yml").read_text()))
    found = seen(root, "booking", "7.1", "7.2", "7.3")
    assert found["7.1"].ok is True, found
    assert found["7.3"].ok is True, found


def uncommented(text: str) -> str:
    head, _, tail = text.partition("  # booking:")
    block = "\n".join(line.replace("  # ", "  ", 1) for line in ("  # booking:" + tail).splitlines())
    return head + block.replace("    ports:", "      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}\n    ports:") + "\n"


@pytest.mark.parametrize(
    ("path", "old", "new", "item", "cause"),
    [
        (SERVICE, '{STREAM_IN: ">"}', '{"others": ">"}', "7.4", "unread"),
        (SERVICE, 'STREAM_OUT = "regimes"', 'STREAM_OUT = "regime"', "7.4", "wrong-channel"),
        (SERVICE, "    threading.Thread(target=read_for_ever, daemon=True).start()\n", "", "7.3", "not-connected"),
        (SERVICE, 'setting("CACHE_SECRET")', 'setting("CACHE_SECRETS")', "7.2", "http-500"),
        ("docker-compose.yml", "CACHE_SECRET: ${REDIS_PASSWORD}", "CACHE_SECRET: wrong-one", "7.2", "wrong-password"),
        ("services/regime/logic.py", 'price_id=fields["id"]', 'price_id="1"', "7.4", "id-lost"),
    ],
)
def test_what_is_wrong_with_it_is_told_by_the_right_item(
    root: Path, path: str, old: str, new: str, item: str, cause: str
) -> None:
    spec: Any = infer(read_stack(DiskFiles(root)), "regime").spec
    file = root / path
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    facts = read_stack(DiskFiles(root))
    events = verify(
        facts, spec, EmbeddedRuntime(QUICK), items=DEPLOYMENT, clock=SystemClock(), log_window=0.3, settle=0.3
    )
    found = {event.item: event for event in events if isinstance(event, Observation)}
    assert (found[item].ok, found[item].cause) == (False, cause), found
