// The only test that looks into the parser: which alternatives of the grammar occurred.

#include <cxxabi.h>
#include <cctype>

#include <cstdlib>
#include <memory>
#include <set>
#include <typeinfo>

#include "LrcLexer.h"
#include "LrcParser.h"
#include "compiler/syntax/marking.h"
#include "tests/differential/coverage.h"

namespace lrc::differential {
namespace {

// lrc…::LrcParser::PolicyClampContext → policyClamp
std::string form_name(const antlr4::ParserRuleContext& context) {
  const std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(typeid(context).name(), nullptr, nullptr, nullptr), &std::free);
  std::string name = demangled.get();
  name = name.substr(name.rfind(':') + 1);
  name = name.substr(0, name.rfind("Context"));
  name[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(name[0])));
  return name;
}

void collect(antlr4::tree::ParseTree* tree, std::set<std::string>& forms) {
  if (const auto* context = dynamic_cast<antlr4::ParserRuleContext*>(tree))
    forms.insert(form_name(*context));
  for (antlr4::tree::ParseTree* child : tree->children) collect(child, forms);
}

}  // namespace

Tally no_words() {
  antlr4::ANTLRInputStream input("");
  const LrcLexer lexer(&input);
  const antlr4::dfa::Vocabulary& vocabulary = lexer.getVocabulary();
  Tally tally;
  for (std::size_t type = 1; type <= vocabulary.getMaxTokenType(); ++type) {
    const std::string literal(vocabulary.getLiteralName(type));
    if (!literal.empty()) tally[literal] = 0;
  }
  return tally;
}

void count_forms(const std::string& text, Tally& words, Tally& forms) {
  antlr4::ANTLRInputStream input(text);
  LrcLexer lexer(&input);
  antlr4::CommonTokenStream tokens(&lexer);
  syntax::mark(tokens);
  std::set<std::string> found;
  for (antlr4::Token* token : tokens.getTokens()) {
    const std::string literal(lexer.getVocabulary().getLiteralName(token->getType()));
    if (!literal.empty()) found.insert(literal);
  }
  for (const std::string& word : found) ++words[word];
  LrcParser parser(&tokens);
  found.clear();
  collect(parser.source(), found);
  for (const std::string& form : found) ++forms[form];
}

}  // namespace lrc::differential
