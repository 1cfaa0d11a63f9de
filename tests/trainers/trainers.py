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


def outcome(*call, cwd=None, timeout=300):
    """The exit code of a script and what it prints. One that takes too long is asked to end, so that torchrun ends its
    ranks."""
    with subprocess.Popen([PYTHON, *map(str, call)], cwd=cwd, env=ENVIRONMENT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        try:
            text, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.terminate()
            raise
        return process.returncode, text


def run(*call, cwd=None):
    """What a script prints; it must end well."""
    code, text = outcome(*call, cwd=cwd)
    assert code == 0, text
    return text


def torchrun(ranks, *call):
    return "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", ranks, *call


def results_of_ranks(script, ranks):
    """What each rank of a script of this folder wrote, by rank."""
    with tempfile.TemporaryDirectory() as out:
        run(*torchrun(ranks, Path(__file__).with_name(script), out))
        return [json.loads(Path(out, f"{rank}.json").read_text()) for rank in range(ranks)]
