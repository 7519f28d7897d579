# Every target sets up what it needs. Start with `make demo` or `make test`; `make help` lists the rest.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
SHARED ?= ../shared
export HF_HUB_OFFLINE ?= 1

.DEFAULT_GOAL := help

$(VENV)/.ready: pyproject.toml deploy/constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "monitor needs Python 3.11: install it, or name another with make PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV), once: a few minutes, most of it download ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint deploy/constraints.txt --editable '.[dev]'
	@touch $@

setup: $(VENV)/.ready  ## create .venv with the pinned versions

demo: setup  ## the whole pipeline on the sample campaign, in the terminal, no account needed
	@$(BIN)/monitor demo

test: lint types units  ## lint, types and tests

units: setup
	$(BIN)/pytest -m "not peer"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

test-peers: setup  ## the same code against real Slack, Mastodon, RSS and Bluesky servers (SHARED=folder with peers/)
	SHARED=$(SHARED) tests/peers/run

test-atproto: setup  ## against a whole local Bluesky network (slow: minutes on first use)
	$(SHARED)/peers/with-atproto env SHARED=$(SHARED) $(BIN)/pytest --force-enable-socket -m peer tests/peers/test_atproto.py

test-workbench: setup  ## the workbench in headless Chromium (installs Debian's chromium where it may)
	@tests/peers/with-chromium $(BIN)/pytest --force-enable-socket -q -m peer tests/peers/test_workbench.py

bench: setup  ## quality (an hour), latency: the figures in docs/measurements.md
	$(BIN)/python benchmarks/quality.py --data $(SHARED)/data --cache $(VENV)/vectors
	$(BIN)/python benchmarks/latency.py

CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
pictures: setup  ## draw docs/pictures/*.png from the very blocks (needs Node 20 and Chromium)
	@test -n "$(CHROMIUM)" || { echo "make pictures needs Chromium: install it, or name it with CHROMIUM=/path"; exit 1; }
	mkdir -p build/pictures
	cp docs/pictures/package.json docs/pictures/package-lock.json docs/pictures/draw.mjs build/pictures/
	cd build/pictures && PUPPETEER_SKIP_DOWNLOAD=1 npm ci --no-audit --no-fund --silent
	$(BIN)/python docs/pictures/examples.py build/pictures
	CHROMIUM=$(CHROMIUM) node build/pictures/draw.mjs build/pictures docs/pictures

# Nothing learns from these worlds: they measure.
UNSEEN = da-riverbend-delegation db-county-row-offices dc-notarised-governor de-runoff-week dj-lakeside-slate dm-seal-and-signature
# The trees learn from these, through a reader that has not seen them.
FOR_TREES = cq-three-rivers-governor cr-delta-city-council cs-granite-senate ct-sandhill-primary cv-reply-guys df-affidavit-house \
  dg-thumbs-and-typos dh-plain-statewides di-hinted-primary dl-two-party-state dn-hinting-city bp-copper-state-governor \
  br-orchard-congress bu-melon-valley bx-short-takes bg-canal-state ce-glass-city-mayor cm-desert-two-tongues co-denials-and-doubts
FIT = $(BIN)/python -u -m training.fit_reader
LEARNT = --worlds $(SHARED)/data/judge-train training/worlds --leave-out $(UNSEEN) $(FOR_TREES)
WORLDS = worlds $(LEARNT) --feeds training/feeds
train-judge: setup  ## train the shipped judge again: under three hours on two cores with AMX (training/README.md)
	$(BIN)/python training/spanish/build.py
	$(FIT) public --data $(SHARED)/data --to build/public.safetensors
	$(FIT) $(WORLDS) --seed 21 --start build/public.safetensors --to build/half.safetensors
	$(FIT) $(WORLDS) --seed 22 --start build/half.safetensors --to build/most.safetensors
	$(FIT) $(WORLDS) --seed 23 --start build/most.safetensors --to build/reader.safetensors --epochs 0.6 --halfway
	$(BIN)/python -m training.fit_projection $(LEARNT)
	$(BIN)/python -u -m training.fit_judge --data $(SHARED)/data --feeds training/feeds --reader build/reader.safetensors \
	  --worlds $(FOR_TREES:%=training/worlds/%)

format: setup  ## apply the formatter
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  make \1\t/' | expand -t 20

.PHONY: setup demo test units lint types test-peers test-atproto test-workbench bench pictures train-judge format help
