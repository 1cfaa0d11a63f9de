// M13, tried on good and random policies: rewrites that keep the meaning keep the hash, and edits
// that change it alter the hash or are rejected. `meaning_test FOLDERS… [--count N] [--seed S]`: N
// of each.

#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "compiler/compile/compile.h"
#include "compiler/diagnostics/render.h"
#include "tests/properties/edit.h"
#include "tests/random_policy.h"

namespace {

using namespace lrc;

struct Count {
  std::size_t tried = 0, rejected = 0;
};
using Counts = std::map<std::string_view, Count>;

void print(std::string_view title, const Counts& counts) {
  std::size_t tried = 0, rejected = 0;
  for (const auto& [name, count] : counts) {
    fmt::print("{:>8} {}{}\n", count.tried, name,
               count.rejected == 0 ? "" : fmt::format(" ({} rejected)", count.rejected));
    tried += count.tried, rejected += count.rejected;
  }
  fmt::print("{:>8} {}{}\n\n", tried, title,
             rejected == 0 ? "" : fmt::format(" ({} rejected)", rejected));
}

constexpr std::size_t shown = 5;

// The first line of one text that is another one in the other.
std::string first_difference(const std::string& before, const std::string& after) {
  std::istringstream was(before), is(after);
  for (std::string a, b; std::getline(was, a);) {
    std::getline(is, b);
    if (a != b) return fmt::format("was {}\nis  {}\n", a, b);
  }
  return "";
}

void show(std::string_view what, std::string_view edit, const test::Good& good,
          const std::string& text, const std::string& more) {
  fmt::print("{} after `{}`: {}\n--- before\n{}\n--- after\n{}\n{}\n", what, edit,
             good.source->name, good.source->text, text, more);
}

class Test {
 public:
  Test(std::vector<test::Good> policies, std::uint64_t seed)
      : policies_(std::move(policies)), random_(seed) {}

  // Rewrites of a rewrite, a few at a time, so that they meet one another.
  void keep(const std::vector<test::Edit>& edits, std::size_t wanted) {
    Counts counts;
    for (std::size_t done = 0; done < wanted && misses_ < shown;) {
      test::Good current = random_.pick(policies_);
      for (std::size_t rounds = 1 + random_.below(5); rounds > 0 && done < wanted; --rounds) {
        const test::Edit& edit = random_.pick(edits);
        const auto text = edit.apply(random_, current);
        if (!text || *text == current.source->text) continue;
        ++done;
        ++counts[edit.name].tried;
        const auto source = source::make_source(current.source->name, *text);
        const auto compilation = compile::compile(source);
        if (!compilation.policy || compilation.policy->hash != current.hash) {
          miss(edit, current, *text, compilation.policy ? "another hash" : "a rewrite is rejected");
          break;
        }
        if (rounds > 1) current = test::as_good(source, *compilation.policy);
      }
    }
    print("rewrites that keep the meaning", counts);
  }

  void change(const std::vector<test::Edit>& edits, std::size_t wanted) {
    Counts counts;
    for (std::size_t done = 0; done < wanted && misses_ < shown;) {
      const test::Good& good = random_.pick(policies_);
      const test::Edit& edit = random_.pick(edits);
      const auto text = edit.apply(random_, good);
      if (!text || *text == good.source->text) continue;
      ++done;
      Count& count = counts[edit.name];
      ++count.tried;
      const auto compilation = compile::compile(source::make_source(good.source->name, *text));
      if (!compilation.policy)
        ++count.rejected;
      else if (compilation.policy->hash == good.hash)
        miss(edit, good, *text, "the same hash");
    }
    print("edits that change the meaning", counts);
  }

  [[nodiscard]] bool fine() const { return misses_ == 0; }

 private:
  void miss(const test::Edit& edit, const test::Good& good, const std::string& text,
            std::string_view what) {
    ++misses_;
    const auto before = compile::compile(good.source);
    const auto after = compile::compile(source::make_source("<after>", text));
    std::string more = diagnostics::render_human(after.issues, diagnostics::Color::never);
    if (before.policy && after.policy)
      more = first_difference(before.policy->canonical, after.policy->canonical);
    show(what, edit.name, good, text, more);
  }

  std::vector<test::Good> policies_;
  test::Random random_;
  std::size_t misses_ = 0;
};

std::vector<test::Good> with_random_policies(std::vector<test::Good> policies) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    for (test::Good& good :
         test::good_policy(fmt::format("<random {}>", seed), test::RandomPolicy(seed).text()))
      policies.push_back(std::move(good));
  }
  return policies;
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::string> folders;
  std::size_t wanted = 10'000;
  std::uint64_t seed = 1;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--count" && i + 1 < count)
      wanted = std::strtoull(arguments[++i], nullptr, 10);
    else if (argument == "--seed" && i + 1 < count)
      seed = std::strtoull(arguments[++i], nullptr, 10);
    else
      folders.emplace_back(argument);
  }
  auto policies = with_random_policies(test::good_policies(folders));
  // Those that are there for this have the rarer constructs.
  for (std::size_t i = policies.size(); i-- > 0;) {
    const bool rarer = policies[i].source->name.find("properties/policies") != std::string::npos;
    for (int more = 0; rarer && more < 15; ++more) policies.push_back(policies[i]);
  }
  fmt::print("{} good policies, seed {}\n", policies.size(), seed);
  Test test(std::move(policies), seed);
  std::vector<test::Edit> rewrites;
  for (const auto& edits : {test::spellings(), test::namings(), test::orders(), test::sugar()})
    rewrites.insert(rewrites.end(), edits.begin(), edits.end());
  test.keep(rewrites, wanted);
  test.change(test::changes(), wanted);
  return test.fine() ? 0 : 1;
}
