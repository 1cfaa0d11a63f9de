#include "tests/differential/emitted.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "compiler/backends/llvm/jit.h"

namespace lrc::differential {
namespace {

using backends::llvm::EmitRequest;
using backends::llvm::Form;
using backends::llvm::Level;

// Why nothing is emitted for a target here; empty where it is.
std::string missing(const std::string& target) {
  const std::vector<std::string> targets = backends::llvm::emit_targets();
  if (targets.empty()) return "the library that emits was not built";
  const bool known = std::ranges::find(targets, target) != targets.end();
  return known ? "" : "the library that emits was built without " + target;
}

std::string name_of(std::size_t number) { return "p" + std::to_string(number); }

// The numbers of the programs that are within the limit; their bytes are files of the workspace.
std::vector<std::size_t> emit_all(std::span<const Task> tasks, EmitRequest request,
                                  const char* suffix, const Workspace& files) {
  std::vector<std::size_t> emitted;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (!backends::llvm::fits(tasks[i].program)) continue;
    request.name = name_of(i);
    const auto bytes = backends::llvm::emit(tasks[i].program, request);
    if (!bytes) throw std::runtime_error(bytes.error());
    files.write(request.name + suffix, *bytes);
    emitted.push_back(i);
  }
  return emitted;
}

// For a batch without programs, too.
constexpr const char* nothing =
    "static int nothing;\nint *lrc_nothing(void) { return &nothing; }\n";

// What batch_driver.c reads.
std::string as_bytes(const Task& task) {
  std::string bytes;
  const auto add = [&bytes](const void* value) {
    bytes.append(static_cast<const char*>(value), sizeof(std::int64_t));
  };
  const auto add_count = [&add](std::size_t count) {
    const auto number = static_cast<std::int64_t>(count);
    add(&number);
  };
  add_count(task.program.slots.size());
  add_count(task.program.reactions.size());
  add_count(task.points.size());
  for (const Point& point : task.points) {
    add(&point.step);
    for (const double& factor : point.factors) add(&factor);
  }
  return bytes;
}

// The functions that batch_driver.c calls.
std::string function_table(const std::vector<std::size_t>& programs) {
  std::string declared =
      "#include <stdint.h>\ntypedef void function(int64_t, double *, const double *);\n";
  std::string listed = "function *const functions[] = {";
  for (const std::size_t i : programs) {
    declared += "function " + name_of(i) + "_values;\n";
    listed += name_of(i) + "_values, ";
  }
  return declared + listed + "0};\n";
}

}  // namespace

runtime::CompiledFunction values_of(const Library& library, const std::string& name) {
  return library.symbol<runtime::CompiledFunction>(name + "_values");
}

Results linked_objects(std::span<const Task> tasks, const std::string& target, Level level) {
  return with_objects(tasks, {target, level},
                      [](const Library& library, const std::string& name, const Task& task) {
                        return call(values_of(library, name), task);
                      });
}

Results with_objects(std::span<const Task> tasks, const ObjectRequest& request,
                     const ByName& values) {
  if (const std::string reason = missing(request.target); !reason.empty())
    return tl::unexpected(reason);
  const Workspace files;
  const auto emitted =
      emit_all(tasks, {Form::object, request.target, "", request.level}, ".o", files);
  files.write("nothing.c", nothing);
  files.run("cc -shared -fPIC -o all.so nothing.c $(ls p*.o 2> /dev/null)");
  const Library library(files.path("all.so"));
  std::vector<std::optional<Values>> results(tasks.size());
  for (const std::size_t i : emitted) results[i] = values(library, name_of(i), tasks[i]);
  return results;
}

Results shared_libraries(std::span<const Task> tasks) {
  if (const std::string reason = missing("x86-64"); !reason.empty()) return tl::unexpected(reason);
  const Workspace files;
  const auto emitted = emit_all(tasks, {Form::shared, "", "", Level::optimised}, ".so", files);
  std::vector<std::optional<Values>> results(tasks.size());
  for (const std::size_t i : emitted) {
    const Library library(files.path(name_of(i) + ".so"));
    results[i] = call(values_of(library, name_of(i)), tasks[i]);
  }
  return results;
}

Results emulated_objects(std::span<const Task> tasks) {
  if (const std::string reason = missing("aarch64"); !reason.empty()) return tl::unexpected(reason);
  for (const char* program : {"aarch64-linux-gnu-gcc", "qemu-aarch64"}) {
    if (!has_program(program)) return tl::unexpected(std::string(program) + " is not installed");
  }
  const Workspace files;
  const auto emitted =
      emit_all(tasks, {Form::object, "aarch64", "", Level::optimised}, ".o", files);
  files.write("table.c", function_table(emitted));
  std::string input;
  for (const std::size_t i : emitted) input += as_bytes(tasks[i]);
  files.write("input", input);
  files.run(
      "aarch64-linux-gnu-gcc -static -O1 -o all table.c $(ls p*.o 2> /dev/null) " LRC_BATCH_DRIVER);
  files.run("qemu-aarch64 ./all < input > output");
  const std::string output = files.read("output");
  std::vector<std::optional<Values>> results(tasks.size());
  std::size_t begin = 0;
  for (const std::size_t i : emitted) {
    Values values(tasks[i].points.size() * tasks[i].program.slots.size());
    const std::size_t size = values.size() * sizeof(double);
    if (output.size() < begin + size) throw std::runtime_error("qemu gave too few values");
    std::memcpy(values.data(), output.data() + begin, size);
    begin += size;
    results[i] = std::move(values);
  }
  return results;
}

}  // namespace lrc::differential
