#!/usr/bin/env bash
# record-abi.sh: writes tests/abi/mien.abi, the binary interface that the tests compare with. After a change that only
# adds to it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

install_packages "Build" "${MIEN_BUILD_PACKAGES[@]}" "${MIEN_TEST_PACKAGES[@]}"
configure_and_build release mien_abi
cd "$MIEN_ROOT"
tests/abi/snapshot.sh build/release/tests/abi/libmien_abi.so tests/abi/mien.abi engine/include face/include
