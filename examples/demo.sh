#!/usr/bin/env bash
# From the sentence to a trained model. Called by `make demo`; everything it writes is below BUILD.
#   examples/demo.sh BUILD
set -euo pipefail

build=${1:?usage: demo.sh BUILD}
lrc=$build/bin/lrc
sentence='warmup 6% linear then cosine to 0.01x'

title() { printf '\n\n== %s\n\n' "$*"; }
run() {
  printf '$ lrc'
  for word in "$@"; do
    case $word in
      *' '*) printf " '%s'" "$word" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
  "$lrc" "$@"
}

title "One sentence is a policy"
run compile "$sentence"
run explain "$sentence" --run '100K steps' --peak 3e-4
run plot "$sentence"

title "The same in a file, with the facts of the run"
run compile examples/policies/pretrain.lrp
run explain examples/policies/pretrain.lrp
run plot examples/policies/pretrain.lrp

title "A unit in the wrong place is explained (this is meant to fail)"
if run check 'warmup 6% linear then cosine to 1%'; then
  echo "the mistake was not found" >&2
  exit 1
fi

title "A language model, trained, stopped, resumed, and refused another policy"
examples/char_lm/demo.sh "$build"
