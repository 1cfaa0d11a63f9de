"""What goes wrong, each with a text for a person: what was seen, why it is refused, how to go on."""


class Error(Exception):
    """Of everything that lrc raises."""


class Refused(Error):
    """The policy, the facts or the state do not fit."""


class WrongCall(Error, ValueError):
    """An argument of the call."""


class Unavailable(Error, OSError):
    """A file, a library or the machine."""


class LimitError(Error):
    """A published limit."""


class Bug(Error):
    """A mistake of lrc."""


class ScheduleWarning(UserWarning):
    """A trainer's calls do not mean what they seem to; said once."""
