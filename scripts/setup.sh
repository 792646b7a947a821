#!/usr/bin/env bash
# Installs the Debian 12 packages that mien is built from, and only those that are not there yet. Run by itself it
# installs all of them; the other scripts source it and ask for what they need. Safe to run twice, as root or with sudo.

# What every build needs.
MIEN_BUILD_PACKAGES=(g++ cmake ninja-build
  libxsimd-dev libxxhash-dev libtbb-dev
  libprotobuf-dev protobuf-compiler libsnappy-dev libarchive-dev nlohmann-json3-dev libcli11-dev libjpeg62-turbo-dev
  libpng-dev libstb-dev libeigen3-dev libgtest-dev libbenchmark-dev)
# What the tests need besides: pkg-config and make for programs that use an installed mien, ccache for those that compile
# its sources again, lintian for its packages, abidw for its shared libraries, musl-gcc for the minimal build.
MIEN_TEST_PACKAGES=(pkg-config make ccache lintian abigail-tools musl-tools)
# What the AArch64 build and its tests need besides.
MIEN_ARM64_PACKAGES=(g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user googletest)
# What the fuzzers need besides.
MIEN_FUZZ_PACKAGES=(clang libclang-rt-14-dev)
# The same for 32-bit ARM and for RISC-V.
MIEN_ARMV7_PACKAGES=(g++-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-user googletest)
MIEN_RISCV64_PACKAGES=(g++-riscv64-linux-gnu libc6-dev-riscv64-cross qemu-user googletest)
MIEN_WASM_PACKAGES=(emscripten nodejs googletest)

say() { printf -- '--- %s\n' "$*"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "Not root, and no sudo here. As root, run: $*" >&2
    return 1
  fi
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# install_packages PURPOSE PACKAGE...: fails if one of them is missing in the end.
install_packages() {
  local purpose=$1 missing=() package
  shift
  if ! command -v dpkg-query >/dev/null; then
    say "$purpose: this is not a Debian system; it needs what these packages hold: $*"
    return 0
  fi
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    say "$purpose: all $# packages are installed"
    return 0
  fi
  say "$purpose: installing ${missing[*]}"
  as_root apt-get -q -o DPkg::Lock::Timeout=300 update </dev/null \
    || say "apt-get update failed; trying with the package lists that are here"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
    install --no-install-recommends "${missing[@]}" </dev/null
}

# Compilations go through ccache where it is installed.
use_ccache() {
  if command -v ccache >/dev/null; then
    export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
  fi
}

# configure_and_build PRESET [TARGET...]: in build/PRESET under the repository root.
configure_and_build() {
  local preset=$1 targets=()
  shift
  [ $# -eq 0 ] || targets=(--target "$@")
  use_ccache
  say "Configuring build/$preset"
  (cd "$MIEN_ROOT" && cmake --preset "$preset" </dev/null)
  say "Building build/$preset ${*:-(everything)}"
  (cd "$MIEN_ROOT" && cmake --build "build/$preset" "${targets[@]}" </dev/null)
}

# run_tests PRESET [CTEST OPTION...]: the tests of one build folder.
run_tests() {
  local preset=$1
  shift
  say "Testing build/$preset"
  (cd "$MIEN_ROOT" && ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$(nproc)" "$@" </dev/null)
}

MIEN_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  install_packages "Build and tests" "${MIEN_BUILD_PACKAGES[@]}" "${MIEN_TEST_PACKAGES[@]}"
  install_packages "AArch64 build and tests" "${MIEN_ARM64_PACKAGES[@]}"
  install_packages "32-bit ARM build and tests" "${MIEN_ARMV7_PACKAGES[@]}"
fi
