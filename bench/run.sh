#!/bin/sh
# Runs every benchmark of a build folder and writes its figures beside it.
#   bench/run.sh build
set -eu
build=${1:-build}
export LRC_CACHE=off
mkdir -p "$build/bench-results"
for name in evaluate whole_curve scale compile_time process; do
  printf '\n== %s\n' "$name"
  "$build/bin/bench_$name" --json "$build/bench-results/$name.json"
done
