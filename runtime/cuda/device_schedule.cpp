#include "runtime/cuda/device_schedule.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace lrc::cuda {
namespace {

constexpr const char* kernel_name = "lrc_update";
constexpr unsigned warp = 32;

// One for each slot, as far as they go: a formula that needs many registers leaves room for fewer.
unsigned threads_for(std::uint32_t slots, int most) {
  const unsigned whole = std::max(static_cast<unsigned>(most) / warp * warp, warp);
  return std::clamp((slots + warp - 1) / warp * warp, warp, whole);
}

Result<BlockLayout> laid_out(const runtime::Program& program, const BlockOptions& options) {
  if (auto wrong = wrong_options(options); !wrong.empty())
    return failure(Failure::Kind::wrong_call, std::move(wrong));
  auto layout = BlockLayout::of(program, options);
  if (!layout) return failure(Failure::Kind::limit, std::move(layout.error()));
  return std::move(*layout);
}

}  // namespace

DeviceSchedule::DeviceSchedule(const Driver& driver, runtime::Program program,
                               const BlockLayout& layout)
    : program_(std::move(program)), layout_(layout), context_{driver} {}

Result<std::unique_ptr<DeviceSchedule>> DeviceSchedule::open(runtime::Program program,
                                                             const Stand& stand,
                                                             const Request& request,
                                                             const FindCode& find_code) {
  const auto layout = laid_out(program, request.options);
  if (!layout) return tl::unexpected(layout.error());
  const auto driver = Driver::open();
  if (!driver) return failure(Failure::Kind::environment, driver.error());
  const auto asked = ask_for_device(**driver, request.device);
  if (!asked) return tl::unexpected(asked.error());
  const auto code = find_code(asked->capability);
  if (!code) return failure(Failure::Kind::environment, code.error());
  std::unique_ptr<DeviceSchedule> schedule(
      new DeviceSchedule(**driver, std::move(program), *layout));
  DeviceContext& context = schedule->context_;
  context.number = request.device;
  context.device = asked->device;
  const Code retained = (*driver)->retain_context(&context.context, context.device);
  if (retained != fine) context.context = nullptr;
  auto done = checked(**driver, "cuDevicePrimaryCtxRetain", retained);
  if (done) done = schedule->load(*code);
  if (done) done = schedule->start(stand);
  if (!done) return tl::unexpected(std::move(done.error()));
  return schedule;
}

DeviceSchedule::~DeviceSchedule() {
  if (context_.context == nullptr) return;
  const Driver& driver = context_.driver;
  {
    const Entered entered(context_, Entered::Mode::beside);
    if (stream_ != nullptr) static_cast<void>(driver.destroy_stream(stream_));
    if (memory_ != 0) static_cast<void>(driver.free(memory_));
    if (module_ != nullptr) static_cast<void>(driver.unload_module(module_));
  }
  static_cast<void>(driver.release_context(context_.device));
}

// With what the driver's own compiler has to say.
Result<void> DeviceSchedule::load(const DeviceCode& code) {
  const Entered entered(context_, Entered::Mode::beside);
  if (!entered.result()) return entered.result();
  const Driver& driver = context_.driver;
  std::array<char, 2048> log{};
  std::array<int, 2> options = {error_log, error_log_bytes};
  std::array<void*, 2> values = {log.data(), reinterpret_cast<void*>(log.size())};
  const Code loaded =
      driver.load_module(&module_, code.ptx.c_str(), 2, options.data(), values.data());
  if (loaded != fine) module_ = nullptr;
  auto done = checked(driver, "cuModuleLoadDataEx", loaded);
  if (!done) {
    done.error().text += "\nthe code is from the " + code.origin;
    if (log.front() != '\0') done.error().text += std::string("; the driver says: ") + log.data();
    return done;
  }
  origin_ = code.origin;
  done =
      checked(driver, "cuModuleGetFunction", driver.find_function(&kernel_, module_, kernel_name));
  if (!done) return done;
  int most = 0;
  done = checked(driver, "cuFuncGetAttribute",
                 driver.function_attribute(&most, maximum_threads, kernel_));
  threads_ = threads_for(layout_.head().slots, most);
  return done;
}

Result<void> DeviceSchedule::allocate() {
  const Driver& driver = context_.driver;
  const Code allocated = driver.allocate(&memory_, layout_.bytes());
  if (allocated != fine) {
    memory_ = 0;
    auto done = checked(driver, "cuMemAlloc", allocated);
    done.error().text += "; " + std::to_string(layout_.bytes()) + " bytes were asked for";
    return done;
  }
  const Code created = driver.create_stream(&stream_, non_blocking);
  if (created != fine) stream_ = nullptr;
  return checked(driver, "cuStreamCreate", created);
}

