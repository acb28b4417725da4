# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
# Installing uv shows nothing but errors.
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test dist test-package image test-image lint types contracts docs site screenshots lab lab-down lab-clean lab-argo lab-workers test-lab test-rights test-argo accuracy accuracy-paste hostile bench clean

help:  ## Show this
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' Makefile | expand -t 16

$(BIN)/diagnose: pyproject.toml uv.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || { $(BIN)/python -m ensurepip --upgrade >/dev/null 2>&1; $(BIN)/python -m pip install --quiet uv; }
	@$(BIN)/uv sync --locked --inexact --quiet
	@touch $@

demo: $(BIN)/diagnose  ## Replay a recorded incident; needs nothing but Python
	@$(BIN)/diagnose demo

test: $(BIN)/diagnose  ## Run the tests; no cluster needed
	$(BIN)/pytest -n auto

# The wheel, the source archive, and the plug-in for krew with its manifest, which names where they are published.
RELEASES ?= https://releases.example.org/diagnose
DIST ?= dist
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

dist: $(BIN)/diagnose  ## Build the wheel, the source archive and the plug-in of krew into dist/ [RELEASES=address]
	@rm -rf $(DIST) && SOURCE_DATE_EPOCH=0 $(BIN)/uv build --quiet --out-dir $(DIST)
	@deploy/krew/pack $(VERSION) $(RELEASES) $(DIST)
	@ls -l $(DIST)

test-package: $(BIN)/diagnose  ## Build them twice, install and run them with each Python that is here; needs the network
	$(BIN)/pytest -q -rs -o addopts=--import-mode=importlib tests/package

# BASE and UV_FROM: deploy/image/build; "BASE=debian UV_FROM=local" needs no registry of images.
IMAGE ?= build/image
NAME ?= registry.example.org/diagnose:$(VERSION)

image: $(BIN)/diagnose  ## Build the image, and what is inside, into build/image [BASE=image|debian] [UV_FROM=image|local]; needs buildah and root
	@BASE=$(BASE) UV_FROM=$(UV_FROM) deploy/image/build $(IMAGE) $(NAME) $(VERSION) $(BIN)/uv

test-image: $(BIN)/diagnose  ## Build it of Debian's packages and run it, without a registry; needs buildah, mmdebstrap and root
	$(BIN)/pytest -q -rs -o addopts=--import-mode=importlib tests/image

lint: $(BIN)/diagnose  ## Check format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(BIN)/diagnose  ## Check the types
	$(BIN)/mypy

contracts: $(BIN)/diagnose  ## Check which folder imports which
	$(BIN)/lint-imports

# The roles of a worker in namespace msp; `diagnose rbac -n NAMESPACE` prints those of another.
RBAC := $(BIN)/diagnose rbac --offline -n msp

docs: $(BIN)/diagnose  ## Write what is generated: docs/checks.md, docs/runbook.md, deploy/rbac
	$(BIN)/diagnose list --markdown > docs/checks.md
	$(BIN)/diagnose list --runbook > docs/runbook.md
	$(RBAC) --for all > deploy/rbac/all.yaml
	$(RBAC) --for gate --phase pre > deploy/rbac/gate-pre.yaml
	$(RBAC) --for gate --phase post > deploy/rbac/gate-post.yaml
	$(RBAC) --for audit > deploy/rbac/audit.yaml
	$(RBAC) --for namespaces > deploy/rbac/namespaces.yaml

# Its generator stays out of the environment of the tests.
site: $(BIN)/diagnose  ## Build the documents as a site into build/site; every link must hold; needs the network once
	@NO_MKDOCS_2_WARNING=1 $(BIN)/uv run --quiet --locked --isolated --only-group docs mkdocs build --site-dir build/site
	@echo build/site/index.html

screenshots: $(BIN)/diagnose  ## Take the pictures in docs/images; needs Chromium
	$(PYTHON) -m tests.reports.browser.screenshots

# tests/lab/README.md explains the lab.
NODES ?= 2
LAB := $(PYTHON) -m tests.lab.kubernetes
# Without KUBECONFIG these are the services of the lab's own cluster.
LAB_SERVICES := KUBECONFIG= $(PYTHON) -m tests.lab.services
DEPLOY := deploy $(if $(SECRETS),--secrets $(SECRETS))

lab:  ## Start a real cluster with the worker on this machine [NODES=2] [SECRETS=vault|kubernetes] [KWOK=n]; needs root
	@$(LAB) up --nodes $(NODES) --metrics $(if $(KWOK),--kwok $(KWOK)) >/dev/null
	@$(LAB_SERVICES) $(DEPLOY)
	@$(LAB) env

lab-argo:  ## Add Argo Workflows to the lab; needs `make lab`
	@$(LAB_SERVICES) $(DEPLOY) --argo

lab-workers:  ## Add workers of other languages to the lab; needs `make lab`
	@$(LAB_SERVICES) $(DEPLOY) --workers

lab-down:  ## Stop the lab
	@$(LAB) down

lab-clean:  ## Stop the lab, and delete what it built and downloaded
	@$(LAB) clean

# The command that repairs the cluster where a fault would stay.
test-lab accuracy accuracy-paste: export LAB_DEPLOY ?= $(PYTHON) -m tests.lab.services $(DEPLOY)

test-lab: $(BIN)/diagnose  ## Inject faults and judge the reports [FAULTS="V10 K02"]; needs KUBECONFIG of a cluster that may be broken
	$(BIN)/python -m tests.lab.accuracy --folder build/lab --fresh $(FAULTS)

test-rights: $(BIN)/diagnose  ## Try the printed roles, each without each of its rights; needs the lab
	$(BIN)/python -m tests.lab.rights $(RIGHTS)

test-argo: $(BIN)/diagnose  ## Run the templates of deploy/argo [PROOFS="passes is_killed"]; needs `make lab-argo`
	$(BIN)/python -m tests.lab.argo $(PROOFS)

# Continues where it ended. Names after it are ids: `make accuracy V10 K02`.
accuracy: $(BIN)/diagnose  ## Run the whole benchmark, and write docs/accuracy.md; needs the lab and hours
	$(BIN)/python -m tests.lab.accuracy --publish $(FAULTS) $(filter-out accuracy,$(MAKECMDGOALS))

accuracy-paste: $(BIN)/diagnose  ## The same, and paste the first fix of each answer; needs the lab
	$(BIN)/python -m tests.lab.accuracy --paste --publish $(FAULTS)

ifeq (accuracy,$(firstword $(MAKECMDGOALS)))
$(filter-out accuracy,$(MAKECMDGOALS)):
	@:
endif

# All commands against a stand-in API server with faults in every request (tests/hostile/README.md), and every printed
# command of all recordings with hostile texts, in the shells that are installed.
hostile: $(BIN)/diagnose  ## Run all commands against broken and hostile answers [HOSTILE=…]; no cluster needed
	$(BIN)/python -m tests.hostile matrix $(HOSTILE)
	$(BIN)/python -m tests.support.pasted

bench: $(BIN)/diagnose  ## Measure speed and scale; needs the lab
	$(BIN)/python -m tests.bench.run

clean:  ## Remove the environment and all caches
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
