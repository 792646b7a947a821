#!/usr/bin/env bash
# test.sh [--no-arm] [--long] [--cross]: sets the machine up, builds everything and runs the tests, those of the ARM
# builds under qemu first: all of AArch64's, of 32-bit ARM's the reduced ones, which take two or three minutes.
#   --no-arm (or --no-arm64)  no ARM build
#   --long                    also the tests that take minutes each
#   --cross                   also the rest of 32-bit ARM's, the kernels' on RISC-V, WebAssembly's under node, and the
#                             build for x86-64 of 2003
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

arm=yes
cross=no
exclude=(-LE '^long$')
for option in "$@"; do
  case $option in
    --no-arm | --no-arm64) arm=no ;;
    --long) exclude=() ;;
    --cross) cross=yes ;;
    *) echo "usage: test.sh [--no-arm] [--long] [--cross]" >&2; exit 2 ;;
  esac
done

# can_build WHAT PACKAGE...: false, with a word about it, if they cannot be installed here.
can_build() {
  install_packages "$1 build and tests" "${@:2}" && return
  say "$1: its packages cannot be installed here, so that build is LEFT OUT"
  return 1
}

install_packages "Build and tests" "${MIEN_BUILD_PACKAGES[@]}" "${MIEN_TEST_PACKAGES[@]}"

if [ $arm = yes ] && can_build AArch64 "${MIEN_ARM64_PACKAGES[@]}"; then
  configure_and_build arm64
  run_tests arm64 "${exclude[@]}"
fi
if [ $arm = yes ] && can_build "32-bit ARM" "${MIEN_ARMV7_PACKAGES[@]}"; then
  if [ $cross = yes ]; then
    configure_and_build armv7
    run_tests armv7 "${exclude[@]}"
  else
    configure_and_build armv7 reduced_tests
    run_tests armv7 -L '^reduced$'
  fi
fi
if [ $cross = yes ] && can_build RISC-V "${MIEN_RISCV64_PACKAGES[@]}"; then
  configure_and_build riscv64
  run_tests riscv64 -R '^(kernel|session|models_same_bits|isa_symbols)'
fi
if [ $cross = yes ] && can_build WebAssembly "${MIEN_WASM_PACKAGES[@]}"; then
  export NODE_PATH=/usr/share/nodejs  # where Debian's emscripten finds its parser, whichever node is installed
  configure_and_build wasm32 reduced_tests
  run_tests wasm32 -L '^reduced$'
fi
if [ $cross = yes ]; then
  configure_and_build x86-64-baseline
  run_tests x86-64-baseline "${exclude[@]}"
fi
configure_and_build release
run_tests release "${exclude[@]}"
