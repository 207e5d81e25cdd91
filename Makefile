# `make run` and `make test` set up all they need in .venv; nothing is assumed but make and Python >= 3.11.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run sample serve test browser screenshots lint format check sam-check deploy clean

help: ## what there is to do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.run ## the newest day's hot papers, from the internet, into out/
	@$(BIN)/python -m infra.local run --sample-if-offline --out "$(OUT)"

sample: $(VENV)/.run ## the bundled sample day, into out/
	@$(BIN)/python -m infra.local run --sample --out "$(OUT)"

serve: $(VENV)/.run ## the site at http://127.0.0.1:8000, rendered again on saving; AWS for other processes
	@$(BIN)/python -m infra.local serve

test: $(VENV)/.test ## all tests
	$(BIN)/python -m pytest

browser: $(VENV)/.browser $(VENV)-browser/.node ## what tests in a browser need beside chromium: playwright, axe, the HTML checker

screenshots: $(VENV)/.browser ## every kind of page, narrow and wide, light and dark, into out/screenshots
	SCREENSHOTS="$(OUT)/screenshots" $(BIN)/python -m pytest -n 0 tests/browser/test_layout.py
	@ls -d "$(OUT)/screenshots"

lint: $(VENV)/.test ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.test ## put the code into the one form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: lint test ## what a change has to pass

sam-check: $(VENV)-sam/.sam ## sam validate and sam build, with a SAM CLI of its own
	$(VENV)-sam/bin/sam validate --lint
	PATH="$(CURDIR)/$(VENV)-sam/bin:$$PATH" $(VENV)-sam/bin/sam build

deploy: ## build and deploy to AWS, asking for what it needs (SAM CLI and an account)
	sam build && sam deploy --guided

clean: ## remove what was built, the environments included
	rm -rf $(VENV) $(VENV)-sam $(VENV)-browser .aws-sam .mypy_cache .pytest_cache .ruff_cache

# The environments. Each stamp is newer than the requirements that it was made from.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with PYTHON=..., e.g. make PYTHON=python3.12" >&2; exit 1; }
	@echo "setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: functions/requirements.txt infra/local/requirements.txt | $(BIN)/python
	@$(PIP) -r infra/local/requirements.txt
	@touch $@

$(VENV)/.test: tests/requirements.txt functions/requirements.txt infra/local/requirements.txt | $(BIN)/python
	@$(PIP) -r tests/requirements.txt
	@touch $@ $(VENV)/.run

$(VENV)/.browser: tests/browser/requirements.txt $(VENV)/.test
	@$(PIP) -r tests/browser/requirements.txt
	@touch $@

# Nothing of these packages needs to run when it is installed.
$(VENV)-browser/.node: tests/browser/package.json tests/browser/package-lock.json
	@mkdir -p $(@D) && cp $^ $(@D)
	@cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(VENV)-sam/.sam: infra/sam-requirements.txt
	@$(PYTHON) -m venv $(VENV)-sam
	@$(VENV)-sam/bin/python -m pip install --quiet --disable-pip-version-check -r infra/sam-requirements.txt
	@touch $@

include infra/build.mk
