# The two commands of the README, and what keeps them true. Needs Python 3.11+, a C compiler and make.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SOURCES := pyproject.toml setup.py $(shell find src -name '*.pyx' -o -name '*.pxd')

.PHONY: run test lint bench peers clean

run: $(VENV)/.built
	$(BIN)/fastgw demo

test: $(VENV)/.built-test peers
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: $(VENV)/.built-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy

bench: $(VENV)/.built-bench peers
	$(BIN)/python -m loadtests.bench --out loadtests/results

# Real peers that the tests talk to. Installed where that is possible without asking; else said.
peers:
	@sh tests/peers.sh

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.built: $(VENV)/bin/python $(SOURCES)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.built-test: $(VENV)/.built
	$(BIN)/python -m pip install --quiet --editable '.[azure,test,lint,bench]'
	@touch $@

$(VENV)/.built-bench: $(VENV)/.built
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	@touch $@

clean:
	rm -rf $(VENV) build dist src/*.egg-info
	find src -name '*.so' -delete
	find src -name '*.pyx' | sed 's/pyx$$/c/' | xargs rm -f
