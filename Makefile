# `make` alone prints what there is.

PYTHON ?= python3
FIREBASE_TOOLS_VERSION := 15.34.2
export NODE_NO_WARNINGS := 1
# Without byte code that is kept, every process that starts compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

NEEDS_PYTHON = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo "Guilder needs Python 3.11 or newer; found: $$($(PYTHON) --version 2>&1 | tail -n 1). Name one with PYTHON=..."; exit 1; }

SEEDS ?= 3
OPS ?= 500
SEED ?= 1
QUICK ?=
ALL ?=
ONLY ?=
SAMPLE ?=
BASE ?=
FRESH ?=
EMAIL ?=

# A name that says "secret" is no secret, and neither is the id in our examples.
SECRETS := --disable-plugin KeywordDetector --exclude-secrets '^(0123456789abcdef){2}$$'

BIN := .venv/bin
# Named after what they were made from, so that another checkout's times do not matter.
SUM = $(shell cat $(1) | cksum | cut -d ' ' -f 1)
VENV := .venv/.installed-pip-$(call SUM,requirements-pip.txt)
DEMO := .venv/.installed-demo-$(call SUM,requirements.txt requirements-demo.txt)
TEST := .venv/.installed-test-$(call SUM,requirements.txt requirements-demo.txt requirements-test.txt)
BENCH := .venv/.installed-bench-$(call SUM,requirements-bench.txt)
AUDIT := .local/audit/.installed-$(call SUM,requirements-audit.txt)
FIREBASE := .local/tools/.installed-$(FIREBASE_TOOLS_VERSION)
# What these install comes at the same time: each waits for a registry most of the time.
READY = $(MAKE) --silent --no-print-directory -j3 $(FIREBASE)
UV := $(shell command -v uv)
INSTALL = $(if $(UV),$(UV) pip install --quiet --python $(1) --compile-bytecode,$(1) -m pip install -qq --disable-pip-version-check) --require-hashes
COMPILE = .local/audit/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

# Who has another web app may have deleted ours.
WEB := $(if $(wildcard web/package.json),packages)

.PHONY: help demo dev show user web web-dev test-web pictures test check check-types check-source check-web packages rules threats simulate bench requirements audit needs tools clean

help:
	@echo "make demo       plays the whole economy on this machine"
	@echo "make dev        runs a local cloud to develop against, which keeps its state (FRESH=1 deletes it)"
	@echo "make show       is make dev with four people and their pictures in it, and says how to sign in"
	@echo "make user       makes a verified user with an account in it: EMAIL=me@example.com"
	@echo "make test       runs everything that CI checks: ALL=1 with every deep test whole, ONLY=money for one room"
	@echo "make web        builds the web app and prints what its pages cost a first visit"
	@echo "make web-dev    runs the web app on port 3000 as you change it, against a running make dev"
	@echo "make test-web   tries the web app in a real Chromium: what its pages cost, how fast they are, and its journeys; ALL=1 for all widths"
	@echo "make pictures   makes the pictures of the web app in docs/web"
	@echo "make check      checks formatting, lint and types only, the web app's too"
	@echo "make rules      proves the security rules"
	@echo "make simulate   plays random users under crashes, lost answers and duplicates: SEEDS=3 OPS=500 SEED=1"
	@echo "make threats    lists the attacks that the tests cover"
	@echo "make bench      prints what every operation costs beside its limit: QUICK=1 for two minutes, ALL=1 with plots, BASE=HEAD~1 beside that commit"
	@echo "make requirements   makes the requirements files from pyproject.toml"
	@echo "make audit      looks for known vulnerabilities in the installed packages"
	@echo "make tools      installs what all of them need, in .venv/ and .local/"
	@echo "make clean      deletes everything that was installed or made"

demo: needs
	@$(READY) $(DEMO)
	@$(BIN)/python -m local.demo

dev: needs
	@$(READY) $(DEMO) $(WEB)
	@FRESH=$(FRESH) $(BIN)/python -m local.dev

show: needs
	@$(READY) $(DEMO) packages
	@FRESH=$(FRESH) $(BIN)/python -m local.show

web: needs $(DEMO) packages
	@$(BIN)/python -m local.site.pages
	@npm --prefix web run --silent budget

web-dev: needs packages
	@npm --prefix web run --silent dev

