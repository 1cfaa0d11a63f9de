#include "tests/cuda/fake_driver.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace {

constexpr int fine = 0, invalid_value = 1, invalid_context = 201, invalid_handle = 400,
              capture_unsupported = 900;

struct Launch {
  void* block;
  std::uint32_t evaluate;
};

struct Double {
  std::recursive_mutex mutex;
  std::string calls;
  std::uint64_t until_failure = 0;
  int failure = fine;
  int devices = 1, major = 9, minor = 0;
  fake_living alive = {};
  std::map<std::uint64_t, std::size_t> memory;  // bytes by address
  std::set<void*> streams = {nullptr}, captured;
  std::vector<Launch> graph;
  fake_function function = nullptr;
  void* user = nullptr;
  unsigned threads = 0;
  int most_threads = 1024;
  std::string log;
};

Double& the() {
  static Double instance;
  return instance;
}

thread_local int current = 0;       // contexts pushed
thread_local int capture_mode = 0;  // CU_STREAM_CAPTURE_MODE_GLOBAL

// Records a call; what it must give at once, or `fine`.
int called(const char* name) {
  the().calls.append(name).append("\n");
  if (the().until_failure == 0 || --the().until_failure > 0) return fine;
  return the().failure;
}

int called_in_context(const char* name) {
  if (const int code = called(name); code != fine) return code;
  return current > 0 ? fine : invalid_context;
}

// While a stream anywhere is captured, what may wait or allocate is forbidden to threads that did
// not ask for the relaxed mode.
int called_outside_captures(const char* name) {
  if (const int code = called_in_context(name); code != fine) return code;
  return the().captured.empty() || capture_mode == 2 ? fine : capture_unsupported;
}

bool lies_in_memory(std::uint64_t address, std::size_t bytes) {
  auto behind = the().memory.upper_bound(address);
  if (behind == the().memory.begin()) return false;
  const auto& [begin, size] = *std::prev(behind);
  return address - begin <= size && bytes <= size - (address - begin);
}

int copied(const char* name, void* to, const void* from, std::uint64_t device, std::size_t bytes,
           void* stream) {
  if (const int code = called_in_context(name); code != fine) return code;
  if (the().streams.count(stream) == 0) return invalid_handle;
  if (the().captured.count(stream) != 0) return capture_unsupported;
  if (!lies_in_memory(device, bytes)) return invalid_value;
  std::memcpy(to, from, bytes);
  return fine;
}

void run(const Launch& launch) {
  if (the().function != nullptr) the().function(launch.block, launch.evaluate, the().user);
}

using Guard = std::lock_guard<std::recursive_mutex>;

}  // namespace

