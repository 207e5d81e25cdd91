# What `sam build` calls for each function: the runtime requirements and the two packages, nothing else.
# Wheels are taken for Lambda's platform, so any Python from 3.11 on builds, on any machine.
# Every variable can come from the environment, which SAM passes on. For `sam local` on an Intel machine:
#   LAMBDA_MACHINE=x86_64 sam build --parameter-overrides Architecture=x86_64

LAMBDA_PYTHON ?= 3.13
LAMBDA_MACHINE ?= aarch64
# Amazon Linux 2023 has glibc 2.34. pip takes these names literally, so each is told.
LAMBDA_PLATFORMS ?= manylinux2014_$(LAMBDA_MACHINE) manylinux_2_17_$(LAMBDA_MACHINE) manylinux_2_28_$(LAMBDA_MACHINE)
LAMBDA_REQUIREMENTS ?= functions/lock.txt
# The first that has pip; SAM's own installers bring a Python without.
LAMBDA_PIP ?= $(shell for python in python3 .venv/bin/python; do \
	"$$python" -m pip --version >/dev/null 2>&1 && echo "$$python -m pip" && break; done)
# Bytecode is of one version of Python, so that version has to make it: the first of these that is it. What pyenv and
# uv installed is not always on PATH; for one from elsewhere: LAMBDA_COMPILERS=/path/to/python3
LAMBDA_COMPILERS ?= python$(LAMBDA_PYTHON) python3 .venv/bin/python \
	$(wildcard $(HOME)/.pyenv/versions/$(LAMBDA_PYTHON).*/bin/python3) \
	$(wildcard $(HOME)/.local/share/uv/python/cpython-$(LAMBDA_PYTHON)*/bin/python3)
LAMBDA_COMPILER = $(shell for python in $(LAMBDA_COMPILERS); do \
	"$$python" -c 'import sys; sys.exit("%d.%d %s" % (*sys.version_info[:2], sys.version_info[3]) != "$(LAMBDA_PYTHON) final")' \
	2>/dev/null && echo "$$python" && break; done)

# Whatever can run Jinja compiles templates; what it makes of them is the same.
LAMBDA_TEMPLATE_PYTHON ?= $(shell for python in python3 .venv/bin/python $(LAMBDA_COMPILERS); do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)

.PHONY: build-FetchFunction build-ScoreFunction build-RenderFunction
build-FetchFunction build-ScoreFunction build-RenderFunction:
	@test -n "$(ARTIFACTS_DIR)" || { echo "run 'sam build': it says where to build to" >&2; exit 2; }
	@test -n "$(LAMBDA_PIP)" || { echo "no Python with pip: neither python3 nor .venv/bin/python" >&2; exit 2; }
	$(LAMBDA_PIP) install --quiet --disable-pip-version-check --no-compile --only-binary=:all: --require-hashes \
		--implementation cp --python-version $(LAMBDA_PYTHON) $(LAMBDA_PLATFORMS:%=--platform %) \
		--requirement $(LAMBDA_REQUIREMENTS) --target "$(ARTIFACTS_DIR)"
	@# Commands and packages' own tests are nothing that Lambda calls.
	rm -rf "$(ARTIFACTS_DIR)/bin" "$(ARTIFACTS_DIR)"/*/tests
	@# Where and how it was installed differs from machine to machine, and nothing reads it in Lambda.
	@for name in RECORD INSTALLER REQUESTED direct_url.json; do rm -f "$(ARTIFACTS_DIR)"/*.dist-info/$$name; done
	tar -cf - --exclude=__pycache__ --exclude=requirements.txt --exclude=lock.txt functions shared | tar -xf - -C "$(ARTIFACTS_DIR)"
	@# By the packages' own Jinja. This Python's bytecode is kept out of the package.
	@python="$(LAMBDA_TEMPLATE_PYTHON)"; case "$$python" in .*) python="$(CURDIR)/$$python";; esac; \
	if test -n "$$python"; then \
		cd "$(ARTIFACTS_DIR)" && "$$python" -BEs -m functions.render.templating functions/render/compiled; \
	else echo "$@: templates are not compiled, as no Python from 3.11 on is here: render takes longer to start"; fi
	@# Lambda's code folder is read-only: without bytecode each cold start compiles everything anew.
	@# It tells of files as Lambda names them, wherever it was made, and is not held against its sources when it is read.
	@compiler="$(LAMBDA_COMPILER)"; if test -n "$$compiler"; then \
		"$$compiler" -m compileall -q --invalidation-mode unchecked-hash \
			-s "$(ARTIFACTS_DIR)" -p /var/task "$(ARTIFACTS_DIR)" && \
		echo "$@: with bytecode, by $$compiler"; \
	else echo "$@: without bytecode, as no Python $(LAMBDA_PYTHON) is here: cold starts take longer"; fi
