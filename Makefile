# Everything sets itself up in .venv; nothing is installed outside of it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
CORES := $(shell getconf _NPROCESSORS_ONLN)
# An older make, as on macOS, can't keep the output of each run together.
TOGETHER := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
SPREAD := --numprocesses $(CORES) --dist worksteal
# Rooms whose tests start programs, and wait for them.
PROGRAMS := tests/cli tests/pty tests/terminal tests/sources
PYTEST := $(BIN)/python -m pytest
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Tests start the program some thousand times. Without its compiled modules each start would compile it anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-screen test-programs test-rooms thorough lint workflows screenshots helps bench profile breakages fuzz clean

demo: .venv/.runs
	@$(BIN)/elumenta-tui --demo

# Three runs side by side, each of its own rooms: one run of all would collect all tests once for each of its processes. Tests of
# the screen and of programs wait half of their time, so that each run has a process for every core. The linters go first, with the
# tests of the screen, which take longest; what one run prints is kept together.
test: .venv/.tests
	$(BIN)/python -m compileall -q elumenta_tui
	@$(MAKE) --no-print-directory --keep-going --jobs=3 $(TOGETHER) test-screen test-programs lint test-rooms

test-screen: .venv/.tests
	$(PYTEST) tests/tui $(SPREAD)

test-programs: .venv/.tests
	$(PYTEST) $(PROGRAMS) $(SPREAD)

test-rooms: .venv/.tests
	$(PYTEST) tests $(addprefix --ignore=,tests/tui $(PROGRAMS))

# Every combination of what `make test` tries some of.
thorough: lint
	$(PYTEST) -m "thorough or not thorough" $(SPREAD)

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

# The pictures of the README, and what stands on the screen in every view: look at `git diff` afterwards.
screenshots: .venv/.tests
	$(BIN)/python -m tests.scenes
	$(BIN)/python -m tests.snapshots

# What `--help` prints, prepared: after a change to an option, a command, a key or their texts.
helps: .venv/.tests
	$(BIN)/python -m tests.helps

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
