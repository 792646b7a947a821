#!/usr/bin/env bash
# snapshot.sh LIBRARY OUTPUT HEADERS_DIR...: writes the binary interface of a library with debug information: its
# symbols, and the types that its public headers define. No path and no line number, so that only an interface changes
# it.
set -euo pipefail
library=$1 output=$2
shift 2
headers=()
for folder in "$@"; do headers+=(--headers-dir "$folder"); done
abidw "${headers[@]}" --drop-private-types --drop-undefined-syms --exported-interfaces-only --no-corpus-path \
  --no-comp-dir-path --no-show-locs --no-elf-needed --no-parameter-names --type-id-style hash \
  --out-file "$output" "$library"
# Where the sources lay is no part of it.
sed -i "s|path='[^']*/|path='|" "$output"
