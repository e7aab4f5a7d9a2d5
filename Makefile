# The index of the project: `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PROFILE ?= quick
SEEDS ?=
OUT ?= results
TIME ?= 60
MODLAB := .build/release/modlab
# Where `make install` puts the program; DESTDIR is for those who make packages.
PREFIX ?= $(if $(filter 0,$(shell id -u)),/usr/local,$(HOME)/.local)
DESTDIR ?=
VENV := .venv
PYTHON := $(VENV)/bin/python

# Debian 12 packages: the C libraries of Package.swift, and how they are found.
PACKAGES := libopenblas-dev liblapacke-dev libarpack2-dev libyaml-dev libjansson-dev libssl-dev zlib1g-dev libcurl4-openssl-dev \
  libarchive-dev libpng-dev libkainjow-mustache-dev ca-certificates pkg-config
SLURM_PACKAGES := slurm-wlm munge

# What only 'make deb' needs, and what only its test does.
DEB_PACKAGES := dpkg-dev patchelf
DEB_TEST_PACKAGES := mmdebstrap

# What only 'make style' needs, besides the toolchain.
STYLE_PACKAGES := python3-pyflakes

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

.PHONY: install
install: build ## Install program, completions and manual page below PREFIX (/usr/local for root, else ~/.local)
	@tools/install install $(MODLAB) "$(PREFIX)" "$(DESTDIR)"

.PHONY: uninstall
uninstall: ## Remove what 'make install' has installed below PREFIX
	@tools/install uninstall "$(PREFIX)" "$(DESTDIR)"

.PHONY: deb
deb: build ## Make a Debian package of the release binary in .build/deb
	@tools/setup $(DEB_PACKAGES)
	@rm -rf .build/deb
	@tools/deb $(MODLAB) .build/deb

.PHONY: test-deb
test-deb: deb ## Install that package in a clean Debian, use it there and remove it (needs root or user namespaces, and a mirror)
	@tools/setup $(DEB_TEST_PACKAGES)
	@tools/test-deb .build/deb/modlab_*.deb

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

.PHONY: test-python
test-python: ## Test the Python package in a virtual environment of its own (TORCH=1: with torch)
	@tools/test-python

.PHONY: fuzz
fuzz: setup ## Fuzz the readers of untrusted files for TIME seconds in all
	@tools/fuzz $(TIME)

.PHONY: sanitize
sanitize: setup ## Run the test suite under the address and the thread sanitizer
	@tools/sanitize

.PHONY: test-kills
test-kills: setup ## Every kill, fault and full disk that docs/promises.md names (half an hour and more)
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

# More for compare.py, such as BENCH_OPTIONS="--baseline /path/to/an/earlier/modlab".
BENCH_OPTIONS ?=

.PHONY: bench
bench: build $(if $(filter $(TORCH_VENV)/%,$(TORCH_PYTHON)),$(TORCH_VENV)/.done) ## Time training steps beside PyTorch (40 minutes and more), and write docs/performance.md
	@$(TORCH_PYTHON) tools/bench/compare.py --modlab $(MODLAB) --python $(TORCH_PYTHON) $(BENCH_OPTIONS) \
	  --sittings docs/sittings --output docs/performance.md

