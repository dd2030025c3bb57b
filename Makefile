# The front door. Every target sets up first what it needs; `make setup` alone tells what is there.

VENV := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-radio bench fidelity pages docs format lint clean

help:
	@echo 'make setup     install and build everything (once; later runs do nothing)'
	@echo 'make demo      run the main scenario and plot it into results/demo'
	@echo 'make test      every test, sanitizer and check'
	@echo 'make test-radio  the tests of Wi-Fi and LTE, with a set-up of their own: half an hour the first time'
	@echo 'make bench     measure speed and memory, print a table'
	@echo 'make fidelity  compare with the measurements of real hosts'
	@echo 'make pages     write the pages of docs/ that come from the code anew; NAMES="…" runs these scenarios first'
	@echo 'make docs      build the site of the documentation into build/site/html'
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

test-radio:
	@cmake/test-radio

bench: setup
	$(VENV)/python benchmarks/run.py

fidelity: setup
	$(VENV)/python benchmarks/fidelity $(if $(PUBLISHED),--published $(PUBLISHED))

pages: setup
	$(VENV)/python docs/client_stacks_page.py
	$(VENV)/python docs/access_networks_page.py
	$(VENV)/python docs/tables_page.py
	$(VENV)/python docs/openmetrics_page.py
	$(VENV)/python docs/scenario_pages.py $(NAMES)

docs: setup
	$(VENV)/python docs/website.py

format: setup
	git ls-files --cached --others --exclude-standard '*.cc' '*.h' | xargs -r $(VENV)/clang-format -i
	$(VENV)/ruff check --fix-only --quiet
	$(VENV)/ruff format

lint: setup
	cmake --preset tests > /dev/null
	$(VENV)/pytest tests/repository

clean:
	rm -rf build .venv
