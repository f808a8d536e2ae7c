# Everything needs python3 (3.11 or later, with venv and pip) and make; the rest is installed here, locked.
PYTHON ?= python3
BIN := .venv/bin
CODE ?= worcestershire-partnership
# One worker more than there are processors: tests that kill, rebuild or read slowly wait most of their time.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(1 + max(2, os.cpu_count() or 2))')
# A file stays with one worker, so that what its tests share is made once; the longest files start first.
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help demo serve test durations soak mutants sample check bench beside schema released refusals permissions needs fields golden example screenshots lock sbom audit console conformance clean

help: ## Show the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: .venv/run.stamp .venv/console.stamp ## Load the programme, print a timeline (CODE=), serve on loopback (PORT=, SERVE=0)
	@$(BIN)/fundtrail demo $(CODE)

serve: .venv/run.stamp .venv/console.stamp ## Serve what is there on loopback (PORT=)
	@$(BIN)/fundtrail serve

test: .venv/dev.stamp .venv/conformance.stamp ## Run all tests
	@$(PYTEST)

durations: .venv/dev.stamp .venv/conformance.stamp ## Run all tests and renew tests/durations.json, by which the longest start first
	@FUNDTRAIL_DURATIONS=1 $(PYTEST)

mutants: .venv/dev.stamp ## Change the rules in small ways, one at a time, and see that a test notices each (SUBJECTS=)
	@$(BIN)/python -m tests.mutants.run $(SUBJECTS)

sample: .venv/dev.stamp ## Make random changes to the rules and see that a test notices 95 % of them (SEED=, SIZE=, SUBJECTS=)
	@$(BIN)/python -m tests.mutants.sample $(SUBJECTS)

soak: .venv/dev.stamp ## Run the crash and concurrency tests at full length, and the laws on examples never drawn before
	@FUNDTRAIL_SOAK=1 $(BIN)/python -m pytest -n $(WORKERS) --timeout 3000 tests/infra/log/test_crash.py tests/infra/backups/test_rounds.py tests/infra/feeding/test_projector.py tests/infra/feeding/test_rebuild.py tests/infra/feeding/test_killed_whole.py tests/infra/log/test_log_concurrency.py tests/projections/money/test_award_machine.py tests/projections/money/test_two_clocks.py tests/infra/web/test_schemathesis.py tests/domain tests/projections/discrepancies tests/projections/register/test_mergers.py tests/api/answering

check: .venv/dev.stamp ## Lint, types and layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: .venv/bench.stamp ## Measure, and write dated files to tests/bench/results
	@for each in append sealing projecting rebuilding upkeep funding delays lists pages importing answering scoped starting; do $(BIN)/python -m tests.bench.$$each || exit 1; done

beside: .venv/dev.stamp ## Measure commands and reads beside an earlier state of the code (COMMIT=)
	@$(BIN)/python -m tests.bench.beside $(COMMIT)

schema: .venv/run.stamp ## Print the GraphQL schema into api/schema.graphql
	@$(BIN)/python -c 'from api.schema import PRINTED, schema; PRINTED.write_text(f"{schema}\n")'

golden: .venv/dev.stamp ## Write the stored form of each new event into tests/golden
	@$(BIN)/python -m tests.kit.golden

example: .venv/dev.stamp ## Tell the story of the example programme again, and write its log into demo/example
	@$(BIN)/python -m tests.kit.example_log

screenshots: .venv/dev.stamp ## Take the two pictures of the README, with Chromium
	@$(BIN)/python -m tests.kit.screenshots

refusals: .venv/dev.stamp ## Write docs/refusals.md, and the rules that mutations name: which can refuse which command
	@$(BIN)/python -m tests.docs.refusals

permissions: .venv/dev.stamp ## Write docs/permissions.md: who may give which command, and read what
	@$(BIN)/python -m tests.docs.permissions

needs: .venv/dev.stamp ## Write docs/needs.md: each need of the programme, and how it is answered
	@$(BIN)/python -m tests.docs.needs

fields: .venv/dev.stamp ## Write docs/event-fields.md: each field of each event, and where it is readable
	@$(BIN)/python -m tests.docs.event_fields.page

sbom: .venv/run.stamp ## Write build/sbom.json: the packages Fundtrail runs with, as a bill of materials (CycloneDX)
	@mkdir -p build && $(BIN)/fundtrail licences --sbom > build/sbom.json

audit: .venv/dev.stamp ## Look for known vulnerabilities of the locked packages (OSV); without a way to it, say so
	@$(BIN)/python -m tests.kit.audit

released: .venv/run.stamp ## Keep the schema as that of a release: from then on a change that breaks clients fails
	@cp api/schema.graphql api/released.graphql

lock: .venv/dev.stamp ## Renew the locks from requirements*.in
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header requirements.in -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -c requirements.lock requirements-dev.in -o requirements-dev.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -c requirements-dev.lock requirements-bench.in -o requirements-bench.lock

console: ## Try again to install GraphiQL for the console
	@rm -f .venv/console.stamp && $(MAKE) --no-print-directory .venv/console.stamp

conformance: ## Try again to install other projects' test suites, which the API must pass
	@rm -f .venv/conformance.stamp && $(MAKE) --no-print-directory .venv/conformance.stamp

clean: ## Remove what was installed and made, but not .fundtrail
	rm -rf .venv build *.egg-info console/node_modules tests/infra/web/conformance/node_modules tests/infra/identity/issuer/node_modules tests/infra/seals/independent/node_modules examples/javascript/node_modules examples/clients/node_modules examples/clients/__generated__ .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Fundtrail needs Python 3.11 or later." if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv

.venv/run.stamp: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing what Fundtrail runs with, as locked."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# What is measured beside ours. Without npm's registry Emmett and PostGraphile are left out, and the report says so.
.venv/bench.stamp: requirements-bench.lock tests/bench/peers/package-lock.json .venv/dev.stamp
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@cd tests/bench/peers && ../../../$(BIN)/npm ci --silent --no-audit --no-fund --fetch-retries=1 >/dev/null 2>&1 || echo "Emmett and PostGraphile cannot be installed here."
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@echo "Installing what the checks and tests need, as locked."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# GraphiQL comes from npm where npm is at hand; without it the console is a small page of our own.
.venv/console.stamp: console/package-lock.json | .venv/bin/python
	@if command -v npm >/dev/null && cd console && npm ci --silent --fetch-retries=0 --fetch-timeout=20000 >/dev/null 2>&1; \
	then echo "Installed GraphiQL for the console."; \
	else echo "GraphiQL cannot be installed here; the console is the small one."; fi
	@touch $@

# Node itself comes with the locked Python packages. Without npm's registry those tests are skipped, and say so.
NODE := tests/infra/web/conformance tests/infra/identity/issuer tests/infra/seals/independent examples/javascript examples/clients
.venv/conformance.stamp: $(NODE:=/package-lock.json) .venv/dev.stamp
	@if for each in $(NODE); do $(BIN)/npm ci --prefix $$each --silent --no-audit --no-fund --fetch-retries=1 >/dev/null 2>&1 || exit 1; done; \
	then echo "Installed other projects' test suites for the API, and what the examples need."; \
	else echo "Other projects' test suites cannot be installed here; the tests that need them are skipped."; fi
	@touch $@
