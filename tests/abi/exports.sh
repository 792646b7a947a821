#!/usr/bin/env bash
# exports.sh NM LIBRARY HEADER...: the shared library exports the functions that the C headers declare and nothing else.
set -euo pipefail
nm=$1 library=$2
shift 2
declared=$(sed -nE 's/^MIEN_API .*[ *](mien_[a-z0-9_]+)\(.*/\1/p' "$@" | sort)
marked=$(cat "$@" | grep -c '^MIEN_API ')
exported=$("$nm" -D --defined-only "$library" | awk '{print $3}' | sort)
if [ "$(wc -l <<<"$declared")" -ne "$marked" ]; then
  echo "of $marked declarations with MIEN_API only $(wc -l <<<"$declared") were understood: name and ( on its line"
  exit 1
fi
if ! diff <(echo "$declared") <(echo "$exported"); then
  echo "< is declared and not exported by $library, > is exported and not declared"
  exit 1
fi
echo "$library exports $marked functions, all declared"
