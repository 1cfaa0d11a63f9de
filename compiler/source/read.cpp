#include "compiler/source/read.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

#include "compiler/source/limits.h"

namespace lrc::source {
namespace {

namespace fs = std::filesystem;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

std::string last_error() { return std::generic_category().message(errno); }

// One byte beyond the limit is enough to see that there is more.
std::string read_limited(std::FILE* stream) {
  std::string text;
  std::array<char, 16384> block;
  while (text.size() <= maximum_source_bytes) {
    const std::size_t wanted = std::min(block.size(), maximum_source_bytes + 1 - text.size());
    const std::size_t length = std::fread(block.data(), 1, wanted, stream);
    text.append(block.data(), length);
    if (length < wanted) break;
  }
  text.shrink_to_fit();  // of a folder, all texts are held at a time
  return text;
}

}  // namespace

bool is_path(std::string_view argument) {
  if (argument == "-" || argument.ends_with(".lrp") || argument.ends_with(".lrpc")) return true;
  const bool has_space = argument.find_first_of(" \t\r\n\v\f") != std::string_view::npos;
  if (!has_space && argument.find('/') != std::string_view::npos) return true;
  std::error_code error;
  return !argument.empty() && argument.find('\0') == std::string_view::npos &&
         fs::exists(fs::path(argument), error);
}

tl::expected<SourcePtr, ReadFailure> read(const std::string& path) {
  const bool standard_input = path == "-";
  std::error_code error;
  if (!standard_input && fs::is_directory(path, error)) {
    return tl::unexpected(ReadFailure{path, "it is a folder"});
  }
  std::unique_ptr<std::FILE, Close> file;
  if (!standard_input) {
    file.reset(std::fopen(path.c_str(), "rb"));
    if (!file) return tl::unexpected(ReadFailure{path, last_error()});
  }
  std::FILE* stream = standard_input ? stdin : file.get();
  std::string text = read_limited(stream);
  if (std::ferror(stream) != 0) return tl::unexpected(ReadFailure{path, last_error()});
  return make_source(standard_input ? "<stdin>" : path, std::move(text));
}

tl::expected<std::vector<std::string>, ReadFailure> policies_below(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    // A link to nothing is a policy that cannot be read, and reading it says so.
    std::error_code missing;
    if (entry->path().extension() == ".lrp" &&
        (entry->is_regular_file(missing) || !entry->exists(missing))) {
      paths.push_back(entry->path().string());
    }
  }
  if (error) return tl::unexpected(ReadFailure{folder, error.message()});
  std::sort(paths.begin(), paths.end());
  return paths;
}

tl::expected<SourcePtr, ReadFailure> read_module(const Source& policy, const std::string& name) {
  const std::filesystem::path file(policy.name);
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    return tl::unexpected(ReadFailure{name, "a text has no folder in which to look for modules"});
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  auto paths = policies_below(folder.string());
  if (!paths) return tl::unexpected(paths.error());
  std::erase_if(*paths, [&](const std::string& path) {
    return std::filesystem::path(path).filename() != name + ".lrp";
  });
  if (paths->empty()) {
    return tl::unexpected(
        ReadFailure{name, "there is no `" + name + ".lrp` in `" + folder.string() + "` or below"});
  }
  if (paths->size() > 1) {
    return tl::unexpected(
        ReadFailure{name, "both `" + paths->at(0) + "` and `" + paths->at(1) + "` are called so"});
  }
  return read(paths->front());
}

}  // namespace lrc::source
