.DEFAULT_GOAL := help
.PHONY: help run dev example test crash bench bench-sessions bench-tabs bench-ledger bench-floods bench-vault screenshots clean

help: ## Show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 23

run: ## Set up, build and serve the console with demo data on 127.0.0.1:3000
	@scripts/run

dev: ## Serve a debug build; build and reload on every change
	@scripts/dev

example: ## Serve the smallest site on the framework at 127.0.0.1:3001/notes/1; docs/loaders.md explains it
	@cargo run --locked --quiet --package server --example notes

test: ## Set up and check everything: format, lints, gates, tests, the browser
	@scripts/test

crash: ## Kill the server 200 times under load, and look each time at what is left; ROUNDS and SEED change that
	@scripts/crash

bench: ## State first-load sizes and the server's cost a request; PEERS=folder sets others beside it
	@scripts/bench

bench-sessions: ## State what sessions cost: look-ups, the sweep, revocations, open tabs
	@scripts/bench-sessions

bench-tabs: ## State how soon an open page is empty after its session has ended
	@scripts/bench-tabs

bench-ledger: ## State what the ledger costs: appends, the check of every record, a page of a search
	@scripts/bench-ledger

bench-floods: ## State what a flood of requests without a session costs others
	@scripts/bench-floods

bench-vault: ## State what a list and a search as you type cost in a vault of 100,000 secrets
	@scripts/bench-vault

screenshots: ## Take a picture of every page, in three widths, light and dark
	@scripts/screenshots

clean: ## Remove what was built; data and installed tools stay
	@scripts/clean
