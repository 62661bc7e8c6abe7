# The only door: `make help` lists what it opens.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

JOBS ?= 2
PREFIX ?= /usr/local
DESTDIR ?=
SEEDS ?= 2000
SECONDS ?= 60
BENCH_SIZES ?= 1000 10000 100000
BENCH_ONLY ?= load,passes,pushes,previews,deliveries,services,jobs,provision

# A sanitizer has build products of its own, so that switching costs nothing.
scratch := $(if $(SANITIZE),.build-$(SANITIZE),.build)
variant := --scratch-path $(scratch) --jobs $(JOBS) $(if $(SANITIZE),--sanitize $(SANITIZE))
# With all tests at once each takes as long as all of them, and none keeps its time limit.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= $(if $(SANITIZE),4,16)
ifeq ($(SANITIZE),thread)
mutex := $(CURDIR)/$(scratch)/mutex.o
variant += -Xlinker $(mutex)
endif
test := swift test --skip-build --disable-xctest $(variant)
# Runs where no Swift is installed.
release := --configuration release --static-swift-stdlib --jobs $(JOBS)
swift_files := Package.swift Sources Tests

.PHONY: help demo test check verify fmt golden bench soak fuzz engines install clean prepare tests

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: prepare ## watch a git push become files and processes, in under 90 s; KEEP=1 leaves them running
	@swift build $(variant) --product martlet
	@swift build $(variant) --product martlet-shim
	@swift build $(variant) --product martlet-demo
	@$(scratch)/debug/martlet-demo $(if $(KEEP),--keep)

test: tests ## run every test; FILTER=ManifestsTests runs some, SANITIZE=thread watches for races
	@$(test) $(if $(FILTER),--filter '$(FILTER)')

check: prepare ## lint the format, hold the structure to its rules, compare the golden files
	@swift format lint --strict --parallel --recursive $(swift_files)
	@$(MAKE) tests
	@$(test) --filter '^StructureTests\.'
	@filter=$$(scripts/suites-with expectGolden); if [[ -n $$filter ]]; then $(test) --filter "$$filter"; fi

verify: tests ## run the tests of whole commands against the release build
	@swift build $(release) --product martlet
	@swift build $(release) --product martlet-shim
	@MARTLET_TEST_PROGRAM='$(CURDIR)/.build/release/martlet' $(test) --filter '^martletTests\.'

fmt: ## format the Swift files
	@swift format --in-place --parallel --recursive $(swift_files)

golden: tests ## write the golden files anew, compare, and list what changed
	@filter=$$(scripts/suites-with expectGolden); if [[ -z $$filter ]]; then exit 0; fi; \
	UPDATE_GOLDEN=1 $(test) --filter "$$filter" >/dev/null 2>&1 || true; $(test) --filter "$$filter"
	@git --no-pager status --short -- 'Tests/*/Golden'

bench: prepare ## measure release builds beside yardsticks; BENCH_SIZES="1000 10000", BENCH_ONLY=services,jobs
	@swift build $(release) --product martlet
	@swift build $(release) --product martlet-shim
	@swift build $(release) --package-path Tests/Benchmarks --scratch-path .build/bench
	@Tests/engines/supervisor || true
	@Tests/engines/peer || true
	@.build/bench/release/bench --martlet .build/release/martlet --folder .build/bench/repositories \
	--only '$(BENCH_ONLY)' $(BENCH_SIZES)

soak: tests ## run the seeded properties for long; SEEDS=2000 says how many seeds
	@filter=$$(scripts/suites-with 'Seeded\.seeds\('); \
	if [[ -n $$filter ]]; then SEEDS=$(SEEDS) $(test) --filter "$$filter"; fi

fuzz: prepare ## give any bytes to whatever reads some; SECONDS=60 is for each reader, TARGET=manifests is one
	@FUZZ="$$(clang -print-resource-dir)/lib/linux/libclang_rt.fuzzer_no_main-$$(uname -m).a" \
	swift build --scratch-path .build-fuzz --jobs $(JOBS) --product martlet-fuzz
	@scripts/fuzz .build-fuzz $(SECONDS) $(TARGET)

engines: ## fetch the servers that tests talk to, under .engines and never into the system
	@mkdir -p .engines
	@for script in Tests/engines/*; do \
	if [[ -f $$script && -x $$script ]]; then echo "engines: $${script##*/}"; "$$script"; fi; done

install: prepare ## install binaries, completions and systemd unit; PREFIX=/usr/local, DESTDIR= for packages
	@swift build $(release) --product martlet
	@swift build $(release) --product martlet-shim
	@scripts/install .build/release/martlet '$(PREFIX)' '$(DESTDIR)'

clean: ## remove everything that was built or fetched
	@rm -rf .build .build-* .engines .demo

# The system's libraries and Swift itself, before anything is built.
prepare:
	@scripts/prepare

tests: prepare $(mutex)
	@swift build --build-tests $(variant)

$(mutex): Tests/sanitizer/mutex.c
	@mkdir -p $(@D)
	@clang -c -fPIC -O1 -Wall -Werror -o $@ $<
