# `make help` lists the targets. Everything is installed by the target that needs it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Compiled modules halve the start of every command; an environment that forbids them is overruled.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= python3
VENV := .venv/bin
UV := $(VENV)/uv pip install --quiet --compile-bytecode --require-hashes
# One more than the two cores of the usual machine: tests of deployments wait as much as they work.
WORKERS ?= 3
# Tests that need the engine, a local cloud of their own, or a deployment of the whole slice.
SLOW := engine or cloud or e2e

# The linter of the workflows is built once from the modules that .github/actionlint pins, as the engine is.
CACHE := $(or $(OMNITRACK_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/omnitrack)
ACTIONLINT := $(CACHE)/tools/actionlint-$(shell cat .github/actionlint/go.* | cksum | cut -d ' ' -f 1)

.PHONY: help up down reset test check workflows format bench engine install lock

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

up: install ## install, start the local cloud, deploy development, seed it, send readings, show what is live
	@$(VENV)/omnitrack start

down: ## stop the local cloud; its state is kept
	@if [ -x $(VENV)/omnitrack ]; then $(VENV)/omnitrack local down; else echo "Nothing is installed, so nothing runs."; fi

reset: ## empty the local cloud
	@if [ -x $(VENV)/omnitrack ]; then $(VENV)/omnitrack local reset; else echo "Nothing is installed, so there is nothing to empty."; fi

test: install check-tools ## the whole gate: check, then the real engine, local clouds and journeys
	@$(MAKE) --no-print-directory check
	@echo "== engine, local cloud, end to end"
	@$(VENV)/pytest -q -n $(WORKERS) --dist loadgroup -m "$(SLOW)"

check: check-tools ## the fast half: format, lint, types, unit and contract tests (no engine needed)
	@echo "== format and lint"
	@$(VENV)/ruff format --check --quiet . && $(VENV)/ruff check --quiet .
	@echo "== types"
	@$(VENV)/mypy --no-error-summary . && $(VENV)/mypy --no-error-summary functions/build.py functions/openapi.py
	@echo "== generated documents"
	@$(VENV)/python -m functions.openapi --check
	@$(VENV)/python -m policy.documentation --check
	@$(VENV)/python -m policy.permissions --check
	@$(MAKE) --no-print-directory workflows
	@echo "== unit and contract tests"
	@$(VENV)/pytest -q -n $(WORKERS) -m "not ($(SLOW))"

workflows: check-tools ## lint what GitHub runs: syntax, expressions, rights, pins
	@echo "== workflows"
	@if command -v go >/dev/null || [ -x "$(ACTIONLINT)" ] || [ -n "$${CI:-}" ]; then \
	  $(MAKE) --silent "$(ACTIONLINT)" && "$(ACTIONLINT)" -shellcheck= -pyflakes=; \
	else echo "No Go here to build actionlint with: that half of the lint is left to CI." >&2; fi
	@$(VENV)/zizmor --offline --no-progress -qq --pedantic .github

format: check-tools ## format the code and mend what the linter can mend
	@$(VENV)/ruff format --quiet . && $(VENV)/ruff check --quiet --fix .

bench: install ## print the benchmark table
	@$(VENV)/python -m bench

lock: check-tools ## resolve requirements/*.in again into files with hashes
	@for name in installer program development local-cloud layer; do \
	  $(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    $$([ $$name != layer ] || echo --no-emit-package botocore) \
	    --custom-compile-command "make lock" requirements/$$name.in --output-file requirements/$$name.txt; \
	done

$(ACTIONLINT):
	@command -v go >/dev/null || \
	  { echo "Go is needed to build the workflow linter once: install Go 1.25 or newer (https://go.dev/dl/)." >&2; exit 1; }
	@echo "Building the workflow linter into $(@D), once (under a minute)"
	@mkdir -p "$(@D)"
	@cd .github/actionlint && GOWORK=off go build -trimpath -buildvcs=false -o "$@.$$$$" github.com/rhysd/actionlint/cmd/actionlint \
	  && mv "$@.$$$$" "$@"

install: check-tools .venv-cloud/.installed .local/build/.built engine ## install everything, deploy nothing

engine: .venv/.installed
	@$(VENV)/python -m localcloud.engine --link .venv

.PHONY: check-tools
check-tools: .venv/.installed

.venv/.installed: requirements/development.txt requirements/installer.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, $(PYTHON) is older: install it, or name another with make PYTHON=..." >&2; exit 1; }
	@echo "Installing the project's packages into .venv (about a minute)"
	@$(PYTHON) -m venv .venv || { echo "$(PYTHON) cannot make a virtual environment: install its venv module (Debian: python3-venv)." >&2; exit 1; }
	@$(VENV)/pip install --quiet --require-hashes -r requirements/installer.txt
	@$(UV) -r requirements/development.txt --python $(VENV)/python
	@$(VENV)/uv pip install --quiet --no-deps --no-build-isolation --editable . --python $(VENV)/python
	@touch $@

.venv-cloud/.installed: requirements/local-cloud.txt | .venv/.installed
	@echo "Installing the local cloud's packages into .venv-cloud"
	@$(PYTHON) -m venv --without-pip .venv-cloud
	@$(UV) -r requirements/local-cloud.txt --python .venv-cloud/bin/python
	@touch $@

.local/build/.built: requirements/layer.txt functions/build.py | .venv/.installed
	@echo "Building the functions' dependency layers"
	@$(VENV)/python -m functions.build
	@touch $@
