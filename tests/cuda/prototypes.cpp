// Compiled where there is a cuda.h: the driver's functions, their versions and their numbers are as
// runtime/cuda/driver.h says.

#include <cuda.h>

#include <string_view>
#include <type_traits>

#include "runtime/cuda/driver.h"

namespace lrc::test {
namespace {

// Passed alike: by the same size, and a pointer where the other is one.
template <class Ours, class Theirs>
constexpr bool alike =
    sizeof(Ours) == sizeof(Theirs) && std::is_pointer_v<Ours> == std::is_pointer_v<Theirs>;

template <class Ours, class Theirs>
constexpr bool same_call = false;
template <class... Ours, class... Theirs>
  requires(sizeof...(Ours) == sizeof...(Theirs))
constexpr bool same_call<cuda::Code (*)(Ours...), CUresult (*)(Theirs...)> =
    (alike<Ours, Theirs> && ...);

constexpr std::string_view symbols[] = {
#define LRC_SYMBOL(name, symbol, arguments) symbol,
    LRC_DRIVER_FUNCTIONS(LRC_SYMBOL)
#undef LRC_SYMBOL
};
enum Index : std::size_t {
#define LRC_INDEX(name, symbol, arguments) index_of_##name,
  LRC_DRIVER_FUNCTIONS(LRC_INDEX)
#undef LRC_INDEX
      functions
};

// cuda.h makes the name of the newest version of a plain one.
#define LRC_TEXT_OF(symbol) #symbol
#define LRC_TEXT(symbol) LRC_TEXT_OF(symbol)
#define LRC_SAME(name, function)                                 \
  static_assert(symbols[index_of_##name] == LRC_TEXT(function)); \
  static_assert(same_call<decltype(cuda::Driver::name), decltype(&function)>);

LRC_SAME(init, cuInit)
LRC_SAME(error_name, cuGetErrorName)
LRC_SAME(error_text, cuGetErrorString)
LRC_SAME(device_count, cuDeviceGetCount)
LRC_SAME(device, cuDeviceGet)
LRC_SAME(attribute, cuDeviceGetAttribute)
LRC_SAME(retain_context, cuDevicePrimaryCtxRetain)
LRC_SAME(release_context, cuDevicePrimaryCtxRelease)
LRC_SAME(push_context, cuCtxPushCurrent)
LRC_SAME(pop_context, cuCtxPopCurrent)
LRC_SAME(load_module, cuModuleLoadDataEx)
LRC_SAME(unload_module, cuModuleUnload)
LRC_SAME(find_function, cuModuleGetFunction)
LRC_SAME(function_attribute, cuFuncGetAttribute)
LRC_SAME(allocate, cuMemAlloc)
LRC_SAME(free, cuMemFree)
LRC_SAME(copy_to_device, cuMemcpyHtoDAsync)
LRC_SAME(copy_to_host, cuMemcpyDtoHAsync)
LRC_SAME(create_stream, cuStreamCreate)
LRC_SAME(destroy_stream, cuStreamDestroy)
LRC_SAME(synchronize, cuStreamSynchronize)
LRC_SAME(is_capturing, cuStreamIsCapturing)
LRC_SAME(exchange_capture_mode, cuThreadExchangeStreamCaptureMode)
LRC_SAME(launch, cuLaunchKernel)
static_assert(functions == 24, "each of them is compared");

static_assert(cuda::fine == CUDA_SUCCESS);
static_assert(cuda::capturing_implicitly == CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
static_assert(cuda::compute_capability_major == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
static_assert(cuda::compute_capability_minor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
static_assert(cuda::maximum_threads == CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
static_assert(cuda::error_log == CU_JIT_ERROR_LOG_BUFFER);
static_assert(cuda::error_log_bytes == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES);
static_assert(cuda::non_blocking == CU_STREAM_NON_BLOCKING);
static_assert(cuda::not_capturing == CU_STREAM_CAPTURE_STATUS_NONE);
static_assert(cuda::relaxed_capture == CU_STREAM_CAPTURE_MODE_RELAXED);

}  // namespace
}  // namespace lrc::test
