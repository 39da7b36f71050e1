# `make demo` and `make test` need Python 3.11 or newer with pip and venv, and nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
BENCH_VENV ?= .venv-bench
BENCH := $(BENCH_VENV)/.done
FLOWER_VENV ?= .venv-flower
FLOWER := $(FLOWER_VENV)/.done
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
INSTALL := $(PIP) install --no-deps --only-binary :all: --require-hashes
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2
FUZZ_SECONDS ?= 600
STUBS := fedqi/wire/v1

.DEFAULT_GOAL := help
.PHONY: help demo flower-demo test test-all lint format bench soak protos lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(RUN) ## A federation of 24 hospitals on this machine; options in ARGS="--sites 8"
	@$(BIN)/fedqi demo $(ARGS)

flower-demo: $(FLOWER) ## The same collaborative by our services and over Flower, compared
	@$(FLOWER_VENV)/bin/fedqi demo --over flower $(ARGS)

test: lint ## Lint, types, import contracts, and every test but the slow ones
	@$(PYTEST) -n $(WORKERS)

test-all: $(DEV) $(FLOWER) ## The slow tests, and all that are not slow again beside Flower
	@$(PYTEST) -m slow
	@$(FLOWER_VENV)/bin/python -m pytest -n $(WORKERS) --ignore tests/architecture
	@$(FLOWER_VENV)/bin/python -m pytest -m slow tests/flower

lint: $(DEV) ## Style, types and import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(DEV) ## Bring all code into the common format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(DEV) $(BENCH) ## Secure aggregation beside others, sizes in ARGS="--n 50"; heavy tables, ENGINE="--rows 1000000"
	@FEDQI_BENCH_PYTHON=$(BENCH_VENV)/bin/python $(BIN)/python -m benchmarks.secagg \
		--drop 2 --against flwr,tenseal,limit $(ARGS)
	@$(BIN)/python -m benchmarks.engine $(ENGINE)

soak: $(DEV) ## 20,000 simulated federations, properties with many more examples, and a search for what breaks a reader
	@$(BIN)/python -m fedqi.simulation --seeds 20000
	@HYPOTHESIS_PROFILE=soak $(PYTEST) -n $(WORKERS) tests/property
	@$(INSTALL) -r requirements/fuzz.txt
	@$(BIN)/python -m tests.fuzz.soak --seconds $(FUZZ_SECONDS)

protos: $(DEV) ## Generate the wire stubs again
	@$(BIN)/python -m grpc_tools.protoc -I protos --python_out=. --pyi_out=. \
		--grpc_python_out=. $(sort $(wildcard protos/$(STUBS)/*.proto))

lock: $(VENV)/.uv ## Pin the newest versions that fit, with their hashes
	@$(LOCK) --upgrade pyproject.toml requirements/build.in --group dev \
		--extra aggregator --extra reports --extra postgres --output-file requirements/dev.txt
	@$(LOCK) --upgrade pyproject.toml requirements/build.in --constraint requirements/dev.txt \
		--extra aggregator --extra reports --output-file requirements/run.txt
	@$(LOCK) --upgrade pyproject.toml requirements/build.in requirements/flower.in \
		--extra aggregator --extra reports --extra postgres --extra flower --only-binary :all: \
		--output-file requirements/flower.txt
	@$(LOCK) --upgrade requirements/bench.in --only-binary :all: \
		--output-file requirements/bench.txt

clean: ## Remove the environments and everything generated
	@rm -rf $(VENV) $(BENCH_VENV) $(FLOWER_VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "FedQI needs Python 3.11 or newer; found: $$($(PYTHON) --version 2>&1)." >&2; \
		echo "Name another one with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "python3 -m venv failed; on Debian and Ubuntu: apt install python3-venv" >&2; \
		rm -rf $(VENV); exit 1; }

$(RUN): $(VENV)/pyvenv.cfg requirements/run.txt pyproject.toml
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(INSTALL) -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUN) requirements/dev.txt
	@echo "Adding the tools for tests to $(VENV) (once) ..."
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

$(BENCH): $(VENV)/pyvenv.cfg requirements/bench.txt
	@echo "Setting up $(BENCH_VENV) with the other systems (once, about a minute) ..."
	@$(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip --disable-pip-version-check -qq install \
		--no-deps --only-binary :all: --require-hashes -r requirements/bench.txt
	@touch $@

$(FLOWER): $(VENV)/pyvenv.cfg requirements/flower.txt pyproject.toml
	@echo "Setting up $(FLOWER_VENV) with Flower (once, about a minute) ..."
	@$(PYTHON) -m venv $(FLOWER_VENV)
	@$(FLOWER_VENV)/bin/python -m pip --disable-pip-version-check -qq install \
		--no-deps --only-binary :all: --require-hashes -r requirements/flower.txt
	@$(FLOWER_VENV)/bin/python -m pip --disable-pip-version-check -qq install \
		--no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.uv: $(VENV)/pyvenv.cfg
	@$(PIP) install "uv>=0.9"
	@touch $@
