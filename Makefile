# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
# Installing uv shows nothing but errors.
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test dist test-package lint types contracts docs screenshots lab lab-down lab-clean lab-argo lab-workers test-lab test-rights test-argo accuracy accuracy-paste hostile bench clean

$(BIN)/diagnose: pyproject.toml uv.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || { $(BIN)/python -m ensurepip --upgrade >/dev/null 2>&1; $(BIN)/python -m pip install --quiet uv; }
	@$(BIN)/uv sync --locked --inexact --quiet
	@touch $@

demo: $(BIN)/diagnose
	@$(BIN)/diagnose demo

test: $(BIN)/diagnose
	$(BIN)/pytest -n auto

# The wheel, the source archive, and the plug-in for krew with its manifest, which names where they are published.
RELEASES ?= https://releases.example.org/diagnose
DIST ?= dist
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

dist: $(BIN)/diagnose
	@rm -rf $(DIST) && SOURCE_DATE_EPOCH=0 $(BIN)/uv build --quiet --out-dir $(DIST)
	@deploy/krew/pack $(VERSION) $(RELEASES) $(DIST)
	@ls -l $(DIST)

# Builds them twice, and installs and runs the wheel with each Python that is here.
test-package: $(BIN)/diagnose
	$(BIN)/pytest -q -rs -o addopts=--import-mode=importlib tests/package

lint: $(BIN)/diagnose
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(BIN)/diagnose
	$(BIN)/mypy

contracts: $(BIN)/diagnose
	$(BIN)/lint-imports

# The roles of a worker in namespace msp; `diagnose rbac -n NAMESPACE` prints those of another.
RBAC := $(BIN)/diagnose rbac --offline -n msp

docs: $(BIN)/diagnose
	$(BIN)/diagnose list --markdown > docs/checks.md
	$(BIN)/diagnose list --runbook > docs/runbook.md
	$(RBAC) --for all > deploy/rbac/all.yaml
	$(RBAC) --for gate --phase pre > deploy/rbac/gate-pre.yaml
	$(RBAC) --for gate --phase post > deploy/rbac/gate-post.yaml
	$(RBAC) --for audit > deploy/rbac/audit.yaml
	$(RBAC) --for namespaces > deploy/rbac/namespaces.yaml

# The pictures in docs/images; needs Chromium.
screenshots: $(BIN)/diagnose
	$(PYTHON) -m tests.reports.browser.screenshots

# A separate Kubernetes with all services and the worker, on this machine: tests/lab/README.md.
# make lab [NODES=2] [SECRETS=vault|kubernetes] [KWOK=number of fake nodes]
NODES ?= 2
LAB := $(PYTHON) -m tests.lab.kubernetes
# Without KUBECONFIG these are the services of the lab's own cluster.
LAB_SERVICES := KUBECONFIG= $(PYTHON) -m tests.lab.services
DEPLOY := deploy $(if $(SECRETS),--secrets $(SECRETS))

lab:
	@$(LAB) up --nodes $(NODES) --metrics $(if $(KWOK),--kwok $(KWOK)) >/dev/null
	@$(LAB_SERVICES) $(DEPLOY)
	@$(LAB) env

lab-argo:
	@$(LAB_SERVICES) $(DEPLOY) --argo

lab-workers:
	@$(LAB_SERVICES) $(DEPLOY) --workers

lab-down:
	@$(LAB) down

# Also deletes what was built and downloaded.
lab-clean:
	@$(LAB) clean

# The command that repairs the cluster where a fault would stay.
test-lab accuracy accuracy-paste: export LAB_DEPLOY ?= $(PYTHON) -m tests.lab.services $(DEPLOY)

# Needs a KUBECONFIG of a cluster that may be broken on purpose.
test-lab: $(BIN)/diagnose
	$(BIN)/python -m tests.lab.accuracy --folder build/lab --fresh $(FAULTS)

# The printed roles in a real cluster: with each role, and without each of its rights.
test-rights: $(BIN)/diagnose
	$(BIN)/python -m tests.lab.rights $(RIGHTS)

# Needs the same, with Argo (`make lab-argo`). Names are proofs: `make test-argo PROOFS="passes is_killed"`.
test-argo: $(BIN)/diagnose
	$(BIN)/python -m tests.lab.argo $(PROOFS)

# The whole benchmark; continues where it ended. Names after it are ids: `make accuracy V10 K02`.
accuracy: $(BIN)/diagnose
	$(BIN)/python -m tests.lab.accuracy --publish $(FAULTS) $(filter-out accuracy,$(MAKECMDGOALS))

# The same, and pastes the first fix of each answer: which of them mend.
accuracy-paste: $(BIN)/diagnose
	$(BIN)/python -m tests.lab.accuracy --paste --publish $(FAULTS)

ifeq (accuracy,$(firstword $(MAKECMDGOALS)))
$(filter-out accuracy,$(MAKECMDGOALS)):
	@:
endif

# All commands against a stand-in API server with faults in every request (tests/hostile/README.md), and every printed
# command of all recordings with hostile texts, in the shells that are installed.
hostile: $(BIN)/diagnose
	$(BIN)/python -m tests.hostile matrix $(HOSTILE)
	$(BIN)/python -m tests.support.pasted

bench: $(BIN)/diagnose
	$(BIN)/python -m tests.bench.run

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
