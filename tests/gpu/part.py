"""What a part of the run is given, and what it gives."""
import dataclasses
import json
import os
from pathlib import Path


class Skipped(Exception):
    """Why a part, or something of it, was not done."""


@dataclasses.dataclass
class Result:
    figures: list = dataclasses.field(default_factory=list)  # [what, figure]
    claims: list = dataclasses.field(default_factory=list)  # [what must hold, whether it does]
    curves: dict = dataclasses.field(default_factory=dict)  # name: [[x, y], …], for the plot
    skipped: str = ""  # why all of it was; then the rest is empty
    failed: str = ""  # why it could not end
    seconds: float = 0

    def figure(self, what, figure):
        self.figures.append([what, figure])

    def claim(self, what, holds):
        self.claims.append([what, bool(holds)])

    def fine(self):
        return not self.failed and all(holds for _, holds in self.claims)

    def json(self):
        return json.dumps(dataclasses.asdict(self))


@dataclasses.dataclass
class Place:
    """Where the parts find things, and how much they do."""

    prepared: Path
    out: Path
    updates: int = 1_000_000

    def environment(self):
        """The caller's, where what was prepared is found first."""
        paths = str(self.prepared.resolve()), os.environ.get("LD_LIBRARY_PATH")
        return {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(filter(None, paths))}

    def file(self, name):
        path = self.prepared / name
        if not path.exists():
            raise Skipped(f"{path} is not there: make gpu-tasks writes what it can, and said why it could not write this")
        return path
