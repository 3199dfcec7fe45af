"""A service that has another port on the host than in its container: the plan and the audit say the same of it, and a
port that a person names becomes the one number of both sides."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.checklist.load import load
from wizard.pipeline.answering import Wanted, settle
from wizard.pipeline.moving import move_of, plan_move
from wizard.pipeline.opening import judge
from wizard.plan.plan import plan_phase
from wizard.stack.read import read_stack
from wizard.values.edit import ChangeSet
from wizard.values.finding import Finding

SERVED = """\
import os
from flask import Flask
app = Flask(__name__)


@app.get("/health")
def health():
    return "ok"
"""
FIXED = SERVED + "\n\napp.run(host='0.0.0.0', port=8000)\n"
READ = SERVED + "\n\napp.run(host='0.0.0.0', port=int(os.environ.get('SHOP_PORT', '8000')))\n"
GUNICORN = 'CMD ["gunicorn", "--bind", "0.0.0.0:8000", "service:app"]'
PLAIN = 'CMD ["python", "service.py"]'
MAPPED = 'ports:\n  - "9402:8000"\n'
LOCAL = 'ports:\n  - "127.0.0.1:9402:8000"\n'
STYLES = {
    "in the code": (FIXED, PLAIN, MAPPED),
    "on localhost already": (FIXED, PLAIN, LOCAL),
    "a default": (READ, PLAIN, MAPPED),
    "set by compose": (READ, PLAIN, 'environment:\n  SHOP_PORT: "8000"\n' + MAPPED),
    "set by the image": (READ, f"ENV SHOP_PORT=8000\n{PLAIN}", MAPPED),
    "in the image's command": (SERVED, f"EXPOSE 8000\n{GUNICORN}", MAPPED),
    "in compose's command": (SERVED, PLAIN, "command: gunicorn --bind 0.0.0.0:8000 service:app\n" + MAPPED),
    "a variable outside": (SERVED, GUNICORN, 'ports:\n  - "${SHOP_OUTSIDE:-9402}:8000"\n'),
    "the long form": (SERVED, GUNICORN, "ports:\n  - target: 8000\n    published: 9402\n"),
    "a second door": (SERVED, GUNICORN, MAPPED + '  - "127.0.0.1:9100:9100"\n'),
    "a check inside": (
        SERVED,
        GUNICORN,
        "healthcheck:\n  test: curl -f http://localhost:8000/health\n" + MAPPED,
    ),
}
STYLED = pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
README = "# shop\n\nPort 9402; `curl http://localhost:9402/health`. In the network it is `http://shop:8000`.\n"


def written(root: Path, style: tuple[str, str, str], more: str = "") -> None:
    code, start, block = style
    files = {
        "compose.yaml": f"services:\n  shop:\n    build: ./services/shop\n{indent(block, '    ')}{more}",
        "services/shop/service.py": code,
        "services/shop/Dockerfile": f"FROM python:3.12-slim\nRUN apt-get install curl\nCOPY . .\n{start}\n",
        "services/shop/README.md": README,
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def planned(root: Path, port: str = "") -> ChangeSet:
    """What the phase of ports would write when a person names this port, or none."""
    facts = read_stack(DiskFiles(root))
    spec = settle(facts, Wanted("shop", port=port))
    report = judge(facts, "shop", spec=spec)
    move = move_of(facts, spec)
    if move is not None:
        return plan_move(move, facts, spec, report)
    item = next(item for item in load().items if item.check == "compose-ports")
    return plan_phase(facts, spec, report, item.phase, load())


def write(root: Path, plan: ChangeSet) -> None:
    for edit in plan.edits:
        (root / edit.path).parent.mkdir(parents=True, exist_ok=True)
        (root / edit.path).write_text(edit.after or "")


def judged(root: Path) -> Finding:
    report = judge(read_stack(DiskFiles(root)), "shop")
    assert "port" not in [found.topic for found in report.contradictions], report.contradictions
    return next(found for found in report.findings if found.item == "3.5")


@STYLED
def test_by_itself_the_plan_leaves_both_numbers_and_says_what_the_audit_says(
    tmp_path: Path, style: tuple[str, str, str]
) -> None:
    """Somebody calls each of the two; only a person knows who. What is sure is the address."""
    written(tmp_path, style)
    plan = planned(tmp_path)
    (refusal,) = [refusal for refusal in plan.refusals if refusal.item == "3.5"]
    write(tmp_path, plan)
    found = judged(tmp_path)
    assert (found.status, found.summary) == ("broken", "host port 9402 is not container port 8000, where it listens")
    assert refusal.reason.startswith(found.summary)
    for words in (refusal.reason, found.hint):
        assert "`stack-wizard run shop --port 8000`" in words
        assert "`--port N`" in words


@STYLED
def test_a_port_that_is_named_becomes_the_number_of_both_sides(tmp_path: Path, style: tuple[str, str, str]) -> None:
    written(tmp_path, style)
    plan = planned(tmp_path, "9777")
    assert plan.refusals == ()
    write(tmp_path, plan)
    write(tmp_path, planned(tmp_path, "9777"))
    assert judged(tmp_path).summary.startswith(
        ("127.0.0.1:9777:9777", "127.0.0.1:${SHOP_OUTSIDE:-9777}:9777", "target: 9777")
    )
    texts = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert not [text for text in texts if "9402" in text or "8000" in text]


@STYLED
def test_the_containers_number_is_published_where_that_is_named(tmp_path: Path, style: tuple[str, str, str]) -> None:
    written(tmp_path, style)
    write(tmp_path, planned(tmp_path, "8000"))
    text = (tmp_path / "compose.yaml").read_text()
    assert "9402" not in text
    assert next(f for f in judge(read_stack(DiskFiles(tmp_path)), "shop").findings if f.item == "3.5").status == "met"


def test_a_further_door_is_named_by_its_own_numbers(tmp_path: Path) -> None:
    written(tmp_path, (READ, PLAIN, 'ports:\n  - "127.0.0.1:8000:8000"\n  - "9500:9100"\n'))
    (tmp_path / "services/shop/README.md").unlink()
    plan = planned(tmp_path)
    (refusal,) = [refusal for refusal in plan.refusals if refusal.item == "3.5"]
    write(tmp_path, plan)
    found = judged(tmp_path)
    assert refusal.reason == found.summary == "host port 9500 is not container port 9100"
    assert "127.0.0.1:9100:9100" in found.hint
    assert "127.0.0.1:9100:9100" in refusal.paste


@pytest.mark.parametrize("start", ['CMD ["python", "manage.py", "run"]', 'CMD ["./run"]'])
def test_where_nothing_says_on_which_port_it_listens_the_containers_stays(tmp_path: Path, start: str) -> None:
    """A framework's own command may take any: the number that somebody wrote there is all that is known."""
    written(tmp_path, ("import framework\n", start, MAPPED))
    plan = planned(tmp_path)
    (refusal,) = [refusal for refusal in plan.refusals if refusal.item == "3.5"]
    write(tmp_path, plan)
    found = judged(tmp_path)
    assert '"127.0.0.1:9402:8000"' in (tmp_path / "compose.yaml").read_text()
    assert found.summary == "host port 9402 is not container port 8000"
    assert refusal.reason.startswith(found.summary)
    assert "Nothing read here listens on 9402" in found.hint


def test_who_calls_the_container_keeps_all(tmp_path: Path) -> None:
    written(
        tmp_path, STYLES["in the code"], "  other:\n    image: o:1\n    environment:\n      SHOP: http://shop:8000\n"
    )
    with pytest.raises(Exception, match="port 9777: this line calls it on port 8000"):
        planned(tmp_path, "9777")
