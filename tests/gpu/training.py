"""examples/cuda_graph on the device: it learns, its rates are the host's, and stopped and resumed it ends with the same bits."""
import re
import subprocess

from driver import Driver
from part import Result

TITLE = "examples/cuda_graph"
LAST, STOP = 1000, 450  # behind an evaluation that no update has looked at yet


def command(place, *arguments):
    return [place.file("digits_cuda"), "--policy", place.file("digits.lrpc"), "--data", place.file("digits.bytes"), *map(str, arguments)]


def train(place, *arguments):
    done = subprocess.run(command(place, *arguments), env=place.environment(), text=True, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"digits_cuda {' '.join(map(str, arguments))} ended with {done.returncode}: {done.stderr}{done.stdout[-500:]}")
    return done.stdout


def run(place):
    driver, result = Driver(), Result()
    whole, part = place.out / "whole.state", place.out / "part.state"
    text = train(place, "--save", whole)
    train(place, "--steps-to", STOP, "--save", part)
    train(place, "--resume", part, "--save", part)
    verified = train(place, "--verify", 300)
    last = re.findall(r"update +\d+: (loss .*)", text)[-1]
    compared = re.search(r"\d+ updates compared .*", verified)[0]
    result.figure("device", driver.name())
    result.figure(f"behind {LAST:,} updates", last)
    result.figure("read back at random replays", compared)
    result.claim("learns (88% right)", float(re.search(r"([\d.]+)% right", last)[1]) > 88)
    result.claim("the values of the host", compared.endswith(" 0 values differ"))
    same = all((place.out / f"whole.state{end}").read_bytes() == (place.out / f"part.state{end}").read_bytes() for end in ("", f".{LAST}"))
    result.claim("stopped and resumed, it ends with the same bits", same)
    return result
