#!/usr/bin/env bash
# deb.sh: sets the machine up, builds mien for a distribution's paths and packs it: build/deb/*.deb. Runs lintian on them
# where it is installed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

install_packages "Build" "${MIEN_BUILD_PACKAGES[@]}" "${MIEN_TEST_PACKAGES[@]}"
configure_and_build deb
cd "$MIEN_ROOT/build/deb"
rm -f ./*.deb
say "Packing"
cpack -G DEB
if command -v lintian >/dev/null; then
  lintian --allow-root --fail-on error ./*.deb
fi
ls -l "$PWD"/*.deb
