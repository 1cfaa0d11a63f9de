#!/usr/bin/env python3
"""TensorBoard itself reads what the sink writes.

    read_tensorboard_test.py WRITER PYTHON

PYTHON is one that imports the package `tensorboard`; without it the test says so and is skipped.
"""
import subprocess
import sys
import tempfile

WRITER, PYTHON = sys.argv[1:3]
READ = """
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0})
events.Reload()
assert sorted(events.Tags()["scalars"]) == ["lr", "lr/norms"], events.Tags()
for tag, by in (("lr", 1), ("lr/norms", 2)):
    # Multiples of 2^-9 below 2: exact in 32 bits.
    assert [(e.step, e.value) for e in events.Scalars(tag)] == [(k, k / 256 / by) for k in range(300)], tag
texts = events.Tensors("lrc/events")
assert [e.step for e in texts] == [0, 200]
assert b'"trigger":"nonfinite"' in texts[1].tensor_proto.string_val[0]
assert events.SummaryMetadata("lrc/events").plugin_data.plugin_name == "text"
print("read")
"""

try:
    there = subprocess.run([PYTHON, "-c", "import tensorboard"], capture_output=True).returncode == 0
except OSError:
    there = False
if not there:
    print(f"skipped: {PYTHON} does not import tensorboard (pip install tensorboard)")
    sys.exit(0)
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([WRITER, folder], check=True)
    result = subprocess.run([PYTHON, "-c", READ, folder], text=True, capture_output=True)
    if result.returncode != 0 or result.stdout != "read\n":
        sys.exit(result.stdout + result.stderr)
