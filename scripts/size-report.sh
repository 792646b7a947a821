#!/usr/bin/env bash
# size-report.sh ARCHIVE...: how many bytes of code and constants each object of static libraries has, and their sum.
# One kernel object per instruction set; the sum is also given with each of them alone.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: size-report.sh ARCHIVE..." >&2; exit 2; }
size "$@" | awk '
  $1 ~ /^[0-9]+$/ {
    printf "%9d code and constants %8d data  %s\n", $1, $2 + $3, $6
    sum += $1
    if ($6 ~ /^(sse41|avx2|avx512|neon)/) { isas++; isa[$6] = $1; all += $1 }
  }
  END {
    printf "%9d in all\n", sum
    if (isas > 1) for (name in isa) printf "%9d with %s alone\n", sum - all + isa[name], name
  }' | sort -k1,1nr
