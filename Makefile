SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := check

tool := go tool -modfile=tools.mod
FUZZTIME ?= 30s
OPERATIONS ?= 50000

.PHONY: check generate fmt lint test fork fuzz proofs proofs-store proofs-power bench bench-store bench-peers run help

check: generate fmt lint test ## all of it: what has to pass before a change is shown (default)

generate: ## write models, the tables of fields by hand, and the oracles
	go generate ./...

fmt: ## format Go files
	$(tool) golangci-lint fmt ./...

lint: ## look for mistakes, and for imports against the arrows of the house
	$(tool) golangci-lint run ./...

test: ## run all tests with the race detector
	$(tool) gotestsum -- -race ./...

fork: ## run all tests in copies of the program with other graphs
	go test -run Fork -fork -long -timeout 1h .

fuzz: ## run every fuzz target for FUZZTIME (30s)
	@for pkg in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; \
	done

proofs: ## compare the engine with graphql-js, explain, the oracle and itself, OPERATIONS times each (50000)
	cd executor/testdata/graphqljs && npm ci
	go test -timeout 3h -run 'GraphQLJS|RandomOperations|ManyCallers|NothingIsLeft' -v ./executor -operations $(OPERATIONS)
	go test -timeout 3h -run RandomOperations -v . -operations $(OPERATIONS)

proofs-writes: ## prove in full that kills neither lose nor double a write, in ten minutes
	go test -timeout 1h -run 'TestKills|TestALeader|TestAWriteOutlives|TestAHundredCallers' -v . -long

bench: ## run the benchmarks ten times; compare with bench.old.out if it is there
	go test -run '^$$' -bench . -benchmem -count 10 ./... | tee bench.out
	$(tool) benchstat $(wildcard bench.old.out) bench.out

proofs-store: ## prove in full what outlives the process: crashes, clusters, damage, memory; half an hour
	go test -timeout 3h -run 'Crash|Refund|Gateway|Webhooks|FlippedBit|FullDisk|DiskThatHangs|Directory|WithAStore' -v . -long
	go test -timeout 1h -run 'BytesAreReal|HitRatio' -v ./cache -long
	go test -timeout 1h -run DiskBudget -v ./internal/jetstream -long

proofs-power: ## cut the power 400 times while writes are accepted and sent, on a disk of our own; needs root, FUSE, loop devices and ext4
	go test -timeout 2h -run PowerLoss -v ./internal/jetstream -long

bench-store: ## measure what the store costs a read, and a restart, in five minutes
	go test -timeout 1h -run ReadsAreAsFast -v . -long
	go test -run '^$$' -bench 'Remembered|Restart' -benchmem .
	go test -run '^$$' -bench WarmHit -benchmem ./upstreams

bench-writes: ## measure what it costs to record a write, to accept and to send one, in a minute
	go test -run '^$$' -bench 'DirectWrite|RecordedWrite|Accept|Drain' -benchmem -benchtime 3000x .

bench-peers: ## measure over sockets beside other programs, in three minutes; needs wrk
	go run ./bench

run: ## serve the graph on 127.0.0.1:8080 and the sandbox on 127.0.0.1:8081
	go run .

help: ## list these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12