$(TORCH_VENV)/.done: tools/bench/requirements.txt
	@tools/setup python3-venv
	@python3 -m venv $(TORCH_VENV)
	@$(TORCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r tools/bench/requirements.txt
	@touch $@

.PHONY: style
style: ## Check Swift, Python and shell, and report the largest files
	@tools/setup $(STYLE_PACKAGES)
	@tools/style

.PHONY: format
format: ## Format the Swift sources in place
	@swift format -i -r -p Sources Tests Fuzzing Package.swift

.PHONY: docs
docs: build ## Regenerate docs/manifest-reference.md and docs/csv-reference.md
	@$(MODLAB) reference > docs/manifest-reference.md
	@$(MODLAB) reference --csv > docs/csv-reference.md

.PHONY: goldens
goldens: ## Regenerate the goldens (Python, PyTorch)
	@tools/goldens/regenerate

##—— Experiments

.PHONY: first
first: build ## Run the main job at toy size, and print its table and its claims (seconds)
	@tools/first $(MODLAB) $(OUT)/first

.PHONY: demo
demo: build ## Run the main job at quick size, 3 seeds, and print its claims
	@tools/demo $(MODLAB) $(OUT)

.PHONY: clusters-demo
clusters-demo: build venv ## Clusters at quick size on MNIST and Fashion-MNIST (needs their files): claims and two pictures (minutes)
	@tools/clusters-demo $(MODLAB) $(OUT) $(PYTHON)

.PHONY: smoke
smoke: build ## Run every experiment at toy size
	@$(MODLAB) run experiments/masks/*.yaml experiments/clusters/*.yaml --profile smoke --out $(OUT)/smoke

# A section of a paper: run, summarize, check, draw. PROFILE, SEEDS and OUT may be given.
define RUN_SECTION
@for name in $(1); do \
  $(MODLAB) run experiments/*/$$name.yaml --profile $(PROFILE) $(if $(SEEDS),--seeds $(SEEDS)) --out $(OUT); done
endef
define CHECK_SECTION
@for name in $(1); do $(MODLAB) check $(OUT)/$$name || status=1; done; exit $${status:-0}
endef
# Of the variants of cifar10-cnn, that without dropout is drawn unless another is given.
VARIANT ?= no-dropout

# The figures with the given names, as plots/README.md lists them; all of them without any.
define DRAW
@$(PYTHON) plots/draw_all.py $(OUT) --profile $(PROFILE) --variant $(VARIANT) $(1)
endef

.PHONY: figures
figures: venv ## Draw all figures that OUT has data for, and name what the others lack
	$(call DRAW,)

.PHONY: record
record: build venv ## Take the results in OUT into experiments/results, with their figures in small
	@python3 -B tools/results/record.py --tables-of $(PROFILE) $(MODLAB) $(OUT)
	@$(PYTHON) -B plots/gallery.py $(OUT) experiments/results --profile $(PROFILE) --variant $(VARIANT)
	@$(MAKE) --no-print-directory results

.PHONY: results
results: ## Write tables and numbers of all documents from experiments/results
	@python3 -B tools/results/documents.py

.PHONY: section-3.1
section-3.1: build venv ## Addition and multiplication: runs, claims and Figs. 1, 2, 8, 10, 11
	$(call RUN_SECTION,addmul-fnn addmul-lstm)
	$(call DRAW,figure_01_shared_weights_fnn figure_01_shared_weights_lstm figure_02_operations_fnn figure_08_accuracy_fnn figure_08_accuracy_lstm figure_10_operations_lstm figure_11a_kept_weights_fnn figure_11b_kept_weights_lstm overlap_operations_fnn overlap_operations_lstm operations_inverse_fnn operations_inverse_lstm)
	$(call CHECK_SECTION,addmul-fnn addmul-lstm)

.PHONY: interference
interference: build venv ## Further training on one operation: runs, claims and figure
	$(call RUN_SECTION,addmul-interference)
	$(call DRAW,interference)
	$(call CHECK_SECTION,addmul-interference)

.PHONY: section-3.2
section-3.2: build venv ## Double addition: runs, claims and Figs. 3, 12, 13
	$(call RUN_SECTION,double-add-fnn double-add-lstm)
	$(call DRAW,figure_03_pairs_fnn figure_03_pairs_lstm figure_12a_shared_weights_fnn figure_12b_shared_weights_lstm figure_13_one_at_a_time overlap_pairs_fnn overlap_pairs_lstm first_full_mask_fnn first_full_mask_lstm)
	$(call CHECK_SECTION,double-add-fnn double-add-lstm)

.PHONY: section-4
section-4: build venv ## SCAN: runs, claims and Fig. 4
	$(call RUN_SECTION,scan-lstm scan-transformer scan-baseline)
	$(call DRAW,figure_04a_scan_accuracy figure_04b_scan_output_map scan_output_removed_lstm scan_output_removed_transformer scan_output_map_transformer scan_baseline)
	$(call CHECK_SECTION,scan-lstm scan-transformer scan-baseline)

.PHONY: section-3.4
section-3.4: build venv ## Mathematics Dataset: runs, claims and figure
	$(call RUN_SECTION,math-transformer)
	$(call DRAW,mathematics)
	$(call CHECK_SECTION,math-transformer)

.PHONY: section-5
section-5: build venv ## Class removal on CIFAR-10 (needs its files): runs, claims and Figs. 5, 16, 17, 18
	$(call RUN_SECTION,cifar10-cnn cifar10-resnet cifar10-mask-stability cifar10-gradient-cosine)
	$(call DRAW,figure_05_confusion_change figure_16_removed_weights figure_17_class_confusion figure_18_confusion_change class_drops confusion_change_resnet removed_weights_resnet mask_stability)
	$(call CHECK_SECTION,cifar10-cnn cifar10-resnet cifar10-mask-stability cifar10-gradient-cosine)

.PHONY: own-network
own-network: build ## A network and sub-tasks of one's own: even and odd digits of MNIST (needs its files)
	$(call RUN_SECTION,even-and-odd)
	@$(MODLAB) show $(OUT)/even-and-odd/runs/main-*/seed-00

.PHONY: appendix-e
appendix-e: build venv ## Transfer on permuted MNIST (needs its files): runs, claims and Figs. 14, 15
	$(call RUN_SECTION,permuted-mnist)
	$(call DRAW,figure_14_transfer figure_15a_prefer_old figure_15b_prefer_old_more)
	$(call CHECK_SECTION,permuted-mnist)

.PHONY: planted
planted: build venv ## Masks against modules that are known: runs, claims and figures
	$(call RUN_SECTION,planted-separate planted-units planted-first-layer planted-dial planted-dial-units)
	$(call DRAW,planted_truth planted_dial)
	$(call CHECK_SECTION,planted-separate planted-units planted-first-layer planted-dial planted-dial-units)

.PHONY: clusters-partition
clusters-partition: build venv ## Clusterability of untrained and trained networks (needs MNIST and Fashion-MNIST): runs, claims and figures
	$(call RUN_SECTION,random-init-ncut clusterability)
	$(call DRAW,clusters_cuts clusters_eigenvalues clusters_weights)
	$(call CHECK_SECTION,random-init-ncut clusterability)

.PHONY: clusters-pictures
clusters-pictures: build venv ## What sub-clusters follow (needs MNIST and Fashion-MNIST): runs, claims and Figs. 1, 3, 4
	$(call RUN_SECTION,cluster-pictures)
	$(call DRAW,clusters_01a_mnist clusters_01b_fashion clusters_01c_halves_same clusters_01d_halves_diff clusters_03_images clusters_04a_stack_same clusters_04b_stack_diff)
	$(call CHECK_SECTION,cluster-pictures)

.PHONY: clusters-importance
clusters-importance: build venv ## Does losing sub-clusters hurt? (needs MNIST and Fashion-MNIST): runs, claims, many tests, Figs. 2 and 6, calibration
	$(call RUN_SECTION,cluster-importance)
	$(call RUN_SECTION,cluster-multiple-tests)
	$(call DRAW,clusters_02_lesions clusters_06_profiles_mlp clusters_06_profiles_cnn clusters_calibration)
	$(call CHECK_SECTION,cluster-importance cluster-multiple-tests)

# Tables 4 and 5 of both papers' halves: after clusters-importance and clusters-coherence.
.PHONY: clusters-many-tests
clusters-many-tests: build ## Which tests of importance and coherence remain significant together? Runs after both; tables 4 and 5
	@$(MODLAB) run experiments/clusters/cluster-multiple-tests.yaml --profile $(PROFILE) --out $(OUT) \
	  --set 'tests.studies=[cluster-importance,cluster-coherence]' \
	  --set 'tests.quantities=[importance,class-range,score,entropy]'
	@python3 -B plots/cluster_tables.py --results $(OUT) --profile $(PROFILE)

.PHONY: clusters-dependency
clusters-dependency: build venv ## Which sub-clusters depend on each other? (needs Fashion-MNIST): runs, claims, Figs. 7 to 9
	$(call RUN_SECTION,cluster-dependency)
	$(call DRAW,clusters_07_cases clusters_08_graph clusters_09_dependencies)
	$(call CHECK_SECTION,cluster-dependency)

.PHONY: clusters-coherence
clusters-coherence: build venv ## What do sub-clusters look for? (needs MNIST): runs, claims and Fig. 5
	$(call RUN_SECTION,cluster-coherence)
	$(call DRAW,clusters_05a_mlp_mnist clusters_05a_mlp_mnist_fourier clusters_05b_cnn_mnist)
	$(call CHECK_SECTION,cluster-coherence)

# Pictures of a network of torchvision have 32 rows and columns at the small sizes, and those of its images else.
SIDE ?= $(if $(filter smoke quick,$(PROFILE)),32)

.PHONY: clusters-vgg
clusters-vgg: build venv ## VGG-16 for CIFAR-10 (needs its files): runs, claims, Fig. 5c; with NETWORK=FILE pictures (SIDE=N), drawn as Fig. 5, and with IMAGES=FILE lesions of a network of torchvision
ifdef NETWORK
	@mkdir -p $(OUT)
	@$(MODLAB) cluster labels $(NETWORK) --k 12 -o $(OUT)/partitions-$(notdir $(NETWORK))
	@$(MODLAB) run experiments/clusters/vgg-coherence.yaml --only vgg-initial --profile $(PROFILE) --out $(OUT)/imported \
	  --set network.source=file --set network.weights=$(NETWORK) $(if $(SIDE),--set features.side=$(SIDE))
	@$(PYTHON) plots/cluster_features.py $(OUT)/imported --study vgg-coherence --variant vgg-initial --profile $(PROFILE) \
	  --where network.weights=$(NETWORK) $(if $(SIDE),--where features.side=$(SIDE)) \
	  --output $(OUT)/figures/clusters_05_$(basename $(notdir $(NETWORK))).png
ifdef IMAGES
	@$(MODLAB) run experiments/clusters/vgg-importance.yaml --only vgg-unregularised --profile $(PROFILE) --out $(OUT)/imported \
	  --set network.source=file --set network.weights=$(NETWORK) \
	  --set data.train.inputs=$(abspath $(IMAGES))\#images --set data.train.targets=$(abspath $(IMAGES))\#labels \
	  --set data.test.inputs=$(abspath $(IMAGES))\#images --set data.test.targets=$(abspath $(IMAGES))\#labels
endif
else
	$(call RUN_SECTION,vgg-coherence vgg-importance)
	$(call DRAW,clusters_05c_vgg)
	$(call CHECK_SECTION,vgg-coherence vgg-importance)
endif

.PHONY: clusters-later
clusters-later: build ## Four partitions of each network (needs MNIST): runs, claims and the table OUT/tables/later.md
	$(call RUN_SECTION,partitions-importance partitions-coherence)
	@python3 -B plots/partition_tables.py --results $(OUT) --profile $(PROFILE)
	$(call CHECK_SECTION,partitions-importance partitions-coherence)

.PHONY: clusters-tables
clusters-tables: ## Tables 1a, 1b, 2, 3, 4, 5, 6, 7, 8, 9 of the runs in OUT, as CSV and Markdown
	@python3 -B plots/cluster_tables.py --results $(OUT) --profile $(PROFILE)

.PHONY: venv
venv: $(VENV)/.done

$(VENV)/.done: plots/requirements.txt
	@tools/setup python3-venv
	@python3 -m venv $(VENV)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r plots/requirements.txt
	@touch $@

.PHONY: clean
clean: ## Remove build products (results stay)
	@rm -rf .build $(VENV) $(TORCH_VENV) .venv-python
