#!/usr/bin/env bash
# embed-demo.sh [MODEL.mien PICTURE]: a network as a static C program without libstdc++ (examples/minimal), for x86-64
# and, run by qemu, for AArch64 and 32-bit ARM: sizes, and the embeddings side by side with their cosine. A picture of
# the model's input size is taken for a crop; from another the face is cut out. Without arguments: the recogniser that
# the command carries, and a portrait of somebody who does not exist.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
[ $# -eq 0 ] || [ $# -eq 2 ] || { echo "usage: embed-demo.sh [MODEL.mien PICTURE]" >&2; exit 2; }

work=$MIEN_ROOT/build/embed-demo
default=$MIEN_ROOT/models/default
[ $# -eq 2 ] || set -- "$default/recogniser.mien" "$default/a1.jpg"
set -- "$(realpath "$1")" "$(realpath "$2")" "$default/detector.mien"
install_packages "Build" "${MIEN_BUILD_PACKAGES[@]}" "${MIEN_TEST_PACKAGES[@]}"
configure_and_build release minimal_write_case
mkdir -p "$work"
isa=sse41
if grep -qw avx2 /proc/cpuinfo; then isa=avx2; fi
"$MIEN_ROOT/build/release/minimal_write_case" "$work" "$isa" "$@"

# build_and_run NAME ISAS EMULATOR [TOOLCHAIN]: the program for one processor, and its embedding in NAME.f32.
build_and_run() {
  local name=$1 isas=$2 emulator=$3 toolchain=${4:-} strip=strip
  use_ccache
  say "$name"
  cmake -S "$MIEN_ROOT/examples/minimal" -B "$work/$name" -G Ninja -DCMAKE_BUILD_TYPE=Release -DMIEN_ISAS="$isas" \
    -DMODEL="$work/model.mien" ${toolchain:+-DCMAKE_TOOLCHAIN_FILE="$MIEN_ROOT/cmake/$toolchain.cmake"} </dev/null >/dev/null
  cmake --build "$work/$name" --target embed </dev/null >/dev/null
  [ -z "$toolchain" ] || strip=$toolchain-strip
  "$strip" "$work/$name/embed"
  $emulator "$work/$name/embed" "$work/crop.rgb" "$work/$name.f32"
  made+=("$name")
}

made=()
build_and_run x86-64 "$isa" ""
if install_packages "AArch64" "${MIEN_ARM64_PACKAGES[@]}"; then
  build_and_run aarch64 neon qemu-aarch64 aarch64-linux-gnu
fi
if install_packages "32-bit ARM" "${MIEN_ARMV7_PACKAGES[@]}"; then
  build_and_run armv7 "generic;neon32" qemu-arm arm-linux-gnueabihf
fi

floats() { od -An -v -w4 -tf4 "$1"; }
cosine() { paste <(floats "$1") <(floats "$2") | awk '{ d += $1 * $2; a += $1 * $1; b += $2 * $2 } END { printf "%.9f", d / sqrt(a * b) }'; }
echo
for name in "${made[@]}"; do
  printf '%-8s static program %7d bytes, of which the model %d; cosine to the full build %s%s\n' "$name" \
    "$(stat -c %s "$work/$name/embed")" "$(stat -c %s "$work/model.mien")" \
    "$(cosine "$work/$name.f32" "$work/expected.f32")" \
    "$(cmp -s "$work/$name.f32" "$work/expected.f32" && echo ', every bit the same')"
done
echo
printf '%14s' "full build" "${made[@]}"
echo
paste <(floats "$work/expected.f32") $(for name in "${made[@]}"; do echo "$work/$name.txt"; done | while read -r text; do
  floats "${text%.txt}.f32" >"$text"
  echo "$text"
done) | awk 'NR <= 8 { for (i = 1; i <= NF; i++) printf "%14s", $i; print "" }'
echo "  ... $(floats "$work/expected.f32" | wc -l) numbers in all; the programs are in $work"
