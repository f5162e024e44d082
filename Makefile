# make demo   the whole economy, played on this machine        make test    everything CI checks
# make dev    a local cloud to develop against                 make check   formatting, lint and types only
# make rules  the proofs of the security rules                 make threats which attacks the tests cover
# make simulate SEEDS=3 OPS=500 SEED=1   crashes, lost answers and duplicates everywhere; no token created or lost
# make bench  what every operation costs, beside its limit (QUICK=1 for two minutes)
# make tools  what all of them need, in .venv/ and .local/     make clean   removes what was installed or made

PYTHON ?= python3
PIP_VERSION := 26.2
FIREBASE_TOOLS_VERSION := 15.34.2
export NODE_NO_WARNINGS := 1

SEEDS ?= 3
OPS ?= 500
SEED ?= 1
QUICK ?=

# A name that says "secret" is no secret, and neither is the id in our examples.
SECRETS := --disable-plugin KeywordDetector --exclude-secrets '^(0123456789abcdef){2}$$'

BIN := .venv/bin
PACKAGES := .venv/.installed
FIREBASE := .local/tools/.installed-$(FIREBASE_TOOLS_VERSION)
INSTALL = $(MAKE) --silent --no-print-directory -j2 $(PACKAGES) $(FIREBASE)

.PHONY: demo dev test check rules threats simulate bench tools clean

demo: tools
	@$(BIN)/python -m local.demo

dev: tools
	@$(BIN)/python -m local.dev

test: tools check
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

check: $(PACKAGES)
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/bandit --quiet --severity-level medium --recursive main.py functions shared
	@git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook $(SECRETS)

rules: tools
	@$(BIN)/python -m tests.rules_proof

threats: $(PACKAGES)
	@$(BIN)/python -m tests.threats

simulate: tools
	@SEEDS=$(SEEDS) OPS=$(OPS) SEED=$(SEED) $(BIN)/python -m simulation

bench: tools
	@QUICK=$(QUICK) $(BIN)/python -m bench

tools:
	@$(INSTALL)

clean:
	rm -rf .venv .local build tests/rules_web/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PACKAGES): requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Guilder needs Python 3.11 or newer, and there is no $(PYTHON)."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Guilder needs Python 3.11 or newer; name one with PYTHON=..."; exit 1; }
	@echo "Installing Python packages into .venv/ (once, under a minute) ..."
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing; on Debian: apt install python3-venv"; exit 1; }
	@$(BIN)/pip install -qq --disable-pip-version-check pip==$(PIP_VERSION)
	@$(BIN)/pip install -qq --disable-pip-version-check --requirement requirements.txt --group dev
	@touch $@
	@echo "Python packages are installed."

$(FIREBASE):
	@command -v npm >/dev/null || { echo "The Firebase Auth emulator needs Node.js 20 or newer with npm."; exit 1; }
	@echo "Installing firebase-tools into .local/tools/ (once, about a minute) ..."
	@mkdir -p .local/tools
	@npm install --prefix .local/tools --no-audit --no-fund --no-save --loglevel=error \
		firebase-tools@$(FIREBASE_TOOLS_VERSION) > .local/tools/install.log 2>&1 || \
		{ echo "firebase-tools could not be installed:"; tail -n 20 .local/tools/install.log; exit 1; }
	@touch $@
	@echo "firebase-tools are installed."
