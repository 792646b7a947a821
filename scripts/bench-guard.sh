#!/usr/bin/env bash
# bench-guard.sh [--network NAME]... [--record] [--slowdown PERCENT]: is a network slower than recorded? Builds and runs
# mien_bench_guard; bench/guard/baseline.json is what is recorded, by CPU. Exit code 1: slower.
# bench-guard.sh --record-costs: writes bench/guard/costs.tsv, for AArch64 too where its build can run here.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

record_costs() {
  configure_and_build release bench_costs_test
  (cd "$MIEN_ROOT" && MIEN_RECORD_COSTS=1 build/release/bench_costs_test --gtest_filter=CostTable.Record)
  if ! command -v qemu-aarch64 >/dev/null || ! command -v aarch64-linux-gnu-g++ >/dev/null; then
    say "AArch64: no cross compiler or no qemu here, so its rows stay as they were"
    return 0
  fi
  configure_and_build arm64 bench_costs_test
  (cd "$MIEN_ROOT" && MIEN_RECORD_COSTS=1 qemu-aarch64 -L /usr/aarch64-linux-gnu build/arm64/bench_costs_test \
    --gtest_filter=CostTable.Record)
}

if [ "${1:-}" = --record-costs ]; then
  record_costs
  exit
fi
install_packages "Build" "${MIEN_BUILD_PACKAGES[@]}"
configure_and_build release mien_bench_guard
exec "$MIEN_ROOT/build/release/mien_bench_guard" "$@"
