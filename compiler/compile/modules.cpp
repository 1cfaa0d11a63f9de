#include "compiler/compile/modules.h"

#include <algorithm>
#include <set>

#include "compiler/compile/standard_library.h"
#include "compiler/source/read.h"
#include "compiler/syntax/parse.h"

namespace lrc::compile {
namespace {

using diagnostics::Code;
using diagnostics::Fix;
using diagnostics::Issue;

class Loading {
 public:
  explicit Loading(const source::Source& policy) : policy_(policy) {
    modules_.library.look_beyond(&standard_library());
  }

  Modules run(const ast::File& file) {
    load(file);
    return std::move(modules_);
  }

 private:
  void load(const ast::File& file) {
    for (const ast::Word& use : file.uses) {
      const auto& standard = standard_modules();
      const bool known = std::any_of(standard.begin(), standard.end(),
                                     [&](const Module& module) { return module.name == use.text; });
      if (known || !seen_.insert(use.text).second) continue;
      auto read = source::read_module(policy_, use.text);
      if (read)
        add(use, std::move(*read));
      else
        report(use, fmt_message(use), read.error().reason);
      if (!modules_.issues.empty()) return;
    }
  }

  static std::string fmt_message(const ast::Word& use) {
    return "the module `" + use.text + "` cannot be used";
  }

  void add(const ast::Word& use, source::SourcePtr source) {
    modules_.sources.push_back(source);
    auto parsed = syntax::parse(*source);
    modules_.issues = std::move(parsed.issues);
    if (!modules_.issues.empty()) return;
    const ast::File& file = parsed.tree;
    if (file.sentence || !file.policies.empty() || !file.tests.empty())
      return report(use, fmt_message(use),
                    "a module has definitions only: curves, schedules, lets");
    load(file);
    if (modules_.issues.empty()) modules_.issues = modules_.library.add(file, std::move(source));
  }

  void report(const ast::Word& use, std::string message, std::string reason) {
    modules_.issues.push_back(
        Issue{Code::E0206, use.span, std::move(message), "", {}, std::move(reason), std::nullopt});
  }

  const source::Source& policy_;
  Modules modules_;
  std::set<std::string> seen_;
};

}  // namespace

Modules load_modules(const ast::File& file, const source::Source& source) {
  return Loading(source).run(file);
}

}  // namespace lrc::compile
