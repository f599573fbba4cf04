#!/usr/bin/env bash
# Plants each bug of this folder into a copy of the tree and sees whether the proofs catch it.
# A bug that is not caught, or that does not build, ends this with 1: then the harness is broken.
#
#   bash tests/planted/run.sh              all
#   bash tests/planted/run.sh 02 17        those whose names begin so
#   bash tests/planted/run.sh --rotate 5   five of them, others with every commit
#
# HEIRLOOM_PLANTED_TARGET names a build folder to keep; else one is made and thrown away. Never the
# tree's own: cargo would take what was built with a bug for the real thing.
# HEIRLOOM_PLANTED_FROM names a build folder of this tree (target) that a new one starts as a copy of.
# HEIRLOOM_PLANTED_SEEDS is how many schedules a bug may survive (1000).
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
seeds=${HEIRLOOM_PLANTED_SEEDS:-1000}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log
export CARGO_TARGET_DIR=${HEIRLOOM_PLANTED_TARGET:-$scratch/target}
tree=$CARGO_TARGET_DIR/tree

if [ ! -d "$tree" ] && [ -n "${HEIRLOOM_PLANTED_FROM:-}" ] && [ -d "$HEIRLOOM_PLANTED_FROM/debug" ]; then
  # Without what only speeds up building again: it is of another tree.
  mkdir -p "$CARGO_TARGET_DIR/debug"
  for part in deps build .fingerprint; do cp -a "$HEIRLOOM_PLANTED_FROM/debug/$part" "$CARGO_TARGET_DIR/debug/"; done
fi
# A file that is the same stays as it is, and as old: then cargo does not build it again.
git -C "$root" ls-files | LC_ALL=C sort >"$scratch/files"
while IFS= read -r file; do
  [ -f "$root/$file" ] || continue
  if [ ! -e "$tree/$file" ]; then
    mkdir -p "$(dirname "$tree/$file")" && cp -p "$root/$file" "$tree/$file"
  elif ! cmp -s "$root/$file" "$tree/$file"; then
    cp "$root/$file" "$tree/$file"
  fi
done <"$scratch/files"
(cd "$tree" && find . -type f | sed 's,^\./,,' | LC_ALL=C sort | LC_ALL=C comm -23 - "$scratch/files" | tr '\n' '\0' | xargs -0 -r rm -f)
cd "$tree" || exit 2

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

# Runs a test of the workspace by name; keeps --workspace, so that nothing is built with other features.
tested() { # where, name
  cargo test -q --locked --workspace "${@:1:$#-1}" --no-run >"$log" 2>&1 || return 2
  cargo test -q --locked --workspace --no-fail-fast "$@" >"$log" 2>&1 && return 1
  # A name that no test has catches nothing.
  grep -q '^test result: FAILED' "$log" || return 2
}

# Says how the bug was caught; fails if it was not.
caught() { # the check, as the patch names it
  local kind=$1; shift
  case $kind in
    schedules)
      cargo build -q --locked --workspace --bin run_schedules >"$log" 2>&1 || return 2
      "$CARGO_TARGET_DIR/debug/run_schedules" --seeds "0..$seeds" --until-caught >"$log" 2>&1 && return 1
      local tried; tried=$(sed -n 's/^\([0-9]*\) schedules.*/\1/p' "$log")
      [ -n "$tried" ] || return 2
      echo "schedules, $tried seeds"
      ;;
    core)
      tested --lib no_storm || return $?
      local seed; seed=$(sed -n 's/^seed \([0-9]*\)$/\1/p' "$log" | head -1)
      [ -n "$seed" ] || return 2
      echo "the core's storms, $((seed + 1)) seeds"
      ;;
    lib) tested --lib "$1" || return $?; echo "$1" ;;
    suite) tested --test proofs "$1" || return $?; echo "$1" ;;
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
    *) echo "$name: DOES NOT BUILD"; sed -n '1,20p' "$log"; missed=1 ;;
  esac
  patch -p1 -s -R --no-backup-if-mismatch <"$patch" || exit 2
done
exit "$missed"
