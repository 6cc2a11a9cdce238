# What you can ask of this checkout. `make demo` and `make test` need only git, make and python3.

.DEFAULT_GOAL := help
SHELL := /bin/sh
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONPATH := $(CURDIR):$(CURDIR)/layers/tellal/python
export UV_SYSTEM_CERTS := 1
STAGE ?= dev
WHERE = $(if $(filter command,$(origin STAGE)),$(STAGE),local)
# Whichever Python answers first runs the installer; pyenv's python3 refuses where 3.13 is missing.
FIRST_PYTHON = $$(for p in python3.13 python3 /usr/bin/python3; do $$p -c '' 2>/dev/null && echo $$p && break; done)
UV = $$(command -v uv || ls .tellal/uv/bin/uv .tellal/uv/packages/bin/uv 2>/dev/null | head -1)
COMPILE = $(UV) pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate --python-version 3.13

.PHONY: help install demo test check fix lock synth bench invoke logs doctor deploy owner smoke replay clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 18

install:
	@python="$(FIRST_PYTHON)"; if [ -z "$$python" ]; then echo "make: python3 is needed, any version from 3.8 on" >&2; exit 1; fi; \
	 "$$python" local/install.py

demo: install ## the whole product on this machine, no AWS account needed (ONCE=1: check it and exit)
	@python -m local.demo $(if $(ONCE),--once)

test: install ## all tests but the longest, or SUITE=unit|platforms|language|integration|faults|…
	@python -m pytest $(if $(SUITE),tests/$(SUITE),tests --ignore tests/faults) \
	  $(if $(MUTANT)$(filter-out faults,$(SUITE)),,--numprocesses 2 --dist $(if $(SUITE),worksteal,loadfile)) \
	  $(if $(MUTANT),--mutant $(MUTANT)) $(ARGS)

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
	@$(COMPILE) --group media -o layers/media/requirements.txt
	@$(COMPILE) --group patterns -o layers/patterns/requirements.txt
	@$(COMPILE) pyproject.toml --group dev -o requirements/dev.txt
	@$(COMPILE) --group local-aws -o requirements/local-aws.txt

synth: install ## the two stacks as CloudFormation templates, in cdk.out (STAGE=dev)
	@CDK_OUTDIR=cdk.out CDK_CONTEXT_JSON='{"stage": "$(STAGE)"}' python -m infra.app && echo "in cdk.out"

bench: install ## all measurements, or NAME=imports|calls|cost|memory|inbox|report|redirect|lateness
	@python -m bench $(NAME)

invoke: install ## one sample event: FUNCTION=process_inbox CASE=… (on what `make demo` runs)
	@python -m account.invoke $(WHERE) $(FUNCTION) $(CASE)

logs: install ## the last hour of a function's log: FUNCTION=api (on what `make demo` runs)
	@python -m account.logs $(WHERE) $(FUNCTION)

doctor: install ## is the AWS account ready for STAGE=dev?
	@python -m account.doctor $(STAGE)

deploy: install ## both stacks to the AWS account of the environment (STAGE=dev)
	@python -m account.deploy $(STAGE) $(ARGS)

owner: install ## the one-time token that makes its bearer the owner (STAGE=dev)
	@python -m account.owner $(STAGE)

smoke: install ## after deploying: signed webhooks, and one post (STAGE=dev CHANNEL=ch_…)
	@python -m account.smoke $(STAGE) $(CHANNEL)

replay: install ## after mending a bug: QUEUE=publish|prepare|inbox, or WEBHOOKS=facebook/2026-11-22 (STAGE=dev)
	@python -m account.replay $(STAGE) $(if $(QUEUE),dead-letters $(QUEUE),$(if $(WEBHOOKS),webhooks $(WEBHOOKS)))

clean: ## forget what `make demo` kept, and what was built
	@rm -rf .tellal/local .tellal/once .tellal/assembly .tellal/layers/tellal-* cdk.out
