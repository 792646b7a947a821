#!/usr/bin/env bash
# demo.sh [MODEL [--preset NAME] [PICTURE...]]: sets the machine up, builds the command, converts a network and
# uses it. The preset says how a picture becomes the input, where the graph does not.
# Without arguments: a MobileFaceNet with untrained weights, on pictures that it draws itself.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

install_packages "Build" "${MIEN_BUILD_PACKAGES[@]}"
configure_and_build release mien_command
say "Running build/release/mien demo $*"
exec "$MIEN_ROOT/build/release/mien" demo "$@"
