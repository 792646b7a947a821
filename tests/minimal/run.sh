#!/usr/bin/env bash
# run.sh CMAKE SOURCE WORK WRITE_CASE ISA [TOOLCHAIN]: configures and builds the minimal library and static programs,
# compares their embedding with the full build's bit by bit, and holds them to their budgets of bytes. Exits with 77
# where this machine cannot do it.
set -euo pipefail
cmake=$1 source=$2 work=$3 write_case=$4 isa=$5 toolchain=${6:-}
# Of the library with one instruction set: code, constants and tables of all its objects. Of the program: code.
library_budget=350000
program_budget=1200000

fail() { echo "FAILED: $*"; exit 1; }
# Bytes in the executable sections of a program.
code_of() {
  local sum=0 size
  for size in $(readelf -SW "$1" | sed 's/^ *\[ *[0-9]*\] *//' | awk '$7 ~ /X/ { print $5 }'); do
    sum=$((sum + 16#$size))
  done
  echo $sum
}

if [ "$isa" = avx2 ] && ! grep -qw avx2 /proc/cpuinfo; then
  echo "SKIPPED: this processor has no AVX2"
  exit 77
fi
if [ -n "$toolchain" ] && ! command -v musl-gcc >/dev/null; then
  echo "SKIPPED: musl-gcc is not installed (Debian: musl-tools)"
  exit 77
fi

mkdir -p "$work"
if command -v ccache >/dev/null; then export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
"$write_case" "$work" "$isa"
"$cmake" -S "$source/examples/minimal" -B "$work/build" -DCMAKE_BUILD_TYPE=Release \
  -DMODEL="$work/model.mien" -DMIEN_ISAS="$isa" \
  ${toolchain:+-DCMAKE_TOOLCHAIN_FILE="$toolchain"} >"$work/configure.log" 2>&1 \
  || fail "configuring: $(tail -n 5 "$work/configure.log")"
"$cmake" --build "$work/build" --parallel 2 >"$work/build.log" 2>&1 || fail "building: $(grep -A 5 -m 1 error "$work/build.log")"

programs=("$work/build/embed")
[ -n "$toolchain" ] || programs+=("$work/build/embed_cxx")
for program in "${programs[@]}"; do
  name=$(basename "$program")
  if readelf -lW "$program" | grep -q INTERP; then fail "$name is not static"; fi
  strip -o "$program.stripped" "$program"
  "$program.stripped" "$work/crop.rgb" "$work/embedding.f32"
  cmp "$work/embedding.f32" "$work/expected.f32" || fail "$name computes another embedding than the full build"
  code=$(code_of "$program.stripped")
  echo "$name: $code bytes of code of $program_budget, $(stat -c %s "$program.stripped") in all with a model of" \
    "$(stat -c %s "$work/model.mien")"
  [ "$code" -le "$program_budget" ] || fail "$name is over its budget"
done
if nm "$work/build/embed" | grep -E " (__cxa_throw|__gxx_personality_v0|_ZSt9terminatev|_ZNSt8ios_base4InitC1Ev)$"; then
  fail "the C program has parts of libstdc++"
fi

archive=$work/build/mien/engine/libmien.a
for unwanted in _ZNSt8ios_base _ZSt4cout __cxa_throw __cxa_begin_catch _ZTI; do
  if nm "$archive" 2>/dev/null | grep -q " [A-Za-z] $unwanted"; then
    fail "the minimal library has or needs $unwanted..."
  fi
done
"$source/scripts/size-report.sh" "$archive"
library=$(size "$archive" | awk '$1 ~ /^[0-9]+$/ { sum += $1 } END { print sum }')
echo "library with $isa: $library bytes of code and constants of $library_budget"
[ "$library" -le "$library_budget" ] || fail "the library is over its budget"
