#!/usr/bin/env python3
"""A learning-rate range test of the demo trainer: `lrc range-test` writes its policy, the trainer runs it, and
`lrc range-test` reads the trainer's log into a suggestion with its plot.

    examples/char_lm/range_test.py BUILD [UPDATES]     from the repository root
"""
import subprocess
import sys
from pathlib import Path


def main(build, updates="200"):
    work = Path(build, "demo")
    work.mkdir(exist_ok=True)
    policy, log, losses = work / "range.lrp", work / "range.log", work / "range.csv"
    lrc = Path(build, "bin/lrc")
    policy.write_text(subprocess.run([lrc, "range-test", "--from", "1e-5", "--to", "1", "--updates", updates],
                                     check=True, text=True, stdout=subprocess.PIPE).stdout)
    subprocess.run([Path(build, "bin/char_lm"), "--policy", policy, "--steps-to", updates, "--log", log],
                   check=True, stdout=subprocess.DEVNULL)
    rows = [line.split() for line in log.read_text().splitlines() if not line.startswith("#")]
    losses.write_text("lr,loss\n" + "".join(f"{float.fromhex(lr)!r},{float.fromhex(loss)!r}\n" for _, lr, loss in rows))
    return subprocess.run([lrc, "range-test", "--log", losses, "--width", "80", "--height", "20"]).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
