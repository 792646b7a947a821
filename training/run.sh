#!/bin/sh
# From LFW's pictures to the two built-in models, their figures, their curves and the demo's portraits: training/README.md.
# usage: run.sh --pictures DIR --pairs FILE --mien COMMAND --detector RETINAFACE.mien --second-detector YUNET.mien
#               --teacher MOBILEFACENET_RELU6.mien --work DIR [--crops DIR] [--photos DIR] [--python PYTHON]
set -eu
python=python3 more=
while [ $# -ge 2 ]; do
  case $1 in
    --pictures) pictures=$2 ;;
    --pairs) pairs=$2 ;;
    --mien) mien=$2 ;;
    --detector) detector=$2 ;;
    --second-detector) second=$2 ;;
    --teacher) teacher=$2 ;;
    --work) work=$2 ;;
    --crops | --photos) more="$more $1 $2" ;;
    --python) python=$2 ;;
    *) echo "run.sh: $1: see the first lines of this file" >&2; exit 2 ;;
  esac
  shift 2
done
here=$(dirname "$0")
# At each step torch takes and gives back large pieces of memory; the process is to keep them (glibc).
export MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=4294967296 MALLOC_TOP_PAD_=134217728
run() { script=$1; shift; "$python" -u "$here/$script" "$@"; }

run prepare_faces.py --pictures "$pictures" --pairs "$pairs" --mien "$mien" --detector "$detector" \
  --teacher "$teacher" --out "$work/faces"
run train_recogniser.py --data "$work/faces" --out "$work/recogniser" --steps 37000 --decay 20000
run prepare_scenes.py --pictures "$pictures" --faces "$work/faces" --mien "$mien" --detector "$detector" \
  --second "$second" --out "$work/scenes"
run train_detector.py --data "$work/scenes" --out "$work/detector" --steps 75000 --decay 25500
for network in recogniser detector; do
  run export.py $network --state "$work/$network/state.pt" --data "$work/faces" --mien "$mien" \
    --out "$work/$network.mien"
  run curves.py $network "$work/$network/log.csv" "$work/$network.svg"
done
run store_thresholds.py --pictures "$pictures" --pairs "$pairs" --mien "$mien" --detector "$detector" \
  "$work/recogniser.mien"
# shellcheck disable=SC2086
run evaluate.py --pictures "$pictures" --pairs "$pairs" --mien "$mien" --teacher "$teacher" \
  --teacher-detector "$detector" --second-detector "$second" --recogniser "$work/recogniser.mien" \
  --detector "$work/detector.mien" --out "$work/figures.json" $more
run demo_pictures.py --pictures "$pictures" --faces "$work/faces" --mien "$mien" --detector "$detector" \
  --teacher "$teacher" --trained "$work/detector.mien" "$work/recogniser.mien" --out "$work/portraits"