test-web: needs
	@$(READY) $(DEMO) packages
	@ALL=$(ALL) SAMPLE=$(SAMPLE) $(BIN)/python -m local.e2e

pictures: needs
	@$(READY) $(DEMO) packages
	@$(BIN)/python -m local.pictures

user: $(DEMO)
	@EMAIL=$(EMAIL) $(BIN)/python -m local.user

# One process more than a small machine has processors, since some tests wait for what they started.
test: tools $(if $(ONLY),,check)
	@ALL=$(ALL) SAMPLE=$(SAMPLE) $(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder --budget \
		$(addprefix tests/,$(ONLY))

# One processor has Python's types to check, which takes longest, and the other has the rest.
check: $(TEST) $(WEB)
	@$(MAKE) --silent --no-print-directory -j2 check-types check-source $(if $(WEB),check-web)

check-types:
	@$(BIN)/mypy

check-source:
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/bandit --quiet --severity-level medium --recursive main.py functions shared
	@git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook $(SECRETS)

check-web:
	@npm --prefix web run --silent check

rules: tools
	@$(BIN)/python -m tests.rules.proof

threats: $(TEST)
	@$(BIN)/python -m tests.attacks.threats

simulate: tools
	@SEEDS=$(SEEDS) OPS=$(OPS) SEED=$(SEED) $(BIN)/python -m simulation

bench: tools $(if $(ALL),$(BENCH))
	@QUICK=$(QUICK) ALL=$(ALL) BASE=$(BASE) $(BIN)/python -m bench

# What is missing is told before minutes of installing, not after them.
needs:
	@$(NEEDS_PYTHON)
	@$(PYTHON) -m local.needs

packages:
	@$(PYTHON) -m local.site.packages

tools: needs
	@$(READY) $(TEST) $(WEB)

clean:
	rm -rf .venv .local build tests/rules/web/node_modules web/node_modules web/out web/.next .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

requirements: $(AUDIT)
	@$(COMPILE) pyproject.toml --output-file requirements.txt
	@$(COMPILE) --group demo --constraints requirements.txt --output-file requirements-demo.txt
	@$(COMPILE) --group test --constraints requirements.txt --constraints requirements-demo.txt \
		--output-file requirements-test.txt
	@$(COMPILE) --group bench --constraints requirements.txt --constraints requirements-demo.txt \
		--constraints requirements-test.txt --output-file requirements-bench.txt
	@$(COMPILE) --group audit --output-file requirements-audit.txt
	@$(COMPILE) --group pip --output-file requirements-pip.txt

audit: $(AUDIT)
	@.local/audit/bin/python -m tests.house.known_holes

$(VENV):
	@$(NEEDS_PYTHON)
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing; on Debian: apt install python3-venv"; exit 1; }
	@$(call INSTALL,$(BIN)/python) --requirement requirements-pip.txt
	@touch $@

$(DEMO): $(VENV)
	@echo "Installing Python packages into .venv/ (once, under a minute) ..."
	@$(call INSTALL,$(BIN)/python) --requirement requirements.txt --requirement requirements-demo.txt
	@touch $@
	@echo "Python packages are installed."

$(TEST): $(DEMO)
	@echo "Installing what the tests need into .venv/ (once) ..."
	@$(call INSTALL,$(BIN)/python) --requirement requirements-test.txt
	@touch $@

$(BENCH): $(TEST)
	@echo "Installing what draws the plots into .venv/ (once) ..."
	@$(call INSTALL,$(BIN)/python) --requirement requirements-bench.txt
	@touch $@

$(AUDIT):
	@$(NEEDS_PYTHON)
	@$(PYTHON) -m venv .local/audit
	@$(call INSTALL,.local/audit/bin/python) --requirement requirements-pip.txt
	@$(call INSTALL,.local/audit/bin/python) --requirement requirements-audit.txt
	@touch $@

$(FIREBASE):
	@echo "Installing firebase-tools into .local/tools/ (once, about a minute) ..."
	@mkdir -p .local/tools
	@npm install --prefix .local/tools --no-audit --no-fund --no-save --loglevel=error \
		firebase-tools@$(FIREBASE_TOOLS_VERSION) > .local/tools/install.log 2>&1 || \
		{ echo "firebase-tools could not be installed:"; tail -n 20 .local/tools/install.log; exit 1; }
	@touch $@
	@echo "firebase-tools are installed."
