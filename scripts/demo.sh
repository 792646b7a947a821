#!/usr/bin/env bash
# demo.sh [MODEL [--preset NAME] [--aligned] [PICTURE...]]: sets the machine up, builds the command, and shows who is
# who in pictures, as text and as build/demo.html. MODEL is a file to convert, a .mien file, or `default`.
# Without arguments: the command's own models, on its portraits of people who do not exist.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

install_packages "Build" "${MIEN_BUILD_PACKAGES[@]}"
configure_and_build release mien_command
say "Running build/release/mien demo $*"
exec "$MIEN_ROOT/build/release/mien" demo --html "$MIEN_ROOT/build/demo.html" "$@"
