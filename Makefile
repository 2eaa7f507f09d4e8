# suqiu: two commands do everything — `make demo` and `make test`. Each builds .venv from requirements.lock first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PAGES  := tests/docs tests/test_documents.py tests/aggregates/test_documents.py \
          tests/cli/test_help.py::test_the_page_about_the_commands_is_what_they_say_themselves

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long check bench docs verifier lock clean

help:            ## this list
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "suqiu needs Python 3.11 or newer; this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(READY) ## .venv with everything pinned, and the `suqiu` command in it

demo: $(READY)   ## two weeks of a fictional district in about half a minute, on the real engine
	$(BIN)/suqiu demo

test: $(READY)   ## every test but the long ones
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not long"

test-long: $(READY) ## the long ones: real messages by the thousand, kills, a log put back, erasing, other days (libfaketime)
	$(BIN)/python -m pytest -m long

check: $(READY)  ## ruff, mypy strict, import contracts, documents in step (those that start no server)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m "not engine" $(PAGES)

docs: $(READY)   ## the pages the program writes about itself
	$(BIN)/python -m docs.generate

verifier: $(READY) ## the verifier that goes into dossiers, assembled from evidence/verifier/
	$(BIN)/python -m evidence.verifier.assemble

bench: $(READY)  ## figures as ratios to a baseline measured in the same run
	$(BIN)/python -m bench

lock:            ## requirements.lock from pyproject.toml: hashes, no index addresses, Python 3.11 to 3.13
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.lock

clean:           ## what was built, not what was recorded
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
