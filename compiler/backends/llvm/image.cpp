#include "compiler/backends/llvm/image.h"

#include <llvm/ExecutionEngine/JITLink/ELF.h>
#include <llvm/ExecutionEngine/JITLink/JITLink.h>
#include <llvm/ExecutionEngine/JITLink/aarch64.h>
#include <llvm/ExecutionEngine/JITLink/x86_64.h>

namespace lrc::backends::llvm {
namespace {

namespace jitlink = ::llvm::jitlink;
namespace orc = ::llvm::orc;
using ::llvm::Error;

constexpr std::size_t header_size = 64;
constexpr std::size_t segment_alignment = 64;
// Where the image is linked to begin. All that counts is that pages begin where pages begin.
constexpr std::uint64_t base = 0x100000;

Error refusal(const ::llvm::Twine& text) {
  return ::llvm::make_error<::llvm::StringError>(text, ::llvm::inconvertibleErrorCode());
}

bool is_absolute(const jitlink::LinkGraph& graph, jitlink::Edge::Kind kind) {
  if (graph.getTargetTriple().isAArch64()) {
    namespace aarch64 = jitlink::aarch64;
    return kind == aarch64::Pointer64 || kind == aarch64::Pointer32 || kind == aarch64::MoveWide16;
  }
  namespace x86_64 = jitlink::x86_64;
  return kind == x86_64::Pointer64 || kind == x86_64::Pointer32 ||
         kind == x86_64::Pointer32Signed || kind == x86_64::Pointer16 || kind == x86_64::Pointer8;
}

Error check_relative(jitlink::LinkGraph& graph) {
  for (const jitlink::Block* block : graph.blocks()) {
    for (const jitlink::Edge& edge : block->edges()) {
      if (edge.isRelocation() && is_absolute(graph, edge.getKind())) {
        return refusal("a reference that is not relative: " +
                       ::llvm::Twine(graph.getEdgeKindName(edge.getKind())));
      }
    }
  }
  return Error::success();
}

// Lays the segments out one after the other in a string, and leaves them there.
class ImageMemory : public jitlink::JITLinkMemoryManager {
 public:
  [[nodiscard]] std::string& bytes() { return bytes_; }

  void allocate(const jitlink::JITLinkDylib*, jitlink::LinkGraph& graph,
                OnAllocatedFunction allocated) override {
    jitlink::BasicLayout layout(graph);
    std::uint64_t size = header_size;
    for (auto& [group, segment] : layout.segments()) {
      size = ::llvm::alignTo(size,
                             std::max<std::uint64_t>(segment.Alignment.value(), segment_alignment));
      segment.Addr = orc::ExecutorAddr(base + size);
      size += segment.ContentSize + segment.ZeroFillSize;
    }
    bytes_.assign(size, '\0');
    for (auto& [group, segment] : layout.segments()) {
      segment.WorkingMem = bytes_.data() + (segment.Addr.getValue() - base);
    }
    if (Error error = layout.apply()) return allocated(std::move(error));
    allocated(std::make_unique<Allocation>());
  }

  void deallocate(std::vector<FinalizedAlloc> allocations, OnDeallocatedFunction done) override {
    for (FinalizedAlloc& allocation : allocations) allocation.release();
    done(Error::success());
  }

 private:
  struct Allocation : InFlightAlloc {
    void abandon(OnAbandonedFunction done) override { done(Error::success()); }
    void finalize(OnFinalizedFunction done) override {
      done(FinalizedAlloc(orc::ExecutorAddr(base)));
    }
  };

  std::string bytes_;
};

// What linking an image reports: all of it happens before link() returns.
class ImageLinking : public jitlink::JITLinkContext {
 public:
  struct Result {
    ImageMemory memory;
    std::optional<std::uint64_t> entry;
    std::string problem;
  };

  ImageLinking(Result& result, std::string function)
      : JITLinkContext(nullptr), result_(result), function_(std::move(function)) {}

  jitlink::JITLinkMemoryManager& getMemoryManager() override { return result_.memory; }

  void notifyFailed(Error error) override { result_.problem = ::llvm::toString(std::move(error)); }

  void lookup(const LookupMap& symbols,
              std::unique_ptr<jitlink::JITLinkAsyncLookupContinuation> goes_on) override {
    if (symbols.empty()) return goes_on->run(jitlink::AsyncLookupResult());
    goes_on->run(refusal("a reference to the outside: " + symbols.begin()->first));
  }

  Error notifyResolved(jitlink::LinkGraph& graph) override {
    for (const jitlink::Symbol* symbol : graph.defined_symbols()) {
      if (symbol->hasName() && symbol->getName() == function_) {
        result_.entry = symbol->getAddress().getValue() - base;
      }
    }
    return Error::success();
  }

  void notifyFinalized(jitlink::JITLinkMemoryManager::FinalizedAlloc memory) override {
    memory.release();
  }

  Error modifyPassConfig(jitlink::LinkGraph&, jitlink::PassConfiguration& passes) override {
    passes.PreFixupPasses.push_back(check_relative);
    return Error::success();
  }

 private:
  Result& result_;
  std::string function_;
};

void write_header(std::string& bytes, std::uint64_t entry) {
  for (std::size_t k = 0; k < sizeof entry; ++k) {
    bytes[k] = static_cast<char>(entry >> (8 * k) & 0xff);
  }
}

}  // namespace

tl::expected<std::string, std::string> image_of(const Bytes& object, const std::string& function) {
  const ::llvm::MemoryBufferRef buffer({object.data(), object.size()}, "object");
  auto graph = jitlink::createLinkGraphFromELFObject(buffer);
  if (!graph) return tl::make_unexpected(::llvm::toString(graph.takeError()));
  ImageLinking::Result result;
  jitlink::link(std::move(*graph), std::make_unique<ImageLinking>(result, function));
  if (!result.problem.empty()) return tl::make_unexpected(result.problem);
  if (!result.entry) return tl::make_unexpected("the code has no function " + function);
  write_header(result.memory.bytes(), *result.entry);
  return std::move(result.memory.bytes());
}

}  // namespace lrc::backends::llvm
