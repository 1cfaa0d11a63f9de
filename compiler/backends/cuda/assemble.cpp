#include "compiler/backends/cuda/assemble.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace lrc::backends::cuda {
namespace {

namespace fs = std::filesystem;

// ptxas reads and writes files; they are gone when this is.
class Workplace {
 public:
  Workplace() : path_((fs::temp_directory_path() / "lrc-XXXXXX").string()) {
    made_ = mkdtemp(path_.data()) != nullptr;
  }
  ~Workplace() {
    std::error_code ignored;
    if (made_) fs::remove_all(path_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] std::string file(const char* name) const {
    return (fs::path(path_) / name).string();
  }

 private:
  std::string path_;
  bool made_ = false;
};

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The exit code, or -1 where the program could not be started.
int run(const std::string& program, std::vector<std::string> words, const std::string& messages) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, messages.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  int status = 0;
  const bool ended =
      posix_spawnp(&child, program.c_str(), &files, nullptr, arguments.data(), environ) == 0 &&
      waitpid(child, &status, 0) == child;
  posix_spawn_file_actions_destroy(&files);
  return ended && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

tl::expected<std::string, std::string> assemble(const std::string& ptx,
                                                const std::string& architecture) {
  const char* chosen = std::getenv("LRC_PTXAS");
  const std::string program = chosen != nullptr && *chosen != '\0' ? chosen : "ptxas";
  const Workplace place;
  const std::string source = place.file("policy.ptx");
  const std::string result = place.file("policy.cubin");
  const std::string messages = place.file("messages");
  if (!place.made() || !(std::ofstream(source, std::ios::binary) << ptx).flush()) {
    return tl::make_unexpected(std::string("no temporary file can be written for ptxas"));
  }
  const int code =
      run(program,
          {program, "--gpu-name", architecture, "--fmad", "false", "--output-file", result, source},
          messages);
  if (code == 0) return contents(result);
  const std::string said = contents(messages);
  if (code < 0 || (code == 127 && said.empty())) {
    return tl::make_unexpected("`" + program +
                               "` cannot be run: it comes with the CUDA Toolkit, "
                               "and LRC_PTXAS may say where it is");
  }
  return tl::make_unexpected("ptxas refuses the code: " + said);
}

}  // namespace lrc::backends::cuda
