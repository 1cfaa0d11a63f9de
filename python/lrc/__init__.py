"""Learning-rate policies: written as a sentence, checked, compiled, the same bits everywhere.

    import lrc
    policy = lrc.compile("warmup 6% linear then cosine to 0.01x")
    policy.values(range(100_000), run="100K steps", peak=3e-4)      # NumPy

`lrc.torch.Scheduler` puts a policy into a PyTorch trainer; docs/python.md has the rest.
"""
from lrc._lrc import canary
from lrc._lrc import version as _version
from lrc.errors import Bug, Error, LimitError, Refused, ScheduleWarning, Unavailable, WrongCall
from lrc.policy import Observation, Policy, Run, compile, load

__version__ = _version()
__all__ = [
    "Bug", "Error", "LimitError", "Observation", "Policy", "Refused", "Run", "ScheduleWarning", "Unavailable",
    "WrongCall", "canary", "compile", "load",
]
