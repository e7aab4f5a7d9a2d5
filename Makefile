# The index of the project: `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PROFILE ?= quick
SEEDS ?=
OUT ?= results
TIME ?= 60
MODLAB := .build/release/modlab
VENV := .venv
PYTHON := $(VENV)/bin/python

# Debian 12 packages: the C libraries of Package.swift, and how they are found.
PACKAGES := libopenblas-dev liblapacke-dev libyaml-dev libjansson-dev libssl-dev zlib1g-dev pkg-config
SLURM_PACKAGES := slurm-wlm munge

# What only tests need: the trace of system calls that shows in which order files reach the disk.
TEST_PACKAGES := strace

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z0-9.%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([^:]+):.*## (.*)/\1\t\2/' \
	  | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

##—— Building and testing

.PHONY: setup
setup: ## Install the system packages that are missing (apt; sudo only when not root)
	@tools/setup $(PACKAGES)

.PHONY: build
build: setup ## Build the release binary
	@swift build -c release --product modlab

.PHONY: test
test: setup ## Run the whole test suite, except the tests with a real Slurm
	@tools/setup $(TEST_PACKAGES)
	@swift build --build-tests
	@echo "Leaving out SlurmTests, which need root to start a Slurm: 'make test-slurm' runs them."
	@swift test --skip-build --disable-xctest --skip SlurmTests

.PHONY: test-slurm
test-slurm: ## Run the tests with a real Slurm, started for them (installs it; needs root)
	@tools/slurm-local check
	@tools/setup $(PACKAGES) $(SLURM_PACKAGES)
	@swift build --build-tests
	@tools/slurm-local run swift test --skip-build --disable-xctest --filter SlurmTests

.PHONY: test-fast
test-fast: setup ## Run the tests of the libraries, without the end-to-end tests
	@swift test --disable-xctest --skip EndToEndTests --skip SlurmTests

.PHONY: fuzz
fuzz: setup ## Fuzz the readers of untrusted files for TIME seconds in all
	@tools/fuzz $(TIME)

.PHONY: sanitize
sanitize: setup ## Run the test suite under the address and the thread sanitizer
	@tools/sanitize

.PHONY: test-kills
test-kills: setup ## Every kill, fault and full disk that docs/promises.md names (about 20 minutes)
	@tools/setup $(TEST_PACKAGES)
	@swift build --build-tests
	@MODLAB_TEST_DEPTH=full swift test --skip-build --disable-xctest \
	  --filter 'KillTests|FaultTests|DiskFullTests|ConcurrencyTests|SignalTests|WorkerCrashTests|WriteOrderTests|DamageTests|DeterminismTests|EnduranceTests'

TIMES ?= 20
.PHONY: test-repeated
test-repeated: setup ## The whole suite TIMES times; tests of a suite start in another order each time
	@swift build --build-tests
	@for i in $$(seq $(TIMES)); do echo "$$i of $(TIMES)"; \
	  swift test --skip-build --disable-xctest --skip SlurmTests >.build/test-repeated.log 2>&1 \
	  || { grep -E '✘|error' .build/test-repeated.log; exit 1; }; done

.PHONY: compare-builds
compare-builds: build ## Debug and release must give the same bytes on the smoke profile
	@swift build --product modlab
	@tools/compare-builds .build/debug/modlab $(MODLAB)

.PHONY: parity
parity: setup ## Compare with PyTorch's goldens and write docs/parity.md
	@tools/parity

# A Python with PyTorch, to compare with; made when none is given: make bench TORCH_PYTHON=/path/to/python
TORCH_VENV := .venv-bench
TORCH_PYTHON ?= $(TORCH_VENV)/bin/python

.PHONY: bench
bench: build $(if $(filter $(TORCH_VENV)/%,$(TORCH_PYTHON)),$(TORCH_VENV)/.done) ## Time training steps beside PyTorch, and write docs/performance.md
	@$(TORCH_PYTHON) tools/bench/compare.py --modlab $(MODLAB) --python $(TORCH_PYTHON) --output docs/performance.md

$(TORCH_VENV)/.done: tools/bench/requirements.txt
	@tools/setup python3-venv
	@python3 -m venv $(TORCH_VENV)
	@$(TORCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r tools/bench/requirements.txt
	@touch $@

.PHONY: style
style: ## Format check and a report of the largest files
	@tools/style

.PHONY: format
format: ## Format the Swift sources in place
	@swift format -i -r -p Sources Tests Fuzzing Package.swift

.PHONY: docs
docs: build ## Regenerate docs/manifest-reference.md
	@$(MODLAB) reference > docs/manifest-reference.md

.PHONY: goldens
goldens: ## Regenerate the goldens (Python, PyTorch)
	@tools/goldens/regenerate

##—— Experiments

.PHONY: demo
demo: build ## Run the main job at quick size, 3 seeds, and print its claims
	@tools/demo $(MODLAB) $(OUT)

.PHONY: smoke
smoke: build ## Run every experiment at toy size
	@$(MODLAB) run experiments/masks/*.yaml --profile smoke --out $(OUT)/smoke

# A section of the paper: run, summarize, check, draw. PROFILE, SEEDS and OUT may be given.
SECTION_3_1 := experiments/masks/addmul-fnn.yaml

.PHONY: section-3.1
section-3.1: build venv ## Addition and multiplication: runs, claims and Figs. 1, 2, 8, 11
	@$(MODLAB) run $(SECTION_3_1) --profile $(PROFILE) $(if $(SEEDS),--seeds $(SEEDS)) --out $(OUT)
	@$(MODLAB) summarize $(OUT)/addmul-fnn
	@for figure in figure_01_shared_weights figure_02_confusion figure_08_accuracy figure_11_kept_weights; do \
	  $(PYTHON) plots/$$figure.py $(OUT) --profile $(PROFILE) --output $(OUT)/figures/$$figure.png; done
	@$(MODLAB) check $(OUT)/addmul-fnn

.PHONY: venv
venv: $(VENV)/.done

$(VENV)/.done: plots/requirements.txt
	@tools/setup python3-venv
	@python3 -m venv $(VENV)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r plots/requirements.txt
	@touch $@

.PHONY: clean
clean: ## Remove build products (results stay)
	@rm -rf .build $(VENV) $(TORCH_VENV)
