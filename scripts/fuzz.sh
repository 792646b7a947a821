#!/usr/bin/env bash
# fuzz.sh [SECONDS [TARGET...]]: builds the fuzzers with clang's sanitizers and runs each for so long, 60 by default.
# Targets: fuzz_archive, fuzz_caffe, fuzz_file, fuzz_ncnn, fuzz_weights. Each keeps what it found worth keeping in
# build/fuzz/corpus/TARGET and goes on from there. Exit code 1: something crashed; the bytes lie in build/fuzz.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

seconds=${1:-60}
[ $# -eq 0 ] || shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(fuzz_archive fuzz_caffe fuzz_file fuzz_ncnn fuzz_weights)
case $seconds in '' | *[!0-9]*) echo "usage: fuzz.sh [SECONDS [TARGET...]]" >&2; exit 2 ;; esac

install_packages "Build" "${MIEN_BUILD_PACKAGES[@]}"
install_packages "Fuzzers" "${MIEN_FUZZ_PACKAGES[@]}"
configure_and_build fuzz write_seeds "${targets[@]}"
cd "$MIEN_ROOT/build/fuzz"
./write_seeds seeds
fixtures=$MIEN_ROOT/../shared/fixtures/formats
failed=0
for target in "${targets[@]}"; do
  seeds=()
  for folder in "seeds/$target" "$fixtures"; do [ -d "$folder" ] && seeds+=("$folder"); done
  mkdir -p "corpus/$target"
  say "$target: $seconds s"
  # The leak checker needs ptrace, which containers often refuse.
  "./$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -detect_leaks=0 -print_final_stats=1 \
    -artifact_prefix="$target-" "corpus/$target" "${seeds[@]}" 2>"$target.log" || failed=1
  grep -E '^stat::number_of_executed|^SUMMARY|ERROR:|DONE' "$target.log" || tail -n 5 "$target.log"
done
exit $failed
