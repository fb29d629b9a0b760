# Cadence. `make help` lists the verbs; each needs only Python 3.11 or newer and make.
.DEFAULT_GOAL := help
.PHONY: help demo test pytest accept install lint bench clean
.DELETE_ON_ERROR:
# Hundreds of processes start in a run of the tests: each would compile all of our sources.
unexport PYTHONDONTWRITEBYTECODE

SERVE ?= 1
PORT ?= 8501
BENCH ?= place_order import

# Several tests run at once: threads of their own for each fit would wait for one another. Polars keeps its threads,
# for the order of its rows may depend on them.
ONE_THREAD_A_FIT := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

BIN := .venv/bin
INSTALLED := .venv/.installed
INSTALLED_FOR_TESTS := .venv/.installed-test
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

demo: install ## a simulated shop of two years, served on http://127.0.0.1:8501 (PORT=…; SERVE=0: all but serve)
	$(BIN)/oms demo --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

test: lint pytest ## lint, types, import rules and every test, the large ones at reduced size (-j2: side by side)

pytest: $(INSTALLED_FOR_TESTS)
	browser=$$(.ci/browser) && $(ONE_THREAD_A_FIT) OMS_TEST_BROWSER="$$browser" $(BIN)/python -m pytest -n 3 --dist loadfile -m "not full"

accept: $(INSTALLED_FOR_TESTS) ## the tests marked full, at the sizes the issues name
	browser=$$(.ci/browser) && OMS_TEST_BROWSER="$$browser" $(BIN)/python -m pytest -m full -s

install: $(INSTALLED) ## the .venv alone, brought up to date

lint: $(INSTALLED_FOR_TESTS) ## ruff, mypy --strict and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install ## the benchmarks, ours against the bound (BENCH="place_order …" for some of them)
	set -e; for name in $(BENCH); do $(BIN)/oms bench $$name; done

clean: ## remove the .venv and what the tools left behind; the data under OMS_HOME stays
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# No prerequisites: make would compare them with the age of the Python that this link leads to.
$(BIN)/python:
	.ci/venv

$(INSTALLED): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e .
	touch $@

# Libraries are compiled as they are imported: the tests use a small part of their files.
$(INSTALLED_FOR_TESTS): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --no-compile -e '.[test]'
	touch $(INSTALLED) $@
