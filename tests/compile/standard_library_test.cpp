// A definition of the standard library is found and read when it is first named: each of them is,
// and as the whole module says it.

#include "compiler/compile/standard_library.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/syntax/parse.h"

namespace lrc::compile {
namespace {

using Names = std::vector<std::string>;

Names sorted(Names names) {
  std::sort(names.begin(), names.end());
  return names;
}

// What the modules define when they are read whole.
struct Whole {
  Names curves, schedules;
  std::vector<ast::Definition> definitions;
  std::vector<source::SourcePtr> sources;
};

Whole whole() {
  Whole read;
  for (const Module& module : standard_modules()) {
    read.sources.push_back(source::make_source("stdlib/" + std::string(module.name) + ".lrp",
                                               std::string(module.text)));
    const auto parsed = syntax::parse(*read.sources.back());
    EXPECT_TRUE(parsed.issues.empty()) << module.name;
    EXPECT_TRUE(parsed.tree.lets.empty()) << module.name << ": quantities are not looked up";
    for (const ast::Curve& curve : parsed.tree.curves) read.curves.push_back(curve.name.text);
    for (const ast::Definition& schedule : parsed.tree.definitions) {
      read.schedules.push_back(schedule.name.text);
      read.definitions.push_back(schedule);
    }
  }
  return read;
}

TEST(StandardLibrary, KnowsTheNamesOfAllDefinitions) {
  const Whole read = whole();
  EXPECT_EQ(sorted(standard_library().curves()), sorted(read.curves));
  EXPECT_EQ(sorted(standard_library().schedules()), sorted(read.schedules));
  EXPECT_EQ(standard_library().defining("nothing"), nullptr);
}

TEST(StandardLibrary, ReadsEachCurve) {
  for (const std::string& name : standard_library().curves()) {
    const check::Library* library = standard_library().defining(name);
    ASSERT_NE(library, nullptr) << name;
    EXPECT_NE(library->curve(name), nullptr) << name;
  }
}

TEST(StandardLibrary, ReadsEachScheduleWholeAndAtItsPlace) {
  for (const ast::Definition& expected : whole().definitions) {
    const std::string& name = expected.name.text;
    const check::Library* library = standard_library().defining(name);
    ASSERT_NE(library, nullptr) << name;
    const check::Library::Schedule* schedule = library->schedule(name);
    ASSERT_NE(schedule, nullptr) << name;
    const source::Span span = schedule->definition->span;
    EXPECT_EQ(span.begin, expected.span.begin) << name;
    EXPECT_EQ(span.text(),
              std::string_view(span.source->text)
                  .substr(expected.span.begin, expected.span.end - expected.span.begin))
        << name;
  }
}

}  // namespace
}  // namespace lrc::compile
