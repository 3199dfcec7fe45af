# Every target sets up what it needs: a fresh clone with Python 3.11+, git and make is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO_DIR ?=
PYTEST_ARGS ?= -n 2 --dist loadgroup
FAST := -m "not (embedded or engine or journey)" --ignore tests/lab --ignore tests/journeys
# What each other Python is looked for as: on PATH, then where pyenv keeps them.
PYTHONS ?= 3.11 3.12 3.13 3.14

.PHONY: help setup demo examples lock test test-fast test-faults test-fuzz test-keys test-pythons test-thorough check format laws judges mutants bench screens gallery checklist-schema report-pictures man keys clean outages

help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "stack-wizard needs Python 3.11 or later; set PYTHON=…"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode -e '.[dev]'
	@touch $@

setup: $(STAMP)  ## the virtual environment in .venv with everything

demo: $(STAMP)  ## the main job on a new sample stack (DEMO_DIR=…): the app in a terminal, headless without one
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/stack-wizard demo $(DEMO_DIR)

test: $(STAMP)  ## all tests: the lab beside what needs no server, then what starts servers and terminals
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.everything $(PYTEST_ARGS)

test-fast: $(STAMP)  ## what needs no server and no terminal, for daily use
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest $(PYTEST_ARGS) $(FAST)

test-faults: $(STAMP)  ## every error and every kill at every step of apply, undo, resume and waive; says how many were tried
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.faults

test-fuzz: $(STAMP)  ## every reader and door with odd texts for FUZZ_SECONDS each (20), FUZZ_ONLY=name,name; says how many, and what was wrong
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.fuzz

test-keys: $(STAMP)  ## 300 sequences of 200 random keys on five screens, the seed in each test's name; every single key on every screen
	@PATH="$(CURDIR)/$(BIN):$$PATH" RANDOM_KEYS=300 $(BIN)/python -m pytest -v $(PYTEST_ARGS) tests/screens/test_random_keys.py tests/screens/test_every_key.py

test-pythons: $(STAMP)  ## the fast tests on every Python from 3.11 on that is found (PYTHONS=…)
	@for version in $(PYTHONS); do \
	  python=$$(command -v python$$version || ls $$HOME/.pyenv/versions/$$version.*/bin/python 2>/dev/null | tail -1); \
	  test -n "$$python" || { echo "Python $$version: not found"; continue; }; \
	  venv=$(VENV)/pythons/$$version; echo "Python $$version: $$python"; \
	  $(BIN)/uv venv --quiet --allow-existing --python "$$python" $$venv && \
	  VIRTUAL_ENV=$(CURDIR)/$$venv $(BIN)/uv pip install --quiet -e '.[dev]' && \
	  PATH="$(CURDIR)/$$venv/bin:$$PATH" $$venv/bin/python -m pytest $(PYTEST_ARGS) $(FAST) || exit 1; \
	done

test-thorough: $(STAMP)  ## property tests with 2,000 examples per kind of edit; the Compose reader against Compose
	@PATH="$(CURDIR)/$(BIN):$$PATH" HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest $(PYTEST_ARGS) --timeout=3600 tests/wizard/plan tests/wizard/syntax tests/wizard/stack/compose

check: $(STAMP) laws  ## ruff, mypy strict, import laws
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

laws: $(STAMP)  ## who may import whom
	@$(BIN)/lint-imports

format: $(STAMP)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

judges: $(STAMP)  ## what hadolint, ruff (ALL), mypy, bandit … find in services of every kind (ONLY=part of a name)
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet -e '.[dev]' yamllint checkov
	@! command -v npm >/dev/null || npm install --silent --no-fund --no-audit --prefix $(VENV)/node markdownlint-cli >/dev/null
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.generated.judges $(ONLY)

mutants: $(STAMP)  ## how many small faults of a generated service its own unit tests notice (ONLY='plain bus 0.2')
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.generated.mutants $(ONLY)

outages: $(STAMP)  ## what becomes of a generated service's events when its servers break (ONLY=name)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.generated.outages $(ONLY)

examples: $(STAMP)  ## docs/examples, as the wizard writes it today (after a change of templates or planners)
	@$(BIN)/python -m tests.generated.examples

lock: $(STAMP)  ## asks the index for the hashes of what generated services need, after a change of their pins
	@$(BIN)/python -m tests.generated.lock > wizard/plan/container/locked.new && mv wizard/plan/container/locked.new wizard/plan/container/locked.txt

bench: $(STAMP)  ## ratios measured side by side, medians (BENCH=startup service …; installs copier, cookiecutter, click, PyYAML)
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet -e '.[dev,bench]'
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m bench $(BENCH)

keys: $(STAMP)  ## docs/KEYS.md from the app's key map
	@$(BIN)/python -c 'from screens.keymap import keys_document; print(keys_document(), end="")' > docs/KEYS.md

man: $(STAMP)  ## docs/stack-wizard.1 from the parser
	@$(BIN)/python -m tests.man_page > docs/stack-wizard.1

screens: $(STAMP)  ## docs/screens/*.svg from the real app
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.journeys.pictures docs/screens

answers-schema: $(STAMP)  ## docs/answers.schema.json from the shape that is read
	@$(BIN)/python -c 'import json; from wizard.session.answers import answers_schema; print(json.dumps(answers_schema(), indent=2))' > docs/answers.schema.json

checklist-schema: $(STAMP)  ## docs/checklist.schema.json from the shape that is read
	@$(BIN)/python -c 'import json; from wizard.session.own.schema import checklist_schema; print(json.dumps(checklist_schema(), indent=2))' > docs/checklist.schema.json

gallery: $(STAMP)  ## every screen at four sizes, with colour and without, as pictures and texts to be looked at (GALLERY=folder)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.journeys.gallery $(or $(GALLERY),/tmp/stack-wizard-gallery)

report-pictures: $(STAMP)  ## docs/screens/report-*.png from the report of the sample stack in a real Chromium
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.wizard.output.report_pictures docs/screens

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
