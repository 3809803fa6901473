# Sluice. `make help` prints what there is.

PREFIX ?= /usr/local
PROGRAMS := sluice sluice-server sluice-agent
RELEASE := .build/release

.PHONY: help setup build test test-install check format demo bench chaos soak install uninstall clean
.DEFAULT_GOAL := help

help: ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## install what is missing to build and test (apt, as root or with sudo)
	@scripts/setup

build: setup ## release programs in .build/release, with the Swift runtime inside
	swift build -c release --static-swift-stdlib
	@cd $(RELEASE) && du -h $(PROGRAMS)

test: ## all there is to check: rules, then every test (the system tests run the debug programs)
	@scripts/setup demo suites prefect api samples containers machine
	scripts/check --self-test
	scripts/check
	swift build --explicit-target-dependency-import-check error
	@scripts/test
	@echo "make test: all rules hold and all tests have passed."

test-install: build ## install to a fresh prefix and run the demo with the Swift toolchain hidden
	@scripts/setup demo
	@scripts/test-install

soak: ## 10,000 simulated worlds; the server killed 500 times under load, and all that it acknowledged looked for
	scripts/simulate --seeds 10000
	scripts/kill-rounds --rounds 500

check: ## the rules that no compiler knows, in seconds
	@scripts/check

format: ## let swift-format rewrite what it objects to
	swift format --in-place --parallel --recursive Package.swift Sources server agent Tests

demo: build ## twelve months of flights on a server and two agents, totals checked against the source
	@scripts/setup demo
	@scripts/demo

bench: build ## every figure of docs/benchmarks.md, beside Prefect, HyperQueue, Celery … (BENCH="--quick latency ...")
	@scripts/setup prefect bench
	swift build -c release --package-path Benchmarks --product swarm
	@Benchmarks/bench $(BENCH)

chaos: build ## random faults on real processes for ten minutes, every run accounted for (CHAOS="--seconds 60 ...")
	@scripts/chaos $(CHAOS)

install: $(RELEASE)/sluice ## strip and install the programs and the samples below PREFIX (default /usr/local)
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/sluice"
	for program in $(PROGRAMS); do \
	    install -m 755 --strip "$(RELEASE)/$$program" "$(DESTDIR)$(PREFIX)/bin/$$program" || exit 1; \
	done
	cp -R deployments "$(DESTDIR)$(PREFIX)/share/sluice/"

$(RELEASE)/sluice: # so that `make build` and then `sudo make install` does not build as root
	@$(MAKE) build

uninstall: ## remove them again
	for program in $(PROGRAMS); do rm -f "$(DESTDIR)$(PREFIX)/bin/$$program"; done
	rm -rf "$(DESTDIR)$(PREFIX)/share/sluice"

clean: ## remove all that was built or fetched
	rm -rf .build data Benchmarks/.build Benchmarks/results.json
