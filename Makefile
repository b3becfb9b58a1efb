# Everything sets itself up in .venv; nothing is installed outside of it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# Tests at a time: one more than cores, as many tests wait for a program of their own. Those on a pseudo-terminal have deadlines:
# many more would miss some.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# Rooms whose tests start programs, and wait for them.
PROGRAMS := tests/cli tests/pty tests/terminal tests/sources
PYTEST := $(BIN)/python -m pytest
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Tests start the program some thousand times. Without its compiled modules each start would compile it anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-screen test-programs test-rooms thorough lint workflows screenshots bench profile breakages fuzz clean

demo: .venv/.runs
	@$(BIN)/elumenta-tui --demo

# Several runs side by side, each of its own rooms, rather than workers of one run, which would collect all tests each.
# A run's output is kept together. The linters take the place of the first run that ends.
test: .venv/.tests
	$(BIN)/python -m compileall -q elumenta_tui
	@$(MAKE) --no-print-directory --keep-going --jobs=$(JOBS) --output-sync=target test-screen test-programs lint test-rooms

test-screen: .venv/.tests
	$(PYTEST) tests/tui

test-programs: .venv/.tests
	$(PYTEST) $(PROGRAMS)

test-rooms: .venv/.tests
	$(PYTEST) tests $(addprefix --ignore=,tests/tui $(PROGRAMS))

# Every combination of what `make test` tries some of.
thorough: lint
	$(BIN)/python -m pytest -m "thorough or not thorough" --numprocesses $(JOBS) --dist worksteal

lint: .venv/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The workflows run elsewhere only; what can be checked here is their form. These linters have a place of their own.
workflows: .venv/.workflows
	.venv/workflows/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	.venv/workflows/bin/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/idea.yml
	.venv/workflows/bin/zizmor --offline .github

screenshots: .venv/.tests
	$(BIN)/python -m tests.scenes

bench: .venv/.tests
	$(BIN)/python -m tests.benchmarks

profile: .venv/.tests
	$(BIN)/python -m tests.benchmarks.profile

breakages: .venv/.tests
	$(BIN)/python -m tests.breakages

fuzz: .venv/.tests
	$(BIN)/python -m tests.fuzz

clean:
	rm -rf .venv dist build

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Making a virtual environment in .venv ..."
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.runs: .venv/.python pyproject.toml
	@test -e .venv/.tests -a .venv/.tests -nt pyproject.toml || { echo "Installing into .venv, about 20 s ..."; $(PIP) install --editable .; }
	@touch $@

.venv/.workflows: .venv/.python
	@$(PYTHON) -m venv .venv/workflows
	.venv/workflows/bin/python -m pip --disable-pip-version-check --quiet install check-jsonschema==0.39.0 zizmor==1.32.0
	@touch $@

.venv/.tests: .venv/.python pyproject.toml
	$(PIP) install --editable '.[dev]'
	@touch $@
