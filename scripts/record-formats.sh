#!/usr/bin/env bash
# record-formats.sh: writes docs/WEIGHT_FORMATS.md from the tables that the converters work with. A test compares the two.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

install_packages "Build" "${MIEN_BUILD_PACKAGES[@]}"
configure_and_build release converter_formats_test
cd "$MIEN_ROOT"
MIEN_RECORD_FORMATS=1 build/release/converter_formats_test --gtest_filter=WeightFormats.TheDocumentIsWhatTheCodeReads
