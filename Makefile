# Two commands: `make demo` sets up and runs the main job, `make test` sets up and passes the tests.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test kernels lint types docs format clean

demo: .venv/installed
	@mkdir -p out
	$(BIN)/prefixsched info instances/rasq-n16.json
	$(BIN)/prefixsched compare instances/rasq-n16.json
	$(BIN)/prefixsched solve instances/rasq-n16.json -o out/schedule.json
	$(BIN)/prefixsched verify instances/rasq-n16.json out/schedule.json
	$(BIN)/prefixsched plot gantt instances/rasq-n16.json out/schedule.json -o out/gantt.png
	@echo "The optimal schedule is drawn in out/gantt.png"

# Once for all processes, rather than in each that needs one.
kernels: .venv/compiled

.venv/compiled: .venv/installed-dev $(wildcard prefixsched/kernels/*.py prefixsched/kernels/*/*.py)
	$(BIN)/prefixsched compile
	@touch $@

# The first test sees that nothing was left to compile. Long proofs go without coverage, which slows
# brute force down several times. Kernels are compiled, which hides them from coverage: the last run
# executes them as Python.
test: .venv/compiled
	$(BIN)/python -m pytest -q tests/studies/test_compilation.py
	$(BIN)/python -m pytest -n 2 --dist worksteal -m slow
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" --ignore tests/studies/test_compilation.py --cov --cov-report=
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -n 2 -m "kernels and not slow" --cov --cov-append --cov-fail-under=90

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed-dev
	$(BIN)/mypy

# Warnings are errors, and so is a reference that leads nowhere.
docs: .venv/installed-docs
	$(BIN)/python -m sphinx -W --keep-going -n -q docs docs/_build/html
	@echo "The documentation is in docs/_build/html/index.html"

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/installed-dev: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ .venv/installed

.venv/installed-docs: .venv/installed-dev
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	@touch $@

clean:
	rm -rf .venv out build dist *.egg-info docs/_build docs/_generated
