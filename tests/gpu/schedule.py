"""liblrc by ctypes: a run of an artifact, and its schedule on a device."""
import ctypes
from pathlib import Path

DOUBLE, FLOAT, STEPS, METRIC, EVALUATION = 0, 1, 2, 6, 7  # of lrc_device_place


class Facts(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_size_t), ("run", ctypes.c_char_p), ("peak", ctypes.c_char_p), ("batch", ctypes.c_char_p),
        ("rates", ctypes.c_void_p), ("rate_count", ctypes.c_size_t), ("parameters", ctypes.c_void_p),
        ("parameter_count", ctypes.c_size_t), ("names", ctypes.c_void_p), ("name_count", ctypes.c_size_t), ("backend", ctypes.c_int),
    ]


class Options(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_size_t), ("device", ctypes.c_int), ("found_inf", ctypes.c_uint64), ("samples", ctypes.c_int64),
        ("tokens", ctypes.c_int64), ("events", ctypes.c_size_t),
    ]


WORD = ctypes.c_size_t
HANDLE = ctypes.c_void_p
SIGNATURES = {
    "lrc_last_error": (WORD, [ctypes.c_char_p, WORD]),
    "lrc_policy_open": (ctypes.c_int, [ctypes.c_char_p, HANDLE]),
    "lrc_bind": (ctypes.c_int, [HANDLE, HANDLE, HANDLE]),
    "lrc_run_get": (WORD, [HANDLE, ctypes.c_int, ctypes.c_char_p, WORD]),
    "lrc_outputs": (WORD, [HANDLE]),
    "lrc_groups": (WORD, [HANDLE]),
    "lrc_step": (ctypes.c_int64, [HANDLE]),
    "lrc_values": (None, [HANDLE, HANDLE]),
    "lrc_advance": (None, [HANDLE]),
    "lrc_observe": (ctypes.c_int, [HANDLE, ctypes.c_char_p, ctypes.c_double, ctypes.c_int64, HANDLE]),
    "lrc_save": (WORD, [HANDLE, ctypes.c_char_p, WORD]),
    "lrc_load": (ctypes.c_int, [HANDLE, ctypes.c_char_p, WORD, ctypes.c_char_p]),
}
DEVICE_SIGNATURES = {
    "lrc_device_open": (ctypes.c_int, [HANDLE, HANDLE, HANDLE]),
    "lrc_device_close": (None, [HANDLE]),
    "lrc_device_update": (ctypes.c_int, [HANDLE, HANDLE]),
    "lrc_device_pull": (ctypes.c_int, [HANDLE, HANDLE, HANDLE]),
    "lrc_device_push": (ctypes.c_int, [HANDLE, HANDLE, HANDLE]),
    "lrc_device_address": (ctypes.c_uint64, [HANDLE, ctypes.c_int, WORD]),
    "lrc_device_origin": (WORD, [HANDLE, ctypes.c_char_p, WORD]),
    "lrc_metrics": (WORD, [HANDLE]),
    "lrc_metric_name": (WORD, [HANDLE, WORD, ctypes.c_char_p, WORD]),
}


class Library:
    def __init__(self, folder):
        self.library = ctypes.CDLL(str(Path(folder, "liblrc.so.1").resolve()))
        for name, (result, arguments) in (SIGNATURES | DEVICE_SIGNATURES).items():
            if name in DEVICE_SIGNATURES and not hasattr(self.library, name):
                continue
            function = getattr(self.library, name)
            function.restype, function.argtypes = result, arguments

    def __getattr__(self, name):
        return getattr(self.library, name)

    def check(self, status):
        if status != 0:
            raise RuntimeError(text(self.library.lrc_last_error))

    def run(self, artifact):
        """Of a policy that says all of its facts."""
        policy, run = ctypes.c_void_p(), ctypes.c_void_p()
        self.check(self.lrc_policy_open(str(artifact).encode(), ctypes.byref(policy)))
        facts = Facts(size=ctypes.sizeof(Facts))
        self.check(self.lrc_bind(policy, ctypes.byref(facts), ctypes.byref(run)))
        return Run(self, run)


def text(call, *arguments):
    buffer = ctypes.create_string_buffer(call(*arguments, None, 0) + 1)
    call(*arguments, buffer, len(buffer))
    return buffer.value.decode()


class Run:
    def __init__(self, library, handle):
        self.library, self.handle = library, handle
        self.slots = library.lrc_outputs(handle) * library.lrc_groups(handle)

    def save(self):
        return text(self.library.lrc_save, self.handle)

    def load(self, record):
        data = record.encode()
        self.library.check(self.library.lrc_load(self.handle, data, len(data), None))

    def step(self):
        return self.library.lrc_step(self.handle)

    def metrics(self):
        return [text(self.library.lrc_metric_name, self.handle, k) for k in range(self.library.lrc_metrics(self.handle))]


class Device:
    """The schedule of a run on the device, through the stream."""

    def __init__(self, run, stream, found_inf=0):
        self.run, self.stream, self.handle = run, stream, ctypes.c_void_p()
        options = Options(size=ctypes.sizeof(Options), found_inf=found_inf)
        run.library.check(run.library.lrc_device_open(run.handle, ctypes.byref(options), ctypes.byref(self.handle)))

    def close(self):
        self.run.library.lrc_device_close(self.handle)

    def update(self):
        self.run.library.check(self.run.library.lrc_device_update(self.handle, self.stream))

    def pull(self):
        self.run.library.check(self.run.library.lrc_device_pull(self.handle, self.run.handle, self.stream))

    def push(self):
        self.run.library.check(self.run.library.lrc_device_push(self.handle, self.run.handle, self.stream))

    def address(self, place, index=0):
        return self.run.library.lrc_device_address(self.handle, place, index)

    def origin(self):
        return text(self.run.library.lrc_device_origin, self.handle)
