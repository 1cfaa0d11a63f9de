#include "compiler/backends/llvm/shared.h"

#include <lld/Common/CommonLinkerContext.h>
#include <lld/Common/Driver.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/raw_ostream.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

LLD_HAS_DRIVER(elf)

namespace lrc::backends::llvm {
namespace {

namespace fs = std::filesystem;

// lld reads and writes files; they are gone when this is.
class Workplace {
 public:
  Workplace() { failed_ = static_cast<bool>(::llvm::sys::fs::createUniqueDirectory("lrc", path_)); }
  ~Workplace() {
    std::error_code ignored;
    if (!failed_) fs::remove_all(path_.c_str(), ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::string file(const char* name) const {
    return (fs::path(path_.str().str()) / name).string();
  }

 private:
  ::llvm::SmallString<128> path_;
  bool failed_ = true;
};

bool write(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  return static_cast<bool>(file.flush());
}

// The empty library of symbols and a fixed set of flags: the same bytes everywhere.
std::vector<const char*> arguments(const std::string& object, const std::string& library,
                                   const std::string& name) {
  return {"ld.lld",        "-shared",        "-o",         library.c_str(),   "-soname",
          name.c_str(),    "--no-undefined", "-Bsymbolic", "--build-id=none", "--hash-style=gnu",
          "--gc-sections", "-znoexecstack",  "-znow",      object.c_str()};
}

}  // namespace

tl::expected<std::string, std::string> linked_library(const std::string& object,
                                                      const std::string& name) {
  const Workplace place;
  const std::string object_file = place.file("policy.o");
  const std::string library_file = place.file("policy.so");
  if (place.failed() || !write(object_file, object)) {
    return tl::make_unexpected(std::string("no temporary file can be written for the linker"));
  }
  std::string messages;
  ::llvm::raw_string_ostream stream(messages);
  const bool linked =
      lld::elf::link(arguments(object_file, library_file, name), stream, stream, false, false);
  lld::CommonLinkerContext::destroy();
  if (!linked) return tl::make_unexpected("the linker refuses the code: " + messages);
  std::ifstream file(library_file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace lrc::backends::llvm
