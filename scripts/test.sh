#!/usr/bin/env bash
# test.sh [--no-arm64] [--long]: sets the machine up, builds everything and runs the tests, those of the AArch64 build
# under qemu first. --long adds the tests that take minutes each.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

arm64=yes
exclude=(-LE '^long$')
for option in "$@"; do
  case $option in
    --no-arm64) arm64=no ;;
    --long) exclude=() ;;
    *) echo "usage: test.sh [--no-arm64] [--long]" >&2; exit 2 ;;
  esac
done

install_packages "Build and tests" "${MIEN_BUILD_PACKAGES[@]}"
if [ $arm64 = yes ] && ! install_packages "AArch64 build and tests" "${MIEN_ARM64_PACKAGES[@]}"; then
  say "AArch64: its packages cannot be installed here, so that build is LEFT OUT"
  arm64=no
fi

if [ $arm64 = yes ]; then
  configure_and_build arm64
  run_tests arm64 "${exclude[@]}"
fi
configure_and_build release
run_tests release "${exclude[@]}"
