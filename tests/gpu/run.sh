#!/usr/bin/env bash
# Everything that needs a GPU, in one command: `run.sh OUT [PREPARED] [gpu.py's options]`. Needs what `make gpu-tasks` prepared (build/gpu,
# or the folder that this script was copied into with it), the CUDA driver and Python. What it cannot do it says.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:?usage: run.sh OUT [PREPARED], OUT a folder for what is found}
shift
prepared=$here/../../build/gpu
[ -e "$here/tasks.jsonl.xz" ] && prepared=$here
if [ $# -gt 0 ] && [[ $1 != --* ]]; then
  prepared=$1
  shift
fi
[ -e "$prepared/tasks.jsonl.xz" ] || { echo "there is no $prepared/tasks.jsonl.xz: make gpu-tasks writes it" >&2; exit 3; }
exec python3 "$here/gpu.py" "$out" --prepared "$prepared" "$@"