// A first launch may load code, which no capture allows: this one settles nothing.
Result<void> DeviceSchedule::start(const Stand& stand) {
  const Entered entered(context_, Entered::Mode::beside);
  if (!entered.result()) return entered.result();
  if (auto done = allocate(); !done) return done;
  const auto block = layout_.block(program_, stand.position, stand.values);
  if (auto done = copy_in(block.data(), 0, block.size(), stream_); !done) return done;
  if (auto done = launch(0, stream_); !done) return done;
  if (auto done = wait(stream_); !done) return done;
  events_.emplace(context_, program_, layout_.head(), memory_, stream_);
  return {};
}

Result<void> DeviceSchedule::launch(std::uint32_t evaluate, Stream stream) const {
  const Driver& driver = context_.driver;
  Address memory = memory_;
  std::array<void*, 2> arguments = {&memory, &evaluate};
  const Code code =
      driver.launch(kernel_, 1, 1, 1, threads_, 1, 1, 0, stream, arguments.data(), nullptr);
  return checked(driver, "cuLaunchKernel", code);
}

Result<void> DeviceSchedule::copy_in(const void* from, std::uint64_t offset, std::size_t bytes,
                                     Stream stream) const {
  const Code code = context_.driver.copy_to_device(memory_ + offset, from, bytes, stream);
  return checked(context_.driver, "cuMemcpyHtoDAsync", code);
}

Result<void> DeviceSchedule::wait(Stream stream) const {
  return checked(context_.driver, "cuStreamSynchronize", context_.driver.synchronize(stream));
}

Result<std::vector<std::byte>> DeviceSchedule::copied(Stream stream) const {
  std::vector<std::byte> block(layout_.bytes());
  const Driver& driver = context_.driver;
  const Code code = driver.copy_to_host(block.data(), memory_, block.size(), stream);
  if (auto done = checked(driver, "cuMemcpyDtoHAsync", code); !done)
    return tl::unexpected(done.error());
  if (auto done = wait(stream); !done) return tl::unexpected(done.error());
  return block;
}

// The block once the last update is counted.
Result<std::vector<std::byte>> DeviceSchedule::settled(Stream stream) const {
  if (auto done = launch(0, stream); !done) return tl::unexpected(done.error());
  return copied(stream);
}

Result<void> DeviceSchedule::update(Stream stream) const {
  const Entered entered(context_, Entered::Mode::as_it_is);
  return entered.result() ? launch(1, stream) : entered.result();
}

Result<runtime::Position> DeviceSchedule::position(Stream stream) const {
  const Entered entered(context_, Entered::Mode::as_it_is);
  if (!entered.result()) return tl::unexpected(entered.result().error());
  if (auto done = not_captured(context_.driver, stream, "reading a device schedule"); !done)
    return tl::unexpected(done.error());
  const auto block = settled(stream);
  if (!block) return tl::unexpected(block.error());
  auto position = layout_.position(program_, *block);
  if (position) return std::move(*position);
  return failure(Failure::Kind::environment,
                 "the memory of the device schedule was written over: " + position.error() +
                     "\nfind the kernel that does it with compute-sanitizer, and go on from the "
                     "last checkpoint");
}

// The ring of events stays as it is, and so does its count of them.
Result<void> DeviceSchedule::go_to(const Stand& stand, Stream stream) const {
  const Entered entered(context_, Entered::Mode::as_it_is);
  if (!entered.result()) return entered.result();
  if (auto done = not_captured(context_.driver, stream, "moving a device schedule"); !done)
    return done;
  const auto before = settled(stream);
  if (!before) return tl::unexpected(before.error());
  Block head;
  std::memcpy(&head, before->data(), sizeof head);
  const Counts counts = {head.skipped, head.told};
  const auto block = layout_.block(program_, stand.position, stand.values, counts);
  if (auto done = copy_in(block.data(), 0, layout_.head().event, stream); !done) return done;
  return wait(stream);
}

Result<DeviceSchedule::Given> DeviceSchedule::given(Stream stream) const {
  const Entered entered(context_, Entered::Mode::as_it_is);
  if (!entered.result()) return tl::unexpected(entered.result().error());
  if (auto done = not_captured(context_.driver, stream, "reading a device schedule"); !done)
    return tl::unexpected(done.error());
  const auto block = copied(stream);
  if (!block) return tl::unexpected(block.error());
  Given given{0, std::vector<double>(layout_.head().slots)};
  std::memcpy(&given.step, block->data() + offsetof(Block, step), sizeof given.step);
  std::memcpy(given.values.data(), block->data() + layout_.head().values64,
              given.values.size() * sizeof(double));
  return given;
}

}  // namespace lrc::cuda
