#include "tests/differential/workspace.h"

#include <dlfcn.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace lrc::differential {

Workspace::Workspace() {
  std::string name = (std::filesystem::temp_directory_path() / "lrc_differential_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for temporary files");
  folder_ = name;
}

Workspace::~Workspace() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Workspace::write(const std::string& name, std::string_view bytes) const {
  std::ofstream file(folder_ / name, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + path(name));
}

std::string Workspace::read(const std::string& name) const {
  std::ifstream file(folder_ / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Workspace::run(const std::string& command) const {
  const std::string line = "cd '" + folder_.string() + "' && (" + command + ") 2> said";
  if (std::system(line.c_str()) != 0) throw std::runtime_error(command + ": " + read("said"));
}

bool has_program(const std::string& name) {
  return std::system(("command -v " + name + " > /dev/null").c_str()) == 0;
}

Library::Library(const std::string& path) : opened_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (opened_ == nullptr) throw std::runtime_error(dlerror());
}

Library::~Library() { dlclose(opened_); }

void* Library::address(const std::string& name) const {
  void* found = dlsym(opened_, name.c_str());
  if (found == nullptr) throw std::runtime_error(dlerror());
  return found;
}

}  // namespace lrc::differential
