"""What the host called and what the GPU ran while something went on, by CUPTI."""
import collections
import ctypes
import glob
import os
import sys

NAMES = ("libcupti.so.13", "libcupti.so.12", "libcupti.so", "/usr/local/cuda/lib64/libcupti.so", "/usr/local/cuda/extras/CUPTI/lib64/libcupti.so")
IN_PACKAGES = "nvidia/*/lib/libcupti.so*"  # as PyTorch installs it
BUFFER = 1 << 20


class NotMeasured(Exception):
    pass


def found():
    packages = [path for folder in sys.path for path in sorted(glob.glob(os.path.join(folder, IN_PACKAGES)))]
    for name in (*NAMES, *packages):
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise NotMeasured("there is no CUPTI here: pip install nvidia-cuda-cupti")


class Cupti:
    DRIVER_API = 1
    KINDS = {1: "copy", 2: "memset", 10: "kernel"}  # of CUpti_ActivityKind
    SEEN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32, ctypes.POINTER(ctypes.c_int))
    MORE = ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_size_t), ctypes.POINTER(ctypes.c_size_t))
    FULL = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)

    def __init__(self, library=None):
        self.library = library or found()
        self.kept = []  # what CUPTI may still call and write

    def calls(self, body):
        """Of the driver, by name."""
        seen = collections.Counter()

        def enter(_, domain, number, site):
            if site[0] == 0:
                seen[number] += 1

        callback, subscriber = self.SEEN(enter), ctypes.c_void_p()
        self._call("cuptiSubscribe", ctypes.byref(subscriber), callback, None)
        try:
            self._call("cuptiEnableDomain", ctypes.c_uint32(1), subscriber, self.DRIVER_API)
            body()
        finally:
            self._call("cuptiUnsubscribe", subscriber)
        return {self._name(number): count for number, count in seen.items()}

    def activities(self, body):
        """Of the GPU, by kind. The body waits for it."""
        seen = collections.Counter()

        def more(buffer, size, records):
            self.kept.append(ctypes.create_string_buffer(BUFFER))
            buffer[0], size[0], records[0] = ctypes.addressof(self.kept[-1]), BUFFER, 0

        def full(_, stream, buffer, size, valid):
            record = ctypes.c_void_p()
            while self.library.cuptiActivityGetNextRecord(ctypes.c_void_p(buffer), ctypes.c_size_t(valid), ctypes.byref(record)) == 0:
                kind = ctypes.c_uint32.from_address(record.value).value  # the head of every record
                seen[self.KINDS.get(kind, f"kind {kind}")] += 1

        self.kept += [self.MORE(more), self.FULL(full)]
        self._call("cuptiActivityRegisterCallbacks", *self.kept[-2:])
        for kind in self.KINDS:
            self._call("cuptiActivityEnable", kind)
        body()
        for kind in self.KINDS:
            self._call("cuptiActivityDisable", kind)
        self._call("cuptiActivityFlushAll", ctypes.c_uint32(1))
        return dict(seen)

    def _name(self, number):
        text = ctypes.c_char_p()
        self._call("cuptiGetCallbackName", self.DRIVER_API, ctypes.c_uint32(number), ctypes.byref(text))
        return text.value.decode()

    def _call(self, name, *arguments):
        code = getattr(self.library, name)(*arguments)
        if code != 0:
            raise NotMeasured(f"{name} gives {code}")
