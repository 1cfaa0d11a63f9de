// Whole processes, from fork to exit. The files are looked for below the current folder, which is
// the root of the sources; the programs beside this one.

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/measurements.h"
#include "bench/policy.h"

namespace lrc::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* one_file = "examples/policies/pretrain.lrp";
constexpr std::size_t many = 1'000;

std::string beside(const char* program) {
  return (fs::read_symlink("/proc/self/exe").parent_path() / program).string();
}

class Quiet {
 public:
  Quiet() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  ~Quiet() { posix_spawn_file_actions_destroy(&actions_); }

  void run(const std::vector<std::string>& call) const {
    std::vector<char*> arguments;
    for (const std::string& word : call) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t child = 0;
    int status = 0;
    if (posix_spawn(&child, call[0].c_str(), &actions_, nullptr, arguments.data(), environ) != 0)
      throw std::runtime_error(call[0] + " could not be started: is it built?");
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
      throw std::runtime_error(call[0] + " did not end well");
  }

 private:
  posix_spawn_file_actions_t actions_{};
};

Body process(const std::vector<std::string>& call) {
  return [call, quiet = std::make_shared<Quiet>()](std::int64_t times) {
    for (; times > 0; --times) quiet->run(call);
  };
}

std::string content(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// A folder of policies that differ in a number, gone with its last user.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "lrc-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error(name + " cannot be made");
    path_ = name;
    const std::string text = content(one_file);
    const std::string word = "warmup 2000 steps";
    const std::size_t at = text.find(word);
    if (at == std::string::npos) throw std::runtime_error(one_file + std::string(" has changed"));
    for (std::size_t k = 0; k < many; ++k) {
      std::string other = text;
      other.replace(at, word.size(), fmt::format("warmup {} steps", 1000 + k));
      std::ofstream(path_ / fmt::format("policy_{}.lrp", k)) << other;
    }
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::shared_ptr<const Folder> folder() {
  static const auto made = std::make_shared<const Folder>();
  return made;
}

Body read_all() {
  return [files = folder()](std::int64_t times) {
    for (; times > 0; --times) {
      for (const auto& entry : fs::directory_iterator(files->path()))
        keep(content(entry.path()).data());
    }
  };
}

}  // namespace

void add_processes(Worker& worker) {
  const auto add = [&worker](const char* name, auto call) {
    worker.add(name, [call] { return process(call()); }, Clock::wall);
  };
  using Words = std::vector<std::string>;
  add("process empty", [] { return Words{beside("bench_empty")}; });
  add("process true", [] { return Words{"/bin/true"}; });
  add("process lrc version", [] { return Words{beside("lrc"), "--version"}; });
  add("process lrc check text", [] { return Words{beside("lrc"), "check", warmup_cosine}; });
  add("process lrc check file", [] { return Words{beside("lrc"), "check", one_file}; });
  add("process lrc check folder", [] { return Words{beside("lrc"), "check", folder()->path()}; });
  worker.add("read folder", read_all, Clock::wall);
  add("process llvm", [] { return Words{beside("bench_lljit")}; });
  add("process lrc eval jit", [] {
    return Words{beside("lrc"), "eval", warmup_cosine, "--run",     "100K steps", "--peak",
                 "3e-4",        "--at", "0",           "--backend", "jit"};
  });
}

}  // namespace lrc::bench
