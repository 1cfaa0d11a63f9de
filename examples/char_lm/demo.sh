#!/usr/bin/env bash
# Shows that a run which is stopped and resumed in a new process goes on with the same bits, and
# that a checkpoint refuses another policy. Everything is written below BUILD/demo.
# CHAR_LM_STEPS, CHAR_LM_STOP, CHAR_LM_DATA and CHAR_LM_WORK change the length, where the run is
# stopped (half way unless said), the text and the folder.
#
#   examples/char_lm/demo.sh BUILD     from the repository root; uses BUILD/bin/char_lm
#
# Exit: 0 all held, 1 something did not, 2 wrong call.
set -euo pipefail

if [[ $# -ne 1 || ! -x "$1/bin/char_lm" ]]; then
  echo "usage: $0 BUILD, a build folder that has bin/char_lm" >&2
  exit 2
fi

trainer="$1/bin/char_lm"
policy=examples/char_lm/char_lm.lrp
data="${CHAR_LM_DATA:-/usr/share/games/fortunes}"
work="${CHAR_LM_WORK:-$1/demo}"
steps="${CHAR_LM_STEPS:-800}"
middle="${CHAR_LM_STOP:-$((steps / 2))}"

rm -rf "$work"
mkdir -p "$work"

say() { printf '\n%s\n' "$*"; }
fail() { printf '\nFAILED: %s\n' "$*" >&2; exit 1; }
updates() { grep -v '^#' "$1"; }

say "1. Train without a stop: $steps updates."
"$trainer" --policy "$policy" --data "$data" --steps-to "$steps" --log "$work/whole.log"

say "2. Train the first $middle updates, save, and end the process."
"$trainer" --policy "$policy" --data "$data" --steps-to "$middle" --log "$work/first.log" \
  --save "$work/middle.pt"

say "3. Resume in a new process, to the end."
"$trainer" --policy "$policy" --data "$data" --steps-to "$steps" --log "$work/second.log" \
  --resume "$work/middle.pt"

say "4. Compare: learning rates of both parameter groups and loss, as hex floats."
updates "$work/whole.log" > "$work/whole.updates"
{ updates "$work/first.log"; updates "$work/second.log"; } > "$work/parts.updates"
for update in 0 $((middle - 1)) "$middle" $((middle + 1)) $((steps - 1)); do
  printf '  without a stop   %s\n' "$(grep "^$update " "$work/whole.updates")"
  printf '  stopped at %-4s  %s\n' "$middle" "$(grep "^$update " "$work/parts.updates")"
done
[[ $(wc -l < "$work/whole.updates") -eq $steps ]] || fail "the log does not have $steps updates"
cmp "$work/whole.updates" "$work/parts.updates" || fail "the resumed run differs"
echo "  identical for every one of the $steps updates"

say "5. Try to resume with another policy: the same file with a warmup of 10%."
sed 's/warmup 6%/warmup 10%/' "$policy" > "$work/other.lrp"
cmp -s "$policy" "$work/other.lrp" && fail "the other policy is the same"
status=0
"$trainer" --policy "$work/other.lrp" --data "$data" --steps-to "$steps" \
  --resume "$work/middle.pt" 2> "$work/refusal" || status=$?
cat "$work/refusal" >&2
[[ $status -eq 1 ]] || fail "the other policy was not refused (exit $status)"
# Other text, threads or a policy that does not compile end in 1, too.
grep -q 'belongs to another policy' "$work/refusal" || fail "it was refused for another reason"

say "All held: same bits after a resume, and no resume under another policy."