extern "C" {

void fake_most_threads(int threads) { the().most_threads = threads; }

void fake_reset(void) {
  const Guard guard(the().mutex);
  the().calls.clear();
  the().until_failure = 0;
}

void fake_devices(int count, int major, int minor) {
  const Guard guard(the().mutex);
  the().devices = count;
  the().major = major;
  the().minor = minor;
}

void fake_fail(uint64_t call, int code) {
  const Guard guard(the().mutex);
  the().until_failure = call;
  the().failure = code;
}

size_t fake_calls(char* buffer, size_t size) {
  const Guard guard(the().mutex);
  const std::string& calls = the().calls;
  if (size > 0) {
    const std::size_t copied_bytes = std::min(size - 1, calls.size());
    std::memcpy(buffer, calls.data(), copied_bytes);
    buffer[copied_bytes] = '\0';
  }
  return calls.size();
}

fake_living fake_alive(void) {
  const Guard guard(the().mutex);
  return the().alive;
}

void fake_kernel(fake_function function, void* user) {
  const Guard guard(the().mutex);
  the().function = function;
  the().user = user;
}

unsigned fake_threads(void) {
  const Guard guard(the().mutex);
  return the().threads;
}

void fake_capture(void* stream, int on) {
  const Guard guard(the().mutex);
  if (on == 0) {
    the().captured.erase(stream);
    return;
  }
  the().captured.insert(stream);
  the().graph.clear();
}

void fake_replay(void) {
  const Guard guard(the().mutex);
  for (const Launch& launch : the().graph) run(launch);
}

void fake_log(const char* text) {
  const Guard guard(the().mutex);
  the().log = text == nullptr ? "" : text;
}

// The driver's functions. Types are those of the same size in cuda.h. What gives something back
// does so even where it gives a code: CUDA's may be that of a kernel before.

int cuInit(unsigned) {
  const Guard guard(the().mutex);
  if (const int code = called("cuInit"); code != fine) return code;
  return the().devices == 0 ? 100 : fine;
}

int cuGetErrorName(int code, const char** text) {
  *text = code == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : code == 100 ? "CUDA_ERROR_NO_DEVICE" : nullptr;
  return *text == nullptr ? invalid_value : fine;
}

int cuGetErrorString(int code, const char** text) {
  *text = code == 2     ? "out of memory"
          : code == 100 ? "no CUDA-capable device is detected"
                        : nullptr;
  return *text == nullptr ? invalid_value : fine;
}

int cuDeviceGetCount(int* count) {
  const Guard guard(the().mutex);
  if (const int code = called("cuDeviceGetCount"); code != fine) return code;
  *count = the().devices;
  return fine;
}

int cuDeviceGet(int* device, int number) {
  const Guard guard(the().mutex);
  if (const int code = called("cuDeviceGet"); code != fine) return code;
  if (number < 0 || number >= the().devices) return 101;
  *device = number;
  return fine;
}

int cuDeviceGetAttribute(int* value, int attribute, int) {
  const Guard guard(the().mutex);
  if (const int code = called("cuDeviceGetAttribute"); code != fine) return code;
  if (attribute != 75 && attribute != 76) return invalid_value;
  *value = attribute == 75 ? the().major : the().minor;
  return fine;
}

int cuDevicePrimaryCtxRetain(void** context, int) {
  const Guard guard(the().mutex);
  if (const int code = called("cuDevicePrimaryCtxRetain"); code != fine) return code;
  ++the().alive.contexts;
  *context = &the();
  return fine;
}

int cuDevicePrimaryCtxRelease_v2(int) {
  const Guard guard(the().mutex);
  --the().alive.contexts;
  return called("cuDevicePrimaryCtxRelease");
}

int cuCtxPushCurrent_v2(void* context) {
  const Guard guard(the().mutex);
  if (const int code = called("cuCtxPushCurrent"); code != fine) return code;
  if (context != &the() || the().alive.contexts == 0) return invalid_context;
  ++current;
  ++the().alive.pushed;
  return fine;
}

int cuCtxPopCurrent_v2(void** context) {
  const Guard guard(the().mutex);
  const int code = called_in_context("cuCtxPopCurrent");
  if (code == invalid_context) return code;
  --current;
  --the().alive.pushed;
  *context = &the();
  return code;
}

int cuModuleLoadDataEx(void** module, const void*, unsigned count, int* options, void** values) {
  const Guard guard(the().mutex);
  if (count > 0 && options[0] == 5)
    std::strncpy(static_cast<char*>(values[0]), the().log.c_str(),
                 reinterpret_cast<std::size_t>(values[1]) - 1);
  if (const int code = called_outside_captures("cuModuleLoadDataEx"); code != fine) return code;
  ++the().alive.modules;
  *module = &the();
  return fine;
}

int cuModuleUnload(void*) {
  const Guard guard(the().mutex);
  const int code = called_outside_captures("cuModuleUnload");
  if (code == invalid_context || code == capture_unsupported) return code;
  --the().alive.modules;
  return code;
}

int cuModuleGetFunction(void** function, void*, const char* name) {
  const Guard guard(the().mutex);
  if (const int code = called_in_context("cuModuleGetFunction"); code != fine) return code;
  *function = &the();
  return std::strcmp(name, "lrc_update") == 0 ? fine : 500;
}

int cuFuncGetAttribute(int* value, int attribute, void*) {
  const Guard guard(the().mutex);
  if (const int code = called_in_context("cuFuncGetAttribute"); code != fine) return code;
  *value = the().most_threads;
  return attribute == 0 ? fine : 1;
}

int cuMemAlloc_v2(std::uint64_t* memory, std::size_t bytes) {
  const Guard guard(the().mutex);
  if (const int code = called_outside_captures("cuMemAlloc"); code != fine) return code;
  void* block = ::operator new(bytes, std::align_val_t{256});
  std::memset(block, 0xa5, bytes);  // nobody may rely on zeros
  *memory = reinterpret_cast<std::uint64_t>(block);
  the().memory[*memory] = bytes;
  ++the().alive.allocations;
  return fine;
}

int cuMemFree_v2(std::uint64_t memory) {
  const Guard guard(the().mutex);
  const int code = called_outside_captures("cuMemFree");
  if (code == invalid_context || code == capture_unsupported) return code;
  if (the().memory.erase(memory) == 0) return invalid_value;
  ::operator delete(reinterpret_cast<void*>(memory), std::align_val_t{256});
  --the().alive.allocations;
  return code;
}

int cuMemcpyHtoDAsync_v2(std::uint64_t to, const void* from, std::size_t bytes, void* stream) {
  const Guard guard(the().mutex);
  return copied("cuMemcpyHtoDAsync", reinterpret_cast<void*>(to), from, to, bytes, stream);
}

int cuMemcpyDtoHAsync_v2(void* to, std::uint64_t from, std::size_t bytes, void* stream) {
  const Guard guard(the().mutex);
  return copied("cuMemcpyDtoHAsync", to, reinterpret_cast<const void*>(from), from, bytes, stream);
}

int cuStreamCreate(void** stream, unsigned flags) {
  const Guard guard(the().mutex);
  if (const int code = called_in_context("cuStreamCreate"); code != fine) return code;
  if (flags > 1) return invalid_value;
  *stream = new char;
  the().streams.insert(*stream);
  ++the().alive.streams;
  return fine;
}

int cuStreamDestroy_v2(void* stream) {
  const Guard guard(the().mutex);
  const int code = called_in_context("cuStreamDestroy");
  if (code == invalid_context) return code;
  if (stream == nullptr || the().streams.erase(stream) == 0) return invalid_handle;
  delete static_cast<char*>(stream);
  --the().alive.streams;
  return code;
}

int cuStreamSynchronize(void* stream) {
  const Guard guard(the().mutex);
  if (const int code = called_in_context("cuStreamSynchronize"); code != fine) return code;
  return the().captured.count(stream) == 0 ? fine : capture_unsupported;
}

int cuStreamIsCapturing(void* stream, int* status) {
  const Guard guard(the().mutex);
  if (const int code = called_in_context("cuStreamIsCapturing"); code != fine) return code;
  if (the().streams.count(stream) == 0) return invalid_handle;
  *status = the().captured.count(stream) != 0 ? 1 : 0;
  // A capture elsewhere takes the default stream in.
  return stream == nullptr && *status == 0 && !the().captured.empty() ? 906 : fine;
}

int cuThreadExchangeStreamCaptureMode(int* mode) {
  const Guard guard(the().mutex);
  if (const int code = called("cuThreadExchangeStreamCaptureMode"); code != fine) return code;
  std::swap(*mode, capture_mode);
  return fine;
}

int cuLaunchKernel(void*, unsigned, unsigned, unsigned, unsigned threads, unsigned, unsigned,
                   unsigned, void* stream, void** arguments, void**) {
  const Guard guard(the().mutex);
  if (const int code = called_in_context("cuLaunchKernel"); code != fine) return code;
  if (the().streams.count(stream) == 0) return invalid_handle;
  the().threads = threads;
  Launch launch{};
  std::memcpy(&launch.block, arguments[0], sizeof launch.block);
  std::memcpy(&launch.evaluate, arguments[1], sizeof launch.evaluate);
  if (the().captured.count(stream) == 0)
    run(launch);
  else
    the().graph.push_back(launch);
  return fine;
}

}  // extern "C"
