#!/usr/bin/env bash
# Plants each bug of this folder into a copy of the tree and sees whether the proofs catch it.
# A bug that is not caught, or that does not build, ends this with 1: then the harness is broken.
#
#   bash tests/planted/run.sh              all
#   bash tests/planted/run.sh 02 17        those whose names begin so
#   bash tests/planted/run.sh --rotate 5   five of them, others with every commit
#
# HEIRLOOM_PLANTED_TARGET names a build folder to keep; else one is made and thrown away.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
seeds=${HEIRLOOM_PLANTED_SEEDS:-1000}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
export CARGO_TARGET_DIR=${HEIRLOOM_PLANTED_TARGET:-$copy/target}

mkdir "$copy/tree"
git -C "$root" ls-files -z | (cd "$root" && tar --null -T - -cf - 2>/dev/null) | tar -xf - -C "$copy/tree"
cd "$copy/tree" || exit 2

all=("$here"/*.patch)
chosen=()
if [ "${1:-}" = "--rotate" ]; then
  count=${2:-5}
  start=$(git -C "$root" rev-list --count HEAD 2>/dev/null || echo 0)
  for ((i = 0; i < count; i++)); do chosen+=("${all[((start * count + i) % ${#all[@]})]}"); done
elif [ $# -gt 0 ]; then
  for want in "$@"; do for patch in "${all[@]}"; do
    case "$(basename "$patch")" in "$want"*) chosen+=("$patch") ;; esac
  done; done
else
  chosen=("${all[@]}")
fi

# Says how the bug was caught; fails if it was not.
caught() { # the check, as the patch names it
  local kind=$1; shift
  local log=$copy/log
  case $kind in
    schedules)
      cargo build -q --locked -p heirloom-tests --bin run_schedules >"$log" 2>&1 || return 2
      "$CARGO_TARGET_DIR/debug/run_schedules" --seeds "0..$seeds" --until-caught >"$log" 2>&1 && return 1
      local tried; tried=$(sed -n 's/^\([0-9]*\) schedules.*/\1/p' "$log")
      echo "schedules, $tried seeds"
      ;;
    core)
      cargo build -q --locked -p heirloom-virtuous >"$log" 2>&1 || return 2
      cargo test -q --locked -p heirloom-virtuous --lib no_storm >"$log" 2>&1 && return 1
      local seed; seed=$(sed -n 's/^seed \([0-9]*\)$/\1/p' "$log" | head -1)
      [ -n "$seed" ] || return 2
      echo "the core's storms, $((seed + 1)) seeds"
      ;;
    crate)
      local name=$1; shift
      cargo test -q --locked -p "$name" --no-run >"$log" 2>&1 || return 2
      cargo test -q --locked -p "$name" "$@" >"$log" 2>&1 && return 1
      echo "$name: $(sed -n 's/^    \([a-z_:0-9]*\)$/\1/p' "$log" | head -1)"
      ;;
    suite)
      cargo test -q --locked -p heirloom-tests --test proofs --no-run >"$log" 2>&1 || return 2
      cargo test -q --locked -p heirloom-tests --test proofs "$1" >"$log" 2>&1 && return 1
      echo "$1"
      ;;
    *) return 2 ;;
  esac
}

missed=0
for patch in "${chosen[@]}"; do
  name=$(basename "$patch" .patch)
  check=$(sed -n 's/^Check: //p' "$patch")
  if ! patch -p1 -s --no-backup-if-mismatch <"$patch"; then
    echo "$name: DOES NOT APPLY"; missed=1; continue
  fi
  # shellcheck disable=SC2086 # the check is words
  how=$(caught $check); status=$?
  case $status in
    0) echo "$name: caught by $how" ;;
    1) echo "$name: NOT CAUGHT by $check"; missed=1 ;;
    *) echo "$name: DOES NOT BUILD"; sed -n '1,20p' "$copy/log"; missed=1 ;;
  esac
  patch -p1 -s -R --no-backup-if-mismatch <"$patch" || exit 2
done
exit "$missed"
