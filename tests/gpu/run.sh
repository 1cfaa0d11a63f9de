#!/usr/bin/env bash
# Everything that needs a GPU, in one command: needs the built tasks (`make gpu-tasks`), the CUDA driver and Python.
# Without a device it says what it skipped.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tasks=("${@:-$here/../../build/gpu/tasks.jsonl.gz}")
for file in "${tasks[@]}"; do
  [ -e "$file" ] || { echo "there is no $file: make gpu-tasks writes it" >&2; exit 3; }
done
exec python3 "$here/bits.py" "${tasks[@]}"
