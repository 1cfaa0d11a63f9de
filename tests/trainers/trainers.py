"""How the tests of this folder start trainers: with the build's Python, package and command."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT, BUILD = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()
PYTHON = BUILD / "python/bin/python"
ENVIRONMENT = dict(
    os.environ,
    PYTHONPATH=str(BUILD / "python_package"),
    LRC=str(BUILD / "bin/lrc"),
    LRC_CACHE="off",
    OMP_NUM_THREADS="1",
    MPLCONFIGDIR=str(BUILD / "matplotlib"),
)


def run(*call, cwd=None, timeout=300):
    """What a script prints; it must end well."""
    done = subprocess.run([PYTHON, *map(str, call)], cwd=cwd, env=ENVIRONMENT, text=True, timeout=timeout,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return done.stdout


def torchrun(ranks, *call, restarts=0):
    return run("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", ranks, "--max-restarts", restarts,
               *call)


def results_of_ranks(script, ranks):
    """What each rank of a script of this folder wrote, by rank."""
    with tempfile.TemporaryDirectory() as out:
        torchrun(ranks, Path(__file__).with_name(script), out)
        return [json.loads(Path(out, f"{rank}.json").read_text()) for rank in range(ranks)]
