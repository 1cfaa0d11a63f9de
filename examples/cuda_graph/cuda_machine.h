#pragma once
// A GPU as a machine: its stream, its graphs, and the schedule in its memory. Compiled by nvcc.

#include <cuda_runtime.h>

#include <memory>
#include <string>
#include <vector>

#include "lrc_cuda.h"
#include "trainer.h"

namespace digits {

inline void check(cudaError_t error, const char* call) {
  if (error != cudaSuccess)
    throw Failure(environment, std::string(call) + ": " + cudaGetErrorString(error));
}

inline void check(lrc_status status) {
  if (status != LRC_FINE) throw Failure(environment, lrc::detail::last_error(status).text);
}

template <class Function>
__global__ void run_each(std::uint32_t count, Function function) {
  const std::uint32_t index = blockIdx.x * blockDim.x + threadIdx.x;
  if (index < count) function(index);
}

class CudaMachine {
 public:
  struct DestroyGraph {
    void operator()(cudaGraphExec_t graph) const { cudaGraphExecDestroy(graph); }
  };
  using Graph = std::unique_ptr<std::remove_pointer_t<cudaGraphExec_t>, DestroyGraph>;

  explicit CudaMachine(lrc::Run& run) : run_(run.get()) {
    lrc_device_options options = {};
    options.size = sizeof options;
    check(lrc_device_open(run_, &options, &device_));  // first: it says best why there is no GPU
    check(cudaSetDevice(options.device), "cudaSetDevice");
    check(cudaStreamCreate(&stream_), "cudaStreamCreate");
    find_metric();
  }
  ~CudaMachine() {
    cudaStreamSynchronize(stream_);
    lrc_device_close(device_);
    for (void* each : memory_) cudaFree(each);
    cudaStreamDestroy(stream_);
  }
  CudaMachine(const CudaMachine&) = delete;
  CudaMachine& operator=(const CudaMachine&) = delete;

  // Zeros, until the machine is gone.
  template <class Element>
  Element* allocate(std::size_t count) {
    void* memory = nullptr;
    check(cudaMalloc(&memory, count * sizeof(Element)), "cudaMalloc");
    memory_.push_back(memory);
    check(cudaMemsetAsync(memory, 0, count * sizeof(Element), stream_), "cudaMemset");
    return static_cast<Element*>(memory);
  }

  void write(void* to, const void* from, std::size_t bytes) {
    copy(to, from, bytes, cudaMemcpyHostToDevice);
  }
  void read(void* to, const void* from, std::size_t bytes) {
    copy(to, from, bytes, cudaMemcpyDeviceToHost);
  }

  template <class Function>
  void for_each(std::uint32_t count, const Function& function) {
    constexpr std::uint32_t threads = 128;
    run_each<<<(count + threads - 1) / threads, threads, 0, stream_>>>(count, function);
    check(cudaGetLastError(), "launching a kernel");
  }

  template <class Body>
  Graph capture(Body body) {
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t executable = nullptr;
    check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
    check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal),
          "cudaStreamBeginCapture");
    body();
    check(cudaStreamEndCapture(stream_, &graph), "cudaStreamEndCapture");
    const cudaError_t error = cudaGraphInstantiate(&executable, graph, 0);
    cudaGraphDestroy(graph);
    check(error, "cudaGraphInstantiate");
    return Graph(executable);
  }
  void launch(const Graph& graph) {
    check(cudaGraphLaunch(graph.get(), stream_), "cudaGraphLaunch");
  }

  void update() { check(lrc_device_update(device_, stream_)); }
  void pull() { check(lrc_device_pull(device_, run_, stream_)); }
  void push() { check(lrc_device_push(device_, run_, stream_)); }

  const std::int64_t* steps() const { return place<std::int64_t>(LRC_DEVICE_STEPS); }
  const double* doubles() const { return place<double>(LRC_DEVICE_DOUBLE); }
  const float* floats() const { return place<float>(LRC_DEVICE_FLOAT); }
  double* metric_value() { return metric_value_; }
  std::int64_t* metric_evaluation() { return metric_evaluation_; }

  std::string next_event() {
    return lrc::detail::text_of([this](char* buffer, std::size_t size) {
      return lrc_device_next_event(device_, buffer, size);
    });
  }

 private:
  // Where no rule of the policy observes it, it has a place all the same.
  void find_metric() {
    for (std::size_t k = 0; k < lrc_metrics(run_); ++k) {
      const auto name = lrc::detail::text_of([this, k](char* buffer, std::size_t size) {
        return lrc_metric_name(run_, k, buffer, size);
      });
      if (name != metric)
        throw Failure(refused, "a rule of the policy observes `" + name +
                                   "`: this trainer has only `" + metric + "`");
      metric_value_ = place<double>(LRC_DEVICE_METRIC, k);
      metric_evaluation_ = place<std::int64_t>(LRC_DEVICE_EVALUATION, k);
    }
    if (metric_value_ != nullptr) return;
    const Given none;
    metric_value_ = allocate<double>(1);
    metric_evaluation_ = allocate<std::int64_t>(1);
    write(metric_evaluation_, &none.evaluation, sizeof none.evaluation);
  }

  template <class Element>
  Element* place(lrc_device_place what, std::size_t index = 0) const {
    return reinterpret_cast<Element*>(lrc_device_address(device_, what, index));
  }

  void copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    check(cudaMemcpyAsync(to, from, bytes, kind, stream_), "cudaMemcpyAsync");
    check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
  }

  lrc_run* run_;
  cudaStream_t stream_ = nullptr;
  lrc_device* device_ = nullptr;
  double* metric_value_ = nullptr;
  std::int64_t* metric_evaluation_ = nullptr;
  std::vector<void*> memory_;
};

}  // namespace digits
