#include "compiler/lock/file.h"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include "compiler/source/replace.h"

namespace lrc::lock {
namespace {

namespace fs = std::filesystem;

std::string last_error() { return std::generic_category().message(errno); }

}  // namespace

std::optional<fs::path> find(const fs::path& folder) {
  std::error_code error;
  fs::path at = fs::weakly_canonical(fs::absolute(folder, error), error);
  for (;; at = at.parent_path()) {
    if (fs::exists(at / file_name, error)) return at / file_name;
    if (at == at.parent_path()) return std::nullopt;
  }
}

tl::expected<Lock, Damage> read(const fs::path& path) {
  const auto failed = [](std::string reason) {
    return tl::unexpected(Damage{nullptr, {}, std::move(reason)});
  };
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return failed("it is no file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file) return failed(last_error());
  if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (file.bad() || text.fail()) return failed(last_error());
  return parse(source::make_source(shown(path), text.str()));
}

tl::expected<void, std::string> write(const fs::path& path, const Entries& entries) {
  return source::replace(path, to_text(entries));
}

std::string shown(const fs::path& path) {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  return error ? path.string() : path.lexically_proximate(here).string();
}

}  // namespace lrc::lock
