"""`make test-faults`: every error and every kill at every step; random repositories; the figures."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.faults import races, random_repositories
from tests.faults.injector import ERRORS, Blow
from tests.faults.races import RACES
from tests.faults.scenarios import SCENARIOS, alone, fast_folder
from tests.faults.tries import Tally, try_all

BLOWS = (Blow(), *(Blow(error, lasting) for error in ERRORS for lasting in (False, True)))
RUNS = int(os.environ.get("FAULTS_RUNS", "1000"))
BATCH = 50
WORST = ("lost", "half-written", "left behind", "needing a person")


def main() -> int:
    """Tries all, prints what was tried and found; 1 when anything was."""
    total, runs = Tally(), Counter[str]()
    with ProcessPoolExecutor(2) as pool:
        for batch in pool.map(_random, range(-(-RUNS // BATCH))):
            runs += batch
        print(
            f"{runs['runs']} random repositories: {runs['committed']} commits and undos, {runs['refused']} refusals, "
        )
        print(f"  {runs['differences']} batches with differences outside the wizard's own paths", flush=True)
        jobs = [(scenario.name, blow) for scenario in SCENARIOS for blow in BLOWS]
        for number, done in enumerate(pool.map(_one, *zip(*jobs, strict=True)), 1):
            total.add(done)
            print(f"\r{number} of {len(jobs)}, {total.points.total()} points", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        meetings = 0
        for race, (met, wrong) in zip(RACES, pool.map(_race, range(len(RACES))), strict=True):
            meetings += met
            total.faults += [("lost", sentence) for sentence in wrong]
            total.points[f"race: {race.name}"] += met
    for name, count in sorted(total.points.items()):
        print(f"{count:6} {name}")
    print(f"{meetings:6} meetings with an editor, another git or a second wizard")
    print(
        f"{total.points.total():6} points; found: {', '.join(f'{n} {name}' for name, n in total.states.most_common())}"
    )
    counted = Counter(kind for kind, _ in total.faults)
    print(", ".join(f"{counted[kind]} {kind}" for kind in WORST))
    for kind, sentence in total.faults:
        print(f"{kind}: {sentence}")
    return int(bool(total.faults or runs["differences"]))


def _random(number: int) -> Counter[str]:
    try:
        return random_repositories.run(number, min(BATCH, RUNS))
    except Exception as found:  # what Hypothesis raises is made for a person: the steps, and what differed
        print("\n".join([str(found), *getattr(found, "__notes__", [])]), file=sys.stderr)
        return Counter(differences=1)


def _one(name: str, blow: Blow) -> Tally:
    scenario = next(scenario for scenario in SCENARIOS if scenario.name == name)
    with tempfile.TemporaryDirectory(dir=fast_folder()) as folder, alone(Path(folder)):
        return try_all(scenario, blow, Path(folder) / "tried")


def _race(number: int) -> tuple[int, list[str]]:
    with tempfile.TemporaryDirectory(dir=fast_folder()) as folder, alone(Path(folder)):
        return races.run(RACES[number], Path(folder) / "race")


if __name__ == "__main__":
    sys.exit(main())
