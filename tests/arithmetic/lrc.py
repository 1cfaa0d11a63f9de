"""The command, for tests that compare bits: what `lrc eval --format csv` prints reads back to the same binary64."""
import csv
import subprocess


def backends(lrc):
    version = subprocess.run([lrc, "--version"], text=True, capture_output=True).stdout
    if "jit (not found)" not in version:
        return ["interp", "jit"]
    print("skipped: the JIT, which was not built")
    return ["interp"]


def evaluated(lrc, text, steps, *flags):
    """{step: {output: value}}."""
    call = [lrc, "eval", "-", "--at", ",".join(map(str, steps)), "--format", "csv", *flags]
    result = subprocess.run(call, input=text, text=True, capture_output=True)
    assert result.returncode == 0, f"{text}{result.stderr}"
    rows = csv.DictReader(result.stdout.splitlines())
    return {int(row.pop("step")): {output: float(value) for output, value in row.items()} for row in rows}
