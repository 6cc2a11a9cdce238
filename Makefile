# What you can ask of this checkout. `make demo` and `make test` need only git, make and python3.

.DEFAULT_GOAL := help
SHELL := /bin/sh
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONPATH := $(CURDIR):$(CURDIR)/layers/tellal/python
export PYTHONDONTWRITEBYTECODE :=
export UV_SYSTEM_CERTS := 1
# Whichever Python answers first runs the installer; pyenv's python3 refuses where 3.13 is missing.
FIRST_PYTHON = $$(for p in python3.13 python3 /usr/bin/python3; do $$p -c '' 2>/dev/null && echo $$p && break; done)
COMPILE = uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate --python-version 3.13

.PHONY: help install demo test check fix lock synth deploy invoke logs bench clean owner doctor smoke docs

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 18

install:
	@python="$(FIRST_PYTHON)"; if [ -z "$$python" ]; then echo "make: python3 is needed, any version from 3.8 on" >&2; exit 1; fi; \
	 "$$python" local/install.py

demo: install ## the whole product on this machine, no AWS account needed (ONCE=1: check it and exit)
	@python -m local.demo $(if $(ONCE),--once)

test: install ## all tests, or SUITE=unit|platforms|integration|infra|faults
	@python -m pytest $(if $(SUITE),tests/$(SUITE),tests) $(ARGS)

check: install ## format, lint, types, import rules, generated files
	@ruff format --check --quiet . && ruff check --quiet .
	@mypy
	@lint-imports --no-logo
	@python -m local.generated --check

fix: install ## format, mend what lint can mend, write the generated files
	@ruff check --quiet --fix-only . && ruff format --quiet .
	@python -m local.generated

lock: install ## compile the hashed requirements again, at the newest versions allowed
	@$(COMPILE) pyproject.toml -o layers/dependencies/requirements.txt
	@$(COMPILE) --group reports -o layers/reports/requirements.txt
	@$(COMPILE) pyproject.toml --group dev -o requirements/dev.txt
	@$(COMPILE) --group local-aws -o requirements/local-aws.txt
