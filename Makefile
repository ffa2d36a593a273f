# Everything a person or CI does with this project. Needs Python 3.11+ with venv, and make; nothing else.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: install run test check format drills bench clean constraints

install: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=python3.12, for instance." >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q bot faq handlers storage # a service's user may not write here
	$(BIN)/upakarti faq prepare
	@touch $@

run: install
	$(BIN)/upakarti run

test: install
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(MAKE) test ARGS="--cov --cov-report="
	$(BIN)/coverage report --skip-covered --show-missing --include='handlers/*,faq/*,storage/*' --fail-under=100
	$(BIN)/coverage report --skip-covered --show-missing --include='bot/*' --fail-under=90

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The slow rest: kill -9 at random moments, timing and fuzzing, then the side-by-side benchmarks.
drills: install
	$(BIN)/python -m pytest -m drill $(ARGS)

bench: install
	$(BIN)/python -m pytest -o addopts= -s tests/benchmarks --benchmark-only

clean:
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

# Pins anew what pyproject.toml allows, with hashes and without any host's name. Needs uv.
constraints:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate --extra dev -o constraints.txt pyproject.toml
