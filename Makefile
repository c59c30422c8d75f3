# Every target needs nothing but make, a shell and a Python or curl: scripts/bootstrap gets the rest.
MESHRIG := .venv/bin/meshrig
# process: no Docker needed; kind: pods in a kind cluster; auto: kind where Docker and kind are there, else process.
RUNTIME ?= process
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv

.PHONY: help local-up local-down status scenarios test lint types unit integration e2e docker e2e-kind plugin services \
	golden clean

help:  ## show this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  \1\t/' | expand -t 16

local-up:  ## run the whole system on this machine (RUNTIME=process, kind or auto)
	@scripts/bootstrap
	@$(MESHRIG) up --runtime $(RUNTIME)

local-down:  ## stop it and free every port
	@scripts/bootstrap
	@$(MESHRIG) down

status:  ## what runs where
	@$(MESHRIG) status

scenarios:  ## prove throttling and mTLS against the running system
	@scripts/bootstrap
	@$(MESHRIG) scenario run

test: lint types unit services plugin integration e2e  ## all tests that need no Docker, the quick ones first

bootstrap-dev:
	@scripts/bootstrap dev

lint: bootstrap-dev  ## ruff, import layers, cfn-lint
	.venv/bin/ruff check src tests services plugin/src plugin/tests
	.venv/bin/ruff format --check src tests services plugin/src plugin/tests
	.venv/bin/lint-imports --no-cache
	.venv/bin/cfn-lint cfn/stack.yaml

types: bootstrap-dev  ## mypy --strict
	.venv/bin/mypy

unit: bootstrap-dev  ## unit and golden tests
	.venv/bin/pytest tests/unit tests/golden -m "not integration and not docker" -q

services: bootstrap-dev  ## the three Flask services
	cd services && ../.venv/bin/uv run --quiet --no-project --python $(CURDIR)/.venv/bin/python --with-requirements requirements-dev.txt pytest -q

plugin: bootstrap-dev  ## the LocalStack plugin, against a real LocalStack
	PATH="$(CURDIR)/.venv/bin:$$PATH" UV_PROJECT_ENVIRONMENT=$(CURDIR)/.meshrig/plugin-venv .venv/bin/uv run --quiet --frozen --python $(CURDIR)/.venv/bin/python --project plugin pytest -q plugin/tests

integration: bootstrap-dev  ## real Envoys on loopback
	.venv/bin/pytest tests -m "integration and not docker" -q

e2e: bootstrap-dev  ## make local-up and everything through it
	.venv/bin/pytest tests/e2e -m "not docker" -q

docker: bootstrap-dev  ## what needs a Docker engine: compose, the injected pod's network
	.venv/bin/pytest tests -m "docker and not kind" -q

e2e-kind: bootstrap-dev  ## what needs kind too: the control plane in a cluster, the whole system as a user has it
	.venv/bin/pytest tests -m kind -q

golden: bootstrap-dev  ## write the expected Envoy configurations anew
	.venv/bin/python -m tests.golden.regenerate

clean:  ## stop everything and remove what was made
	-@$(MESHRIG) down
	rm -rf .meshrig .venv .tox .mypy_cache .ruff_cache .pytest_cache
