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

LEFT_OUT = b-us-house c-border-county f-big-city i-southern-ag k-city-runoff
# Written after the first reader, which goes on with them in this order; then those for the trees, and those that nothing learns from.
NEW = ii-harbor-state-senate jj-valley-house-special ll-border-attorney-general mm-twin-rivers-governor \
  nn-capital-comptroller-slate pp-delta-parish-judge qq-suburb-county-executive rr-steel-lake-senate-recall \
  ss-river-supreme-court tt-northern-premier uu-school-board-sheriff ww-island-congress-delegate zz-coast-parliament
LAST = ab-plains-primary ac-harbor-city-mayor ad-gulf-senate ae-timber-governor
SECOND = kk-metro-mayor-council oo-mountain-treasurer-house vv-dairy-governor-runoff xx-desert-senate-debate yy-rail-city-council-da \
  af-bayou-governor ag-college-town-congress ah-high-desert-mayor ai-great-plains-senate aj-lakeshore-attorney-general \
  ak-twin-county-judge-sheriff
OTHER = al-fever-rumours am-breaking-night an-viral-archive ap-town-groups aq-short-and-young
THIRD = ao-coalition-spring ar-press-room as-forum-arguments ay-lake-county-state az-capital-city ba-federal-monsoon \
  bc-clips-and-nights bd-mesa-midterm be-rumour-mill bf-river-cities
FOURTH = bk-medicine-cabinet bl-crisis-replies bm-checkers-archive bn-records-and-numbers bo-long-letters
FIFTH = bp-copper-state-governor bq-ferry-city-mayor br-orchard-congress bs-marsh-county-slate bt-lakeplain-statewide \
  bu-melon-valley bv-kitchen-remedies bw-rumour-desk bx-short-takes by-shire-combined bz-call-in-hour
SIXTH = bg-canal-state bh-commonwealth-city bi-sun-county bj-timberline-senate
SEVENTH = cd-harvest-governor ce-glass-city-mayor cf-frontier-senate cg-island-province cp-bridge-county
EIGHTH = ch-redwood-ticket ci-checked-and-denied cj-two-rivers-slate ck-parents-and-coaches cl-plain-congress \
  cm-desert-two-tongues cn-captions-and-threads co-denials-and-doubts cu-rambling-county cw-other-peoples-news
# Spreads that cite what the truth speaks of.
CITING = cy-paper-trail-county cz-stamped-and-sealed
FOR_TREES = cq-three-rivers-governor cr-delta-city-council cs-granite-senate ct-sandhill-primary cv-reply-guys \
  df-affidavit-house dg-thumbs-and-typos dh-plain-statewides di-hinted-primary
UNSEEN = da-riverbend-delegation db-county-row-offices dc-notarised-governor de-runoff-week dj-lakeside-slate \
  dm-seal-and-signature
