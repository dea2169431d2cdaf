# make help

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# The demo: the day that its reports look at, and Fava's port.
ASOF ?= 2026-03-31
PORT ?= 5000
ARGS ?=
# For make mutants and make matrix.
MUTANTS ?= 2
PYTHONS ?= python3.11 python3.12 python3.13 python3.14
# Set: the oldest packages that pyproject.toml claims, instead of the newest.
OLDEST ?=
# How long the fuzzer looks.
MINUTES ?= 10

# A Fava version to test with, such as 1.30.12. Empty is the newest.
# Each version needs a virtual environment of its own: make test FAVA=1.30.12 VENV=.venv-1.30.12
FAVA ?=

# Tests at a time: as many as there are cores, or a number. 0 is without workers, as --pdb needs it.
WORKERS ?= auto

PIP := $(BIN)/python -m pip --disable-pip-version-check
FAVA_PIN := $(if $(FAVA),fava==$(FAVA))
CODE := beancount_milestones tests tools $(wildcard bench)

# What a virtual environment holds, as files in it. Older than pyproject.toml is out of date.
DEMO_READY := $(VENV)/.ready-demo
TEST_READY := $(VENV)/.ready-test

.DELETE_ON_ERROR:
.PHONY: help demo test lint format typecheck wheel browser pango pytest bench laws fuzz mutants matrix clean

help:
	@echo 'make demo       check the demo ledger, print its reports, show it in Fava'
	@echo '                (ARGS=--no-serve stops before Fava; ASOF=$(ASOF) PORT=$(PORT))'
	@echo 'make test       everything: lint, types, the wheel, all tests with coverage'
	@echo ''
	@echo 'make lint       ruff: rules and format'
	@echo 'make format     ruff: rewrite the files'
	@echo 'make typecheck  mypy'
	@echo 'make wheel      build the wheel and try it in a clean virtual environment'
	@echo 'make pytest     the tests (ARGS="-k name" and the like are handed on,'
	@echo '                WORKERS=0 runs them one after the other)'
	@echo 'make bench      measure the load time, the reports and the page in Fava'
	@echo 'make laws       all laws with new examples, where make test takes the same ones every time'
	@echo 'make fuzz       change ledgers at random and check all laws, reports and papers (MINUTES=$(MINUTES))'
	@echo 'make mutants    break the code line by line, and see whether the tests notice (hours)'
	@echo 'make matrix     the tests on each Python here, with the oldest and the newest packages'
	@echo 'make clean      remove the virtual environment and what the tools left'

# ------------------------------------------------------------------ the two commands

demo: $(DEMO_READY)
	@$(BIN)/python tools/demo.py --as-of $(ASOF) --port $(PORT) $(ARGS)

# One after the other, pytest last: its summary is the last thing to read.
test: $(TEST_READY)
	@$(MAKE) --no-print-directory browser
	@$(MAKE) --no-print-directory pango
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory typecheck
	@$(MAKE) --no-print-directory wheel
	@$(MAKE) --no-print-directory pytest ARGS='--cov $(ARGS)'

# ------------------------------------------------------------------ the parts

lint: $(TEST_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(TEST_READY)
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

typecheck: $(TEST_READY)
	$(BIN)/mypy $(CODE)

wheel: $(TEST_READY)
	$(BIN)/python tools/check_wheel.py --as-of $(ASOF) --fava '$(FAVA)'

browser: $(TEST_READY)
	tools/install_chromium.sh $(BIN)/python

pango: $(TEST_READY)
	tools/install_pango.sh $(BIN)/python

pytest: $(TEST_READY)
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8 --dist loadgroup \
	  --durations 10 --durations-min 2 $(ARGS)

bench: $(TEST_READY)
	$(BIN)/python bench/run.py
	$(BIN)/python bench/reports.py $(ARGS)
	$(BIN)/python bench/page.py

laws: $(TEST_READY)
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8 -m hypothesis \
	  --hypothesis-profile new $(ARGS) tests

fuzz: $(TEST_READY)
	$(BIN)/python -m tools.fuzz $(MINUTES)

mutants: $(TEST_READY)
	$(PIP) install --quiet 'mutmut>=3.8'
	$(BIN)/mutmut run --max-children $(MUTANTS) $(ARGS)
	$(BIN)/mutmut results

# Each Python has two virtual environments of its own.
matrix:
	@set -e; for python in $(PYTHONS); do \
	  command -v $$python >/dev/null || { echo "no $$python here"; continue; }; \
	  for versions in oldest newest; do \
	    echo "== $$python, $$versions packages"; \
	    $(MAKE) --no-print-directory pytest PYTHON=$$python VENV=.venv-$$python-$$versions \
	      $$(test $$versions = newest || echo OLDEST=1) ARGS='$(ARGS)'; \
	  done; done

clean:
	rm -rf $(VENV) build dist htmlcov mutants .coverage .coverage.* .hypothesis
	rm -rf .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name '.*.picklecache' -type f -delete

# ------------------------------------------------------------------ the environment

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "No '$(PYTHON)' here. Python 3.11 or newer is needed: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "'$(PYTHON)' is $$($(PYTHON) --version 2>&1). Python 3.11 or newer is needed:" \
	    "make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(DEMO_READY): pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --editable '.[fava,query]'
	@touch $@

$(TEST_READY): pyproject.toml | $(BIN)/python
	$(BIN)/python tools/oldest.py > $(VENV)/oldest.txt
	$(PIP) install --quiet --editable '.[test]' $(FAVA_PIN) $(if $(OLDEST),--constraint $(VENV)/oldest.txt)
	@touch $@ $(DEMO_READY)
