# PROPEL: one entry for every task. Each target does its own set-up and says what it is doing.
# It needs Python 3.11 or newer, pip, make and the package registries; neither root nor Node.js.

PYTHON ?= python3
PORT ?= 8000

RUN := .venv
TEST := .venv-test
DOCS := .venv-docs

LOCKED_INSTALL = -m pip install --quiet --disable-pip-version-check --require-hashes
LOCAL_INSTALL = -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation
SOURCES = $(shell find src tools -type f -not -path '*/__pycache__/*' -not -path '*/static/vendor/*') pyproject.toml package-lock.json README.md

.DEFAULT_GOAL := help
.PHONY: help demo test check format unit plain coverage bench docs lock schemas clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(RUN)/.installed ## Make a synthetic department, ingest it and serve the dashboard
	@echo "==> starting the demo (synthetic data; stop it with Ctrl-C)"
	@$(RUN)/bin/propel demo --port $(PORT) $(DEMO_OPTIONS)

test: check unit plain coverage ## Everything that must be green: style, types, imports, tests of the installed wheel
	@echo "==> make test: all green"

check: $(TEST)/.tools ## Style, types and import contracts
	@echo "==> ruff"; $(TEST)/bin/ruff check . && $(TEST)/bin/ruff format --check --quiet .
	@echo "==> mypy --strict"; $(TEST)/bin/mypy
	@echo "==> import contracts"; PYTHONPATH=src $(TEST)/bin/lint-imports --no-cache | tail -n 15

unit: $(TEST)/.wheel ## Tests of the built wheel, kernels compiled
	@rm -f .coverage .coverage.*
	@echo "==> pytest on the installed wheel, kernels compiled"
	@$(TEST)/bin/python -m pytest -q --cov --cov-report= --cov-fail-under=0 $(PYTEST_OPTIONS)

plain: $(TEST)/.wheel ## Tests of the core again, with the kernels as plain Python
	@echo "==> pytest on the core, kernels as plain Python"
	@NUMBA_DISABLE_JIT=1 $(TEST)/bin/python -m pytest -q --cov --cov-append --cov-report= --cov-fail-under=0 tests/unit/propel_core $(PYTEST_OPTIONS)

coverage: ## Judge the branch coverage of the two runs together
	@echo "==> branch coverage"
	@$(TEST)/bin/coverage report

format: $(TEST)/.tools ## Format the sources
	@$(TEST)/bin/ruff format . && $(TEST)/bin/ruff check --fix .

bench: $(RUN)/.installed ## Measure PROPEL beside its peers, as ratios in one run
	@echo "==> benchmarks (each peer in its own hash-locked environment)"
	@$(RUN)/bin/python benchmarks/run.py

docs: $(DOCS)/.ready ## Build the documentation, warnings as errors
	@echo "==> sphinx"
	@$(DOCS)/bin/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "==> open docs/_build/html/index.html"

schemas: $(RUN)/.installed ## Write the JSON Schema of every command
	@$(RUN)/bin/python -m propel_service.commands.schemas docs/schemas

lock: ## Renew the hash-locked requirement files (needs uv; states no address)
	@for name in runtime build node dev docs; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    requirements/$$name.in -o requirements/$$name.txt; done

clean: ## Remove environments and build products
	@rm -rf $(RUN) $(TEST) $(DOCS) build dist docs/_build .coverage .coverage.*

# --- environments ----------------------------------------------------------------------------------------------------

$(RUN)/.installed: requirements/build.txt requirements/runtime.txt pyproject.toml package-lock.json tools/assets.py
	@echo "==> creating $(RUN) with the locked packages (about a minute)"
	@$(PYTHON) -m venv $(RUN)
	@$(RUN)/bin/python $(LOCKED_INSTALL) -r requirements/build.txt -r requirements/runtime.txt
	@$(call node,$(RUN))
	@echo "==> installing PROPEL and fetching its front-end files"
	@PATH="$(CURDIR)/$(RUN)/bin:$$PATH" $(RUN)/bin/python $(LOCAL_INSTALL) --editable .
	@touch $@

$(TEST)/.tools: requirements/build.txt requirements/dev.txt
	@echo "==> creating $(TEST) with the locked packages and tools (about a minute)"
	@$(PYTHON) -m venv $(TEST)
	@$(TEST)/bin/python $(LOCKED_INSTALL) -r requirements/build.txt -r requirements/dev.txt
	@$(call node,$(TEST))
	@touch $@

$(TEST)/.wheel: $(TEST)/.tools $(SOURCES)
	@echo "==> building the wheel and installing it"
	@rm -rf dist && PATH="$(CURDIR)/$(TEST)/bin:$$PATH" $(TEST)/bin/python -m hatchling build -t wheel > /dev/null
	@$(TEST)/bin/python $(LOCAL_INSTALL) --force-reinstall dist/propel-*.whl
	@touch $@

$(DOCS)/.ready: requirements/build.txt requirements/docs.txt $(SOURCES)
	@echo "==> creating $(DOCS) with the locked packages"
	@$(PYTHON) -m venv $(DOCS)
	@$(DOCS)/bin/python $(LOCKED_INSTALL) -r requirements/build.txt -r requirements/docs.txt
	@$(call node,$(DOCS))
	@PATH="$(CURDIR)/$(DOCS)/bin:$$PATH" $(DOCS)/bin/python $(LOCAL_INSTALL) --editable .
	@touch $@

# Node.js brings the front-end files at build time; where the system has none, the Python registry's build of it does.
define node
if ! command -v npm > /dev/null; then \
  echo "==> no npm here: installing Node.js from the Python registry, for the build only"; \
  $(1)/bin/python $(LOCKED_INSTALL) -r requirements/node.txt; fi
endef