# For the next round: nothing has read them.
NEXT = dl-two-party-state dn-hinting-city
LATER = $(NEW) $(LAST) $(SECOND) $(OTHER) $(THIRD) $(FOURTH) $(FIFTH) $(SIXTH) $(SEVENTH) $(EIGHTH) $(CITING) $(FOR_TREES) $(UNSEEN) $(NEXT)
FIRST = $(notdir $(wildcard $(SHARED)/data/judge-train/*-*))
FIT = $(BIN)/python -u -m training.fit_reader
WORLDS = --worlds $(SHARED)/data/judge-train training/worlds
train-judge: setup  ## train the shipped judge again: about six hours on two cores (training/README.md)
	$(BIN)/python training/spanish/build.py
	$(FIT) public --data $(SHARED)/data --epochs 0.7 --to build/public.safetensors
	$(FIT) worlds $(WORLDS) --leave-out $(LATER) $(LEFT_OUT) --epochs 4 --start build/public.safetensors --to build/a.safetensors
	$(FIT) worlds $(WORLDS) --leave-out $(LATER) $(LEFT_OUT) --epochs 2 --rate 1e-4 --seed 12 --start build/a.safetensors --to build/b.safetensors
	$(FIT) worlds $(WORLDS) --leave-out $(LATER) --epochs 2 --rate 1e-4 --seed 13 --start build/b.safetensors --to build/c.safetensors
	$(FIT) worlds $(WORLDS) --leave-out $(LATER) --epochs 1 --rate 7e-5 --seed 14 --start build/c.safetensors --to build/d.safetensors
	$(FIT) worlds $(WORLDS) --leave-out $(filter-out $(NEW),$(LATER)) --new $(NEW) --times 3 --epochs 1 --stop 600 --rate 1e-4 --seed 41 \
	  --start build/d.safetensors --to build/e.safetensors
	$(FIT) worlds $(WORLDS) --only $(NEW) $(LAST) --epochs 1 --rate 7e-5 --seed 42 --start build/e.safetensors --to build/f.safetensors
	$(FIT) worlds $(WORLDS) --only $(FIRST) $(SECOND) --new $(SECOND) --times 2 --epochs 1 --rate 1e-4 --seed 51 \
	  --start build/f.safetensors --to build/g.safetensors
	$(FIT) worlds $(WORLDS) --only $(SECOND) $(OTHER) --new $(OTHER) --times 2 --epochs 1 --rate 8e-5 --seed 52 \
	  --start build/g.safetensors --to build/h.safetensors
	$(FIT) worlds $(WORLDS) --only $(SECOND) $(OTHER) $(THIRD) --new $(THIRD) --times 2 --epochs 1 --rate 9e-5 --seed 61 \
	  --start build/h.safetensors --to build/i.safetensors
	$(FIT) worlds $(WORLDS) --only $(OTHER) $(THIRD) $(FOURTH) --new $(FOURTH) --times 2 --epochs 1 --rate 8e-5 --seed 62 \
	  --start build/i.safetensors --to build/j.safetensors
	$(FIT) mean --of build/i.safetensors build/j.safetensors --to build/k.safetensors
	$(FIT) worlds $(WORLDS) --only $(FOURTH) $(FIFTH) --new $(FIFTH) --times 2 --epochs 1 --rate 8e-5 --seed 71 \
	  --start build/k.safetensors --to build/l.safetensors
	$(FIT) worlds $(WORLDS) --feeds training/feeds --only $(FOURTH) $(FIFTH) $(SIXTH) --new $(SIXTH) --times 2 --epochs 1 --rate 7e-5 --seed 72 \
	  --start build/l.safetensors --to build/m.safetensors
	$(FIT) mean --of build/l.safetensors build/m.safetensors --to build/n.safetensors
	$(FIT) worlds $(WORLDS) --feeds training/feeds --only $(FOURTH) $(FIFTH) $(SIXTH) $(SEVENTH) --new $(SEVENTH) --times 2 --epochs 1 --rate 8e-5 --seed 81 \
	  --start build/n.safetensors --to build/o.safetensors
	$(FIT) mean --of build/n.safetensors build/o.safetensors --to build/p.safetensors
	$(FIT) worlds $(WORLDS) --feeds training/feeds --only $(FIFTH) $(SEVENTH) --epochs 1 --rate 7e-5 --seed 82 \
	  --start build/p.safetensors --to build/q.safetensors
	$(FIT) mean --of build/p.safetensors build/q.safetensors --to build/r.safetensors
	$(FIT) worlds $(WORLDS) --feeds training/feeds --only $(FIRST) $(FIFTH) $(SEVENTH) $(EIGHTH) $(CITING) --new $(EIGHTH) $(CITING) \
	  --times 2 --epochs 1 --rate 8e-5 --seed 91 --start build/r.safetensors --to build/s.safetensors
	$(FIT) mean --of build/r.safetensors build/s.safetensors --to build/t.safetensors
	$(FIT) worlds $(WORLDS) --feeds training/feeds --only $(SEVENTH) $(EIGHTH) $(CITING) --epochs 1 --rate 7e-5 --seed 92 \
	  --start build/t.safetensors --to build/u.safetensors
	$(FIT) mean --of build/t.safetensors build/u.safetensors --to build/v.safetensors
	$(FIT) worlds $(WORLDS) --feeds training/feeds --only $(FIRST) $(CITING) --epochs 1 --rate 6e-5 --seed 93 \
	  --start build/v.safetensors --to build/w.safetensors
	$(FIT) mean --of build/v.safetensors build/v.safetensors build/v.safetensors build/w.safetensors --to build/reader.safetensors
	$(BIN)/python -u -m training.fit_judge --data $(SHARED)/data --feeds training/feeds --reader build/v.safetensors --ship build/reader.safetensors \
	  --worlds $(FOR_TREES:%=training/worlds/%) --beside build/r.safetensors $(EIGHTH:%=training/worlds/%) \
	  --beside build/k.safetensors $(FIFTH:%=training/worlds/%)

format: setup  ## apply the formatter
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  make \1\t/' | expand -t 20

.PHONY: setup demo test units lint types test-peers test-atproto test-workbench bench pictures train-judge format help
