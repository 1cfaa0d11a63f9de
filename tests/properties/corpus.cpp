#include "tests/properties/corpus.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace lrc::test {
namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<syntax::Lexeme> without_comments(std::vector<syntax::Lexeme> lexemes) {
  std::erase_if(lexemes, [](const syntax::Lexeme& lexeme) {
    return lexeme.kind == syntax::Lexeme::Kind::comment;
  });
  return lexemes;
}

bool has_one_line(const source::Source& source, const std::vector<syntax::Lexeme>& lexemes) {
  std::set<std::uint32_t> lines;
  for (const syntax::Lexeme& lexeme : lexemes)
    lines.insert(source::position(source, lexeme.span.begin).line);
  return lines.size() == 1;
}

// A call with all that it must be given.
std::string call_of(const ast::Definition& definition) {
  std::string arguments;
  for (const ast::Formal& formal : definition.formals) {
    if (formal.value) continue;
    arguments += (arguments.empty() ? "" : ", ") + formal.name.text + ": 100 steps";
  }
  return definition.name.text + "(" + arguments + ")";
}

// A module has no policy, so it gets one that uses what stands in it.
std::string with_a_policy(const std::string& module) {
  std::string text = module, outputs;
  const auto source = source::make_source("<module>", module);
  for (const ast::Definition& definition : syntax::parse(*source).tree.definitions) {
    const std::string output = outputs.empty() ? "lr" : "by_" + definition.name.text;
    outputs += "  peak " + output + " = 3e-4\n  " + output + " = " + call_of(definition) + "\n";
  }
  if (outputs.empty()) return text;
  return text + "\npolicy p version 1 {\n  run 100K steps\n" + outputs + "}\n";
}

// Under names that the standard library has not taken.
std::string renamed(std::string module) {
  const std::string word = "\nschedule ";
  for (std::size_t at = module.find(word); at != std::string::npos; at = module.find(word, at + 1))
    module.insert(at + word.size(), "my_");
  return module;
}

}  // namespace

Good as_good(source::SourcePtr source, const compile::CompiledPolicy& policy) {
  Good good{std::move(source), {}, {}, policy.hash, false};
  good.lexemes = without_comments(syntax::parse_lexemes(*good.source).tree);
  good.tree = syntax::parse(*good.source).tree;
  good.one_line = has_one_line(*good.source, good.lexemes);
  return good;
}

std::vector<Good> good_policy(std::string name, std::string text) {
  auto source = source::make_source(std::move(name), std::move(text));
  const auto compilation = compile::compile(source);
  if (!compilation.policy) return {};
  return {as_good(std::move(source), *compilation.policy)};
}

std::vector<Good> good_policies(const std::vector<std::string>& folders) {
  std::set<std::filesystem::path> paths;
  for (const std::string& folder : folders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.path().extension() == ".lrp") paths.insert(entry.path());
    }
  }
  std::vector<Good> all;
  for (const auto& path : paths) {
    const bool module = path.parent_path().filename() == "stdlib";
    const std::string text = module ? with_a_policy(renamed(content(path))) : content(path);
    auto found = good_policy(path.string(), text);
    all.insert(all.end(), std::make_move_iterator(found.begin()),
               std::make_move_iterator(found.end()));
  }
  return all;
}

}  // namespace lrc::test
