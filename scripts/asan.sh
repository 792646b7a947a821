#!/usr/bin/env bash
# Builds with AddressSanitizer and UndefinedBehaviorSanitizer and runs the tests. Options are passed on to ctest.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

install_packages "Build and tests" "${MIEN_BUILD_PACKAGES[@]}" "${MIEN_TEST_PACKAGES[@]}"
configure_and_build asan
run_tests asan -LE '^long$' "$@"
