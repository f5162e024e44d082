# `make` alone prints what there is.

PYTHON ?= python3
FIREBASE_TOOLS_VERSION := 15.34.2
export NODE_NO_WARNINGS := 1

NEEDS_PYTHON = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo "Guilder needs Python 3.11 or newer; found: $$($(PYTHON) --version 2>&1 | tail -n 1). Name one with PYTHON=..."; exit 1; }

SEEDS ?= 3
OPS ?= 500
SEED ?= 1
QUICK ?=
FRESH ?=
EMAIL ?=

# A name that says "secret" is no secret, and neither is the id in our examples.
SECRETS := --disable-plugin KeywordDetector --exclude-secrets '^(0123456789abcdef){2}$$'

BIN := .venv/bin
# Named after what they were made from, so that another checkout's times do not matter.
PACKAGES := .venv/.installed-$(shell cksum < requirements-dev.txt | cut -d ' ' -f 1)
AUDIT := .local/audit/.installed-$(shell cksum < requirements-audit.txt | cut -d ' ' -f 1)
FIREBASE := .local/tools/.installed-$(FIREBASE_TOOLS_VERSION)
INSTALL = $(MAKE) --silent --no-print-directory -j2 $(PACKAGES) $(FIREBASE)
PIP_INSTALL := install -qq --disable-pip-version-check --require-hashes --requirement
COMPILE = .local/audit/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

.PHONY: help demo dev user test check rules threats simulate bench requirements audit tools clean

help:
	@echo "make demo       plays the whole economy on this machine"
	@echo "make dev        runs a local cloud to develop against, which keeps its state (FRESH=1 deletes it)"
	@echo "make user       makes a verified user with an account in it: EMAIL=me@example.com"
	@echo "make test       runs everything that CI checks"
	@echo "make check      checks formatting, lint and types only"
	@echo "make rules      proves the security rules"
	@echo "make simulate   plays random users under crashes, lost answers and duplicates: SEEDS=3 OPS=500 SEED=1"
	@echo "make threats    lists the attacks that the tests cover"
	@echo "make bench      prints what every operation costs beside its limit (QUICK=1 for two minutes)"
	@echo "make requirements   makes the requirements files from pyproject.toml"
	@echo "make audit      looks for known vulnerabilities in the installed packages"
	@echo "make tools      installs what all of them need, in .venv/ and .local/"
	@echo "make clean      deletes everything that was installed or made"

demo: tools
	@$(BIN)/python -m local.demo

dev: tools
	@FRESH=$(FRESH) $(BIN)/python -m local.dev

user: $(PACKAGES)
	@EMAIL=$(EMAIL) $(BIN)/python -m local.user

test: tools check
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

check: $(PACKAGES)
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/bandit --quiet --severity-level medium --recursive main.py functions shared
	@git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook $(SECRETS)

rules: tools
	@$(BIN)/python -m tests.rules.proof

threats: $(PACKAGES)
	@$(BIN)/python -m tests.attacks.threats

simulate: tools
	@SEEDS=$(SEEDS) OPS=$(OPS) SEED=$(SEED) $(BIN)/python -m simulation

bench: tools
	@QUICK=$(QUICK) $(BIN)/python -m bench

# What is missing is told before minutes of installing, not after them.
tools:
	@$(NEEDS_PYTHON)
	@$(PYTHON) -m local.needs
	@$(INSTALL)

clean:
	rm -rf .venv .local build tests/rules/web/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

requirements: $(AUDIT)
	@$(COMPILE) pyproject.toml --output-file requirements.txt
	@$(COMPILE) pyproject.toml --group dev --constraints requirements.txt --output-file requirements-dev.txt
	@$(COMPILE) --group audit --output-file requirements-audit.txt
	@$(COMPILE) --group pip --output-file requirements-pip.txt

audit: $(AUDIT)
	@.local/audit/bin/python -m tests.house.known_holes

$(PACKAGES):
	@$(NEEDS_PYTHON)
	@echo "Installing Python packages into .venv/ (once, about a minute) ..."
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing; on Debian: apt install python3-venv"; exit 1; }
	@$(BIN)/pip $(PIP_INSTALL) requirements-pip.txt
	@$(BIN)/pip $(PIP_INSTALL) requirements-dev.txt
	@touch $@
	@echo "Python packages are installed."

$(AUDIT):
	@$(NEEDS_PYTHON)
	@$(PYTHON) -m venv .local/audit
	@.local/audit/bin/pip $(PIP_INSTALL) requirements-pip.txt
	@.local/audit/bin/pip $(PIP_INSTALL) requirements-audit.txt
	@touch $@

$(FIREBASE):
	@echo "Installing firebase-tools into .local/tools/ (once, about a minute) ..."
	@mkdir -p .local/tools
	@npm install --prefix .local/tools --no-audit --no-fund --no-save --loglevel=error \
		firebase-tools@$(FIREBASE_TOOLS_VERSION) > .local/tools/install.log 2>&1 || \
		{ echo "firebase-tools could not be installed:"; tail -n 20 .local/tools/install.log; exit 1; }
	@touch $@
	@echo "firebase-tools are installed."
