# The front door. Every target sets up first what it needs; `make setup` alone tells what is there.

VENV := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test bench fidelity pages format lint clean

help:
	@echo 'make setup     install and build everything (once; later runs do nothing)'
	@echo 'make demo      run the main scenario and plot it into results/demo'
	@echo 'make test      every test, sanitizer and check'
	@echo 'make bench     measure speed and memory, print a table'
	@echo 'make fidelity  compare with the measurements of real hosts'
	@echo 'make pages     write docs/scenarios and docs/client_stacks.md anew; NAMES="…" runs these scenarios first'
	@echo 'make format    format all sources'
	@echo 'make lint      only the checks of the sources: layers, format, clang-tidy, ruff, mypy'
	@echo 'make clean     remove what was built here; the cached native libraries stay'

setup:
	@cmake/setup

demo: setup
	$(VENV)/reshake run ticket_lifetime -o results/demo
	$(VENV)/reshake plot results/demo

test:
	@cmake/test

bench: setup
	$(VENV)/python benchmarks/run.py

fidelity: setup
	$(VENV)/python benchmarks/fidelity $(if $(PUBLISHED),--published $(PUBLISHED))

pages: setup
	$(VENV)/python docs/client_stacks_page.py
	$(VENV)/python docs/scenario_pages.py $(NAMES)

format: setup
	git ls-files --cached --others --exclude-standard '*.cc' '*.h' | xargs -r $(VENV)/clang-format -i
	$(VENV)/ruff check --fix-only --quiet
	$(VENV)/ruff format

lint: setup
	cmake --preset tests > /dev/null
	$(VENV)/pytest tests/repository

clean:
	rm -rf build .venv
