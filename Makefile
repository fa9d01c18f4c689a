# make run    the dashboard on the demo company (or on gtm.toml's warehouse); make test   every test
# make check  style, types, layers; make bench  side-by-side timings; make lock  exact versions anew
.PHONY: run test check bench lock clean
BIN := .venv/bin
# Python keeps what it compiled: otherwise every process compiles this package and its tests anew
unexport PYTHONDONTWRITEBYTECODE
PORT ?= 8501
TESTS ?= tests
STORY ?= winner
LOCKED := --universal --python-version 3.11 --no-header --no-annotate --generate-hashes --no-emit-index-url

run: .venv/ready
	$(BIN)/gtm-metrics demo --story $(STORY) --if-missing
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: .venv/ready .venv-snowflake/ready
	$(BIN)/pytest $(TESTS)

check: .venv/ready
	$(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: .venv/ready
	$(BIN)/python -m benchmarks $(ARGS)

.venv/ready: requirements.lock pyproject.toml
	@echo "Setting up .venv (about a minute) ..."
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "GTM Metrics needs Python 3.11 or newer, this is " + sys.version.split()[0])'
	python3 -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q -j 0 -x '/(tests|testing|pip|mypy|mypyc|setuptools|f2py)/' .venv/lib
	@touch $@

# an emulation of Snowflake for the tests, which skip with the reason where it cannot be built
.venv-snowflake/ready: tests/snowflake_emulation/requirements.lock | .venv/ready
	@$(BIN)/python tests/emulation.py

lock:
	uv pip compile pyproject.toml --extra export --extra dev $(LOCKED) -o requirements.lock
	uv pip compile tests/snowflake_emulation/requirements.in $(LOCKED) -o tests/snowflake_emulation/requirements.lock

clean:
	rm -rf .venv .venv-snowflake data .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
