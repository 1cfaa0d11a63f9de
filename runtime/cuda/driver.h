#pragma once
// The functions of the CUDA driver that a device schedule calls, found by dlopen of libcuda.so.1
// when they are first needed: nothing is linked, and no header of CUDA is needed to build. Names,
// order of arguments and numbers are those of cuda.h (CUDA Driver API reference, 12.0 and later),
// whose versioned symbols are asked for.

#include <cstddef>
#include <cstdint>
#include <string>

#include <tl/expected.hpp>

namespace lrc::cuda {

// As cuda.h declares them, for x86-64 and AArch64.
using Code = int;               // CUresult
using Device = int;             // CUdevice
using Address = std::uint64_t;  // CUdeviceptr
using Context = struct ContextOfDriver*;
using Module = struct ModuleOfDriver*;
using Function = struct FunctionOfDriver*;
using Stream = struct StreamOfDriver*;

inline constexpr Code fine = 0;
inline constexpr Code capturing_implicitly = 906;
inline constexpr int compute_capability_major = 75;  // CUdevice_attribute
inline constexpr int compute_capability_minor = 76;
inline constexpr int maximum_threads = 0;  // CUfunction_attribute, of a block
inline constexpr int error_log = 5;        // CUjit_option
inline constexpr int error_log_bytes = 6;
inline constexpr unsigned non_blocking = 1;  // CUstream_flags
inline constexpr int not_capturing = 0;      // CUstreamCaptureStatus
inline constexpr int relaxed_capture = 2;    // CUstreamCaptureMode

// Name, symbol, arguments: all give a Code.
#define LRC_DRIVER_FUNCTIONS(X)                                                                   \
  X(init, "cuInit", (unsigned flags))                                                             \
  X(error_name, "cuGetErrorName", (Code code, const char** text))                                 \
  X(error_text, "cuGetErrorString", (Code code, const char** text))                               \
  X(device_count, "cuDeviceGetCount", (int* count))                                               \
  X(device, "cuDeviceGet", (Device * device, int number))                                         \
  X(attribute, "cuDeviceGetAttribute", (int* value, int attribute, Device device))                \
  X(retain_context, "cuDevicePrimaryCtxRetain", (Context * context, Device device))               \
  X(release_context, "cuDevicePrimaryCtxRelease_v2", (Device device))                             \
  X(push_context, "cuCtxPushCurrent_v2", (Context context))                                       \
  X(pop_context, "cuCtxPopCurrent_v2", (Context * context))                                       \
  X(load_module, "cuModuleLoadDataEx",                                                            \
    (Module * module, const void* image, unsigned count, int* options, void** values))            \
  X(unload_module, "cuModuleUnload", (Module module))                                             \
  X(find_function, "cuModuleGetFunction", (Function * function, Module module, const char* name)) \
  X(function_attribute, "cuFuncGetAttribute", (int* value, int attribute, Function function))     \
  X(allocate, "cuMemAlloc_v2", (Address * memory, std::size_t bytes))                             \
  X(free, "cuMemFree_v2", (Address memory))                                                       \
  X(copy_to_device, "cuMemcpyHtoDAsync_v2",                                                       \
    (Address to, const void* from, std::size_t bytes, Stream stream))                             \
  X(copy_to_host, "cuMemcpyDtoHAsync_v2",                                                         \
    (void* to, Address from, std::size_t bytes, Stream stream))                                   \
  X(create_stream, "cuStreamCreate", (Stream * stream, unsigned flags))                           \
  X(destroy_stream, "cuStreamDestroy_v2", (Stream stream))                                        \
  X(synchronize, "cuStreamSynchronize", (Stream stream))                                          \
  X(is_capturing, "cuStreamIsCapturing", (Stream stream, int* status))                            \
  X(exchange_capture_mode, "cuThreadExchangeStreamCaptureMode", (int* mode))                      \
  X(launch, "cuLaunchKernel",                                                                     \
    (Function function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,      \
     unsigned block_y, unsigned block_z, unsigned shared_bytes, Stream stream, void** arguments,  \
     void** extra))

struct Driver {
#define LRC_DRIVER_MEMBER(name, symbol, arguments) Code(*name) arguments = nullptr;
  LRC_DRIVER_FUNCTIONS(LRC_DRIVER_MEMBER)
#undef LRC_DRIVER_MEMBER

  // Opened at the first call that finds it, and never closed. Safe from several threads. The
  // environment variable LRC_CUDA_DRIVER may name another file. The error says what is missing.
  [[nodiscard]] static tl::expected<const Driver*, std::string> open();

  // What a call that gave `code` was for, and what CUDA says of the code.
  [[nodiscard]] std::string told(const char* function, Code code) const;
};

}  // namespace lrc::cuda
