"""The calls of the CUDA driver that the parts need, by ctypes, on the first device's primary context."""
import ctypes


class NoDevice(Exception):
    pass


class Driver:
    def __init__(self):
        try:
            self.library = ctypes.CDLL("libcuda.so.1")
        except OSError as error:
            raise NoDevice(f"there is no CUDA driver here ({error})") from None
        code = self.library.cuInit(0)
        if code != 0:
            raise NoDevice(f"the CUDA driver finds no device (cuInit gives {code})")
        self.device, self.context = ctypes.c_int(), ctypes.c_void_p()
        self.call("cuDeviceGet", ctypes.byref(self.device), 0)
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(self.context), self.device)
        self.enter()

    def enter(self):
        """In each thread that calls."""
        self.call("cuCtxSetCurrent", self.context)

    def call(self, name, *arguments):
        code = getattr(self.library, name)(*arguments)
        if code != 0:
            text = ctypes.c_char_p()
            self.library.cuGetErrorString(code, ctypes.byref(text))
            raise RuntimeError(f"{name}: {text.value.decode() if text.value else code}")

    def name(self):
        text, version = ctypes.create_string_buffer(100), ctypes.c_int()
        self.call("cuDeviceGetName", text, len(text), self.device)
        self.call("cuDriverGetVersion", ctypes.byref(version))
        return f"{text.value.decode()}, CUDA driver {version.value // 1000}.{version.value % 1000 // 10}"

    # ------------------------------------------------------------------------------------------ memory
    # Streams of ours wait for no other, so whoever writes waits until it is written: the calls themselves may not.

    def allocate(self, size):
        place = ctypes.c_uint64()
        self.call("cuMemAlloc_v2", ctypes.byref(place), ctypes.c_size_t(max(size, 8)))
        self.call("cuMemsetD8_v2", place, ctypes.c_ubyte(0), ctypes.c_size_t(max(size, 8)))
        self.synchronize()
        return place

    def write(self, place, data):
        self.call("cuMemcpyHtoD_v2", place, bytes(data), ctypes.c_size_t(len(data)))
        self.synchronize()

    def to_device(self, data):
        place = self.allocate(len(data))
        self.write(place, data)
        return place

    def to_host(self, place, size):
        data = ctypes.create_string_buffer(size)
        self.call("cuMemcpyDtoH_v2", data, place, ctypes.c_size_t(size))
        return data.raw

    def free(self, *places):
        for place in places:
            self.call("cuMemFree_v2", place)

    # ----------------------------------------------------------------------------------------- kernels

    def module(self, ptx):
        module = ctypes.c_void_p()
        self.call("cuModuleLoadData", ctypes.byref(module), ptx.encode() + b"\0")
        return module

    def linked(self, *texts):
        """A module of several texts of PTX, which call each other."""
        state, image, size, module = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_void_p()
        self.call("cuLinkCreate_v2", 0, None, None, ctypes.byref(state))
        for text in texts:
            data = text.encode() + b"\0"
            self.call("cuLinkAddData_v2", state, 1, data, ctypes.c_size_t(len(data)), b"code", 0, None, None)
        self.call("cuLinkComplete", state, ctypes.byref(image), ctypes.byref(size))
        self.call("cuModuleLoadData", ctypes.byref(module), image)
        self.call("cuLinkDestroy", state)
        return module

    def kernel(self, module, name):
        kernel = ctypes.c_void_p()
        self.call("cuModuleGetFunction", ctypes.byref(kernel), module, name.encode())
        return kernel

    def unload(self, module):
        self.call("cuModuleUnload", module)

    def launch(self, kernel, arguments, blocks=1, threads=1, stream=None):
        """`arguments` are of ctypes."""
        pointers = [ctypes.cast(ctypes.pointer(each), ctypes.c_void_p) for each in arguments]
        parameters = (ctypes.c_void_p * max(len(pointers), 1))(*pointers)
        self.call("cuLaunchKernel", kernel, blocks, 1, 1, threads, 1, 1, 0, stream, parameters, None)

    # ------------------------------------------------------------------------------ streams and graphs

    def stream(self):
        stream = ctypes.c_void_p()
        self.call("cuStreamCreate", ctypes.byref(stream), 1)  # waits for no other
        return stream

    def synchronize(self, stream=None):
        if stream is None:
            self.call("cuCtxSynchronize")
        else:
            self.call("cuStreamSynchronize", stream)

    def capture(self, stream, body):
        """A graph of what `body` puts into the stream, and what nodes it has, by kind."""
        graph, executable = ctypes.c_void_p(), ctypes.c_void_p()
        self.call("cuStreamBeginCapture_v2", stream, 1)  # of this thread
        body()
        self.call("cuStreamEndCapture", stream, ctypes.byref(graph))
        nodes = self._nodes(graph)
        self.call("cuGraphInstantiateWithFlags", ctypes.byref(executable), graph, ctypes.c_ulonglong(0))
        self.call("cuGraphDestroy", graph)
        return executable, nodes

    NODE_KINDS = {0: "kernel", 1: "memcpy", 2: "memset", 3: "host"}

    def _nodes(self, graph):
        count = ctypes.c_size_t()
        self.call("cuGraphGetNodes", graph, None, ctypes.byref(count))
        nodes = (ctypes.c_void_p * count.value)()
        self.call("cuGraphGetNodes", graph, nodes, ctypes.byref(count))
        kinds = {}
        for node in nodes:
            kind = ctypes.c_int()
            self.call("cuGraphNodeGetType", ctypes.c_void_p(node), ctypes.byref(kind))
            name = self.NODE_KINDS.get(kind.value, f"kind {kind.value}")
            kinds[name] = kinds.get(name, 0) + 1
        return kinds

    def replay(self, executable, stream):
        self.call("cuGraphLaunch", executable, stream)

    def microseconds(self, stream, body):
        """That the device takes for what `body` puts into the stream."""
        begin, end = ctypes.c_void_p(), ctypes.c_void_p()
        for event in (begin, end):
            self.call("cuEventCreate", ctypes.byref(event), 0)
        self.call("cuEventRecord", begin, stream)
        body()
        self.call("cuEventRecord", end, stream)
        self.call("cuEventSynchronize", end)
        milliseconds = ctypes.c_float()
        self.call("cuEventElapsedTime", ctypes.byref(milliseconds), begin, end)
        for event in (begin, end):
            self.call("cuEventDestroy_v2", event)
        return 1000 * milliseconds.value
