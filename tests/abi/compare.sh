#!/usr/bin/env bash
# compare.sh LIBRARY RECORDED WORK HEADERS_DIR...: fails where the binary interface is not the recorded one; exits with
# 77 where this machine cannot tell. WORK is a folder to write to.
set -euo pipefail
library=$1 recorded=$2 work=$3
shift 3
if ! command -v abidw >/dev/null || ! command -v abidiff >/dev/null; then
  echo "SKIPPED: abidw and abidiff are not installed (Debian: abigail-tools)"
  exit 77
fi
if ! grep -q "architecture='elf-amd-x86_64'" "$recorded" || [ "$(uname -m)" != x86_64 ]; then
  echo "SKIPPED: the interface is recorded for x86-64"
  exit 77
fi
mkdir -p "$work"
"$(dirname "${BASH_SOURCE[0]}")/snapshot.sh" "$library" "$work/now.abi" "$@"
if abidiff --harmless "$recorded" "$work/now.abi"; then
  echo "the interface is the recorded one"
  exit 0
fi
echo "The binary interface changed. If it only grew (functions added, structs longer at their end), count the header's"
echo "ABI number up and run scripts/record-abi.sh. Anything else breaks programs that are already built: take it back."
exit 1
