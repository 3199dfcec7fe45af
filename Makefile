# Every target sets up what it needs: a fresh clone with Python 3.11+, git and make is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO_DIR ?=
PYTEST_ARGS ?= -n 2 --dist loadgroup

.PHONY: help setup demo test test-thorough check format laws bench screens clean

help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "stack-wizard needs Python 3.11 or later; set PYTHON=…"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet -e '.[dev]'
	@touch $@

setup: $(STAMP)  ## the virtual environment in .venv with everything

demo: $(STAMP)  ## the main job on a new sample stack (DEMO_DIR=…): the app in a terminal, headless without one
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/stack-wizard demo $(DEMO_DIR)

test: $(STAMP)  ## all tests; the lab's engine first and alone, because it needs the stack's own ports
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest tests/lab
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest $(PYTEST_ARGS) --ignore tests/lab

test-thorough: $(STAMP)  ## property tests with 2,000 examples per kind of edit
	@PATH="$(CURDIR)/$(BIN):$$PATH" HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest $(PYTEST_ARGS) --timeout=3600 tests/wizard/plan tests/wizard/syntax

check: $(STAMP) laws  ## ruff, mypy strict, import laws
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

laws: $(STAMP)  ## who may import whom
	@$(BIN)/lint-imports

format: $(STAMP)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(STAMP)  ## ratios measured side by side, medians (installs copier, cookiecutter, click, PyYAML)
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet -e '.[dev,bench]'
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m bench

screens: $(STAMP)  ## docs/screens/*.svg from the real app
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.journeys.pictures docs/screens

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
