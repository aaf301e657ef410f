# make table2: set up and make the first table.  make test: set up and pass all tests.
# make plan: what `all` would still compute (ARGS="--configfile … -- …" for another configuration).
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# A local mirror of the data, for the tests on real rows; they are skipped without it.
export GRADTS_DATA ?= $(wildcard $(CURDIR)/../shared/data)

.PHONY: setup table2 plan test format clean
setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

table2: setup
	snakemake --cores 1 results/tables/table2.csv

plan: setup
	snakemake --cores 1 --dry-run --quiet=rules $(or $(ARGS),all)

test: setup
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow
	snakemake --lint
	# Three files at a time: the tests on Slurm mostly wait. Threads of torch would wait for each other.
	OMP_NUM_THREADS=1 pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

format: setup
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow

clean:
	rm -rf $(VENV) .snakemake
