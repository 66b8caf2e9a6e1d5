# Everything a developer or CI runs.  `make demo` and `make test` work on a fresh machine
# with python3 (3.11 or later) and make; Debian also needs the package python3-venv.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo figures figures-stored study table table-check test test-thorough test-torch check docs lock clean clean-study

.venv/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.x")'
	$(PYTHON) -m venv .venv || { echo "python3 -m venv failed; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

demo: .venv/.installed
	$(BIN)/python tools/demo.py

# The article's figures, with the numbers behind them.
figures: .venv/.installed
	$(BIN)/python tools/reproduce --out figures

# The pictures that the documentation shows, and those tables that are small.
figures-stored: figures
	mkdir -p docs/_static/article docs/data/article
	cd figures && cp $$(grep -oh '[a-z-]*[.]\(png\|gif\))$$' ../docs/explanation/article-figures.md | tr -d ')') ../docs/_static/article/
	find figures -name '*.csv' -size -20k -exec cp {} docs/data/article/ ';'

# Counts of real data against rank.  A study that was stopped goes on; `make clean-study`
# forgets what is done.
study: .venv/.installed
	mkdir -p study-output docs/data/study
	set -e; for job in "iris 5" "wine 5" "diabetes 4"; do set -- $$job; \
	  $(BIN)/arrangements study $$1 --bias --max-rank $$2 --threads 2 -o study-output/$$1.jsonl \
	    --csv docs/data/study/$$1.csv --plot docs/_static/study-$$1.png; \
	  cp study-output/$$1.jsonl docs/data/study/; \
	done

# Certified gaps of trained networks on real data.  Ctrl-C stops it, and the same command goes on.
table: .venv/.installed
	$(BIN)/python tools/table/make_table.py make --out table-output
	$(BIN)/python tools/table/make_table.py keep --out table-output

# Every claim of the table, by the checker that needs the standard library alone.
table-check: .venv/.installed
	$(BIN)/python tools/table/make_table.py check --out table-output

clean-study:
	rm -rf study-output

# A file of tests stays with one process, so that what it sets up is set up once.
test: .venv/.installed
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

test-thorough: .venv/.installed
	$(BIN)/python -m pytest -m "thorough or not thorough" --hypothesis-profile=thorough

# The importer with a real PyTorch, in an environment of its own: the package is large.  Without graphics libraries it
# is several times smaller; uv knows where such builds are.  TORCH=auto takes what the machine has.
TORCH := cpu

.venv-torch/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv-torch
	.venv-torch/bin/python -m pip install --quiet --require-hashes -r requirements.lock
	.venv-torch/bin/python -m pip install --quiet uv
	.venv-torch/bin/uv pip install --quiet --python .venv-torch/bin/python --torch-backend=$(TORCH) "torch>=2.4"
	.venv-torch/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

test-torch: .venv-torch/.installed
	.venv-torch/bin/python -m pytest tests/convex_program/test_torch_real.py tests/journeys

check: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) docs

docs: .venv/.installed
	$(BIN)/sphinx-build --fail-on-warning --quiet --builder html docs docs/_build/html

# The one way to make the lock: every package of every extra, hashed, for every Python
# from 3.11 on, without the address of any registry.
lock: .venv/.installed
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal \
	  --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
	  --no-header --output-file requirements.lock

clean:
	rm -rf .venv docs/_build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
