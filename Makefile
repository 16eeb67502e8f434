# make demo   plays the whole product on this machine, no account needed
# make test   installs what the tests need and runs them
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8080

.PHONY: demo test check format lock pictures bench soak

$(VENV)/.runtime: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Say which: make PYTHON=python3.11 demo") if sys.version_info < (3, 11) else None'
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "installing what the bridge needs (once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	@echo "installing what the tests need (once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

demo: $(VENV)/.runtime
	@$(BIN)/handoff-bridge demo --port $(PORT)

# three at a time on two processors: much of it waits for processes that start and die
test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 3 --dist worksteal

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# new versions of everything; the files hold hashes and no registry's address
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate
lock: $(VENV)/.dev
	$(LOCK) pyproject.toml --group build -o requirements.txt
	$(LOCK) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

# two replicas, killed and cut off again and again (docs/faults.md; MINUTES=20 SEED=…)
MINUTES ?= 20
SEED ?=
soak: $(VENV)/.dev
	$(BIN)/python -m tests.faults.soak --minutes $(MINUTES) --seed "$(SEED)"

# the bridge against its floors: half an hour on two processors (docs/performance.md; ARGS="--quick")
bench: $(VENV)/.dev
	$(BIN)/python -m bench $(ARGS)

# what agents see in Slack and Teams, each surface as the JSON that was posted: python -m tests.pictures OUT
# the guides' pictures of web chat and console, taken from the running program
pictures: $(VENV)/.dev
	$(BIN)/python -m bench.pictures
