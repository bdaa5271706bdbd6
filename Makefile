# Every target sets itself up from a fresh clone; all it needs is Python 3.11 or newer (and uses uv where there is one).
# ARGS goes to pytest: make test ARGS="-k cron"

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
ifeq ($(strip $(PYTHON)),)
$(error rota needs Python 3.11 or newer with its venv module; found none on PATH. Name one: make PYTHON=/path/to/python)
endif

MATRIX = $(PYTHON) -m scripts.matrix
VENV = $(PYTHON) -m scripts.environment

.DEFAULT_GOAL := help
.PHONY: help demo test faults test-slow test-all chaos lint format bench docs lock build clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## the example project with dashboard, scheduler and worker; Ctrl-C ends it
	@python=$$($(VENV)) && exec $$python examples/edms/manage.py demo $(ARGS)

test: ## the suite on SQLite and on a real PostgreSQL
	@$(MATRIX) --own -- $(ARGS)

faults: ## what kills, freezes and overloads real processes, one test per fault of docs/faults.md, on both
	@$(MATRIX) --own -- -m "faults and not slow" $(ARGS)

test-slow: ## the tests that take minutes
	@$(MATRIX) --own -- -m slow $(ARGS)

test-all: ## every Python, Django and database that this machine has
	@$(MATRIX) --all -- $(ARGS)

chaos: ## faults on purpose: killed workers, lost connections, full disks
	@$(MATRIX) --own -- -m "slow or not slow" tests/chaos $(ARGS)

lint: ## ruff, mypy --strict, the rooms' import contracts
	@python=$$($(VENV)) && failed=0; bin=$$(dirname $$python); \
	for check in "ruff check ." "ruff format --check ." "mypy" "lint-imports"; do \
		echo "== $$check"; $$bin/$$check || failed=1; done; exit $$failed

format: ## let ruff write the code its way
	@bin=$$(dirname $$($(VENV))) && $$bin/ruff check --fix . ; $$bin/ruff format .

bench: ## the measurements under benchmarks/, peers beside rota
	@exec $(PYTHON) benchmarks/run.py $(ARGS)

docs: ## the documentation, into site/
	@python=$$($(VENV) docs) && NO_MKDOCS_2_WARNING=1 exec $$python -m mkdocs build --strict $(ARGS)

lock: ## write the lock files anew, with the newest versions
	@$(PYTHON) -m scripts.lock $(ARGS)

build: ## the wheel, into dist/
	@python=$$($(VENV)) && exec $$(dirname $$python)/hatchling build

clean: ## remove what the targets above have made
	rm -rf .venv .venvs site dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .demo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
