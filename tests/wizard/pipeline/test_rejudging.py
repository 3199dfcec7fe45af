"""A judge that keeps verdicts says after every change what a fresh judgement says."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

from tests.conftest import AUTHOR
from wizard.pipeline.opening import judge_all, open_stack, read
from wizard.pipeline.watch.rejudging import Judge
from wizard.session.sample import create_demo

Edit = Callable[[str, random.Random], str]


def without_a_line(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(line for number, line in enumerate(lines) if number != chance.randrange(max(len(lines), 1)))


def with_another_number(text: str, chance: random.Random) -> str:
    return text.replace("80", str(chance.randrange(81, 99)), 1)


def with_another_word(text: str, chance: random.Random) -> str:
    words = [word for word in ("redis", "orders", "price", "execution", "core", "health", "risk") if word in text]
    return text.replace(chance.choice(words), "other", 1) if words else f"{text}\n"


def half_written(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(max(len(text), 1))]


def gone(text: str, chance: random.Random) -> str:
    del text, chance
    return ""


EDITS: tuple[Edit, ...] = (without_a_line, with_another_number, with_another_word, half_written, gone)


def test_kept_verdicts_are_those_of_a_fresh_judge(tmp_path: Path) -> None:
    seed = int(os.environ.get("REJUDGING_SEED", "0"))
    root = create_demo(tmp_path / "stack", author=AUTHOR)
    stack, chance = open_stack(root), random.Random(seed)  # noqa: S311 (edits, no secrets)
    judge = Judge(stack)
    last = judge.look()
    kept = 0
    paths = sorted(path for path in last.facts.texts if (root / path).stat().st_size)
    for number, path in enumerate(chance.sample(paths, 30)):
        before, edit = (root / path).read_text(), EDITS[(number + seed) % len(EDITS)]
        after = edit(before, chance)
        if after:
            (root / path).write_text(after)
        else:
            (root / path).unlink()
        facts = read(stack)
        now = judge.last = judge.judged(facts)
        assert tuple(now.reports.values()) == judge_all(facts), (path, edit.__name__)
        kept += sum(last.reports.get(name) is report for name, report in now.reports.items())
        last = now
        if number % 3:  # some edits stay, so that later ones meet a stack that is wrong already
            (root / path).write_text(before)
            last = judge.look()
    assert kept > 30  # it keeps verdicts at all
