#!/usr/bin/env python3
"""Writes what tests/gpu/run.sh takes to a machine with a GPU into one folder, the scripts themselves included.

    prepare.py BUILD FOLDER COUNT    COUNT random programs with the interpreter's bits, the artifacts of the other parts, the library,
                                     the Python package and examples/cuda_graph, as far as they are built
"""
import itertools
import json
import lzma
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path += [str(HERE), str(HERE.parent / "differential")]
import replay
import timing
import torch_device
from policies import policy

TARGETS = "sm_75,sm_90"  # a GPU takes the best that is not above it
MOST_BYTES = 64 << 20
NAMES = ("hidden.weight", "hidden.bias", "scores.weight", "scores.bias")  # of examples/cuda_graph
GOAL = "policy goal version 1 {\n  run 100K steps\n  peak 3e-4\n  lr = warmup 6% linear then cosine to 0.01x\n}\n"


def feed(process):
    try:
        for seed in itertools.count():
            process.stdin.write(json.dumps({**policy(seed), "again": f"seed {seed}"}) + "\n")
    except BrokenPipeError:
        pass


def write_tasks(tasks, path, count):
    process = subprocess.Popen([tasks, "--programs", count], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    threading.Thread(target=feed, args=[process], daemon=True).start()
    with lzma.open(path, "wt", preset=6) as file:
        shutil.copyfileobj(process.stdout, file)
    if process.wait() != 0:
        sys.exit(f"{tasks} ended with {process.returncode}")


def compile_policy(lrc, text, path, names=(), how=("--target", TARGETS)):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "policy.lrp")
        source.write_text(text)
        call = [lrc, "compile", source, *how, "-o", path]
        if names:
            Path(folder, "names.txt").write_text("\n".join(names) + "\n")
            call += ["--parameters", Path(folder, "names.txt")]
        subprocess.run(call, check=True)


def write_artifacts(lrc, folder):
    compile_policy(lrc, replay.POLICY, folder / "replay.lrpc")
    compile_policy(lrc, replay.POLICY, folder / "replay.ptx", how=("--emit", "ptx", "--target", "sm_75"))
    compile_policy(lrc, GOAL, folder / "goal.lrpc")
    compile_policy(lrc, (ROOT / "examples/cuda_graph/digits.lrp").read_text(), folder / "digits.lrpc", NAMES)
    compile_policy(lrc, torch_device.POLICY, folder / "torch_device.lrpc", torch_device.NAMES)
    for groups in timing.GROUPS:
        for phases in timing.PHASES:
            compile_policy(lrc, timing.policy(groups, phases), folder / timing.artifact(groups, phases))


def write_kernels(folder):
    subprocess.run(["clang-19", "--target=nvptx64-nvidia-cuda", "-march=sm_75", "-O2", "-S", "-ffreestanding", "-nogpulib",
                    "-o", folder / "scenario.ptx", HERE / "scenario.c"], check=True)


def copy_built(build, folder):
    """Says what is not there, and why."""
    shutil.copy(build / "lib/liblrc.so.1", folder / "liblrc.so.1")
    shutil.copy(ROOT / "examples/cuda_graph/digits.bytes", folder)
    for path in HERE.iterdir():
        if path.suffix in (".py", ".sh"):
            shutil.copy(path, folder)
    if (build / "bin/digits_cuda").exists():
        shutil.copy(build / "bin/digits_cuda", folder)
    else:
        print("without examples/cuda_graph: it was not built, which needs nvcc")
    if (build / "python_package/lrc").exists():
        shutil.copytree(build / "python_package/lrc", folder / "python/lrc", ignore=shutil.ignore_patterns("__pycache__", "*compiler*", "*jit*", "*emit*"))
    else:
        print("without PyTorch's part: the Python package was not built (LRC_PYTHON)")


def main():
    build, folder, count = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_tasks(build / "bin/gpu_tasks", folder / "tasks.jsonl.xz", count)
    write_artifacts(build / "bin/lrc", folder)
    write_kernels(folder)
    copy_built(build, folder)
    size = sum(path.stat().st_size for path in folder.rglob("*"))
    print(f"{folder}: {count} programs and all else, {size / (1 << 20):.1f} MiB")
    if size > MOST_BYTES:
        sys.exit(f"that is above {MOST_BYTES >> 20} MiB")


if __name__ == "__main__":
    main()
