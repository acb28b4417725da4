# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint types contracts docs test-lab accuracy bench clean

$(BIN)/diagnose: pyproject.toml uv.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || { $(BIN)/python -m ensurepip --upgrade >/dev/null 2>&1; $(BIN)/python -m pip install --quiet uv; }
	@$(BIN)/uv sync --locked --inexact --quiet
	@touch $@

demo: $(BIN)/diagnose
	@$(BIN)/diagnose demo

test: $(BIN)/diagnose
	$(BIN)/pytest

lint: $(BIN)/diagnose
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(BIN)/diagnose
	$(BIN)/mypy

contracts: $(BIN)/diagnose
	$(BIN)/lint-imports

docs: $(BIN)/diagnose
	$(BIN)/diagnose list --markdown > docs/checks.md

# Needs a KUBECONFIG of a cluster that may be broken on purpose.
test-lab: $(BIN)/diagnose
	$(BIN)/python -m tests.lab.accuracy --folder build/lab --fresh $(FAULTS)

# The whole benchmark; goes on where it ended. Names after it are ids: `make accuracy V10 K02`.
accuracy: $(BIN)/diagnose
	$(BIN)/python -m tests.lab.accuracy --publish $(FAULTS) $(filter-out accuracy,$(MAKECMDGOALS))

ifeq (accuracy,$(firstword $(MAKECMDGOALS)))
$(filter-out accuracy,$(MAKECMDGOALS)):
	@:
endif

bench: $(BIN)/diagnose
	$(BIN)/python -m tests.bench.run

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
