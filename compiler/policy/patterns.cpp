#include "compiler/policy/patterns.h"

#include <algorithm>
#include <vector>

namespace lrc::policy {
namespace {

// How what is left of two patterns is matched together: the rest of both from (i, j) on.
class Common {
 public:
  Common(std::string_view a, std::string_view b)
      : a_(a), b_(b), matches_((a.size() + 1) * (b.size() + 1), false) {
    for (std::size_t i = a.size() + 1; i-- > 0;) {
      for (std::size_t j = b.size() + 1; j-- > 0;) set(i, j, next(i, j) != Step::none || end(i, j));
    }
  }

  [[nodiscard]] std::optional<std::string> name() const {
    if (!at(0, 0)) return std::nullopt;
    std::string name;
    for (std::size_t i = 0, j = 0; !end(i, j);) {
      const Step step = next(i, j);
      if (step == Step::both || step == Step::left) name += a_[i] == '*' ? b_[j] : a_[i];
      if (step == Step::right) name += b_[j];
      if (step != Step::right && step != Step::skip_right) ++i;
      if (step != Step::left && step != Step::skip_left) ++j;
    }
    return name;
  }

 private:
  enum class Step : unsigned char { none, skip_left, skip_right, both, left, right };

  [[nodiscard]] bool end(std::size_t i, std::size_t j) const {
    return i == a_.size() && j == b_.size();
  }
  [[nodiscard]] bool at(std::size_t i, std::size_t j) const {
    return matches_[i * (b_.size() + 1) + j];
  }
  void set(std::size_t i, std::size_t j, bool value) { matches_[i * (b_.size() + 1) + j] = value; }

  // A star that stands for nothing comes first, so that names are short; a letter of one pattern
  // may fall under the star of the other.
  [[nodiscard]] Step next(std::size_t i, std::size_t j) const {
    const bool in_a = i < a_.size(), in_b = j < b_.size();
    const bool star_a = in_a && a_[i] == '*', star_b = in_b && b_[j] == '*';
    if (star_a && at(i + 1, j)) return Step::skip_left;
    if (star_b && at(i, j + 1)) return Step::skip_right;
    if (in_a && in_b && a_[i] == b_[j] && !star_a && at(i + 1, j + 1)) return Step::both;
    if (in_a && !star_a && star_b && at(i + 1, j)) return Step::left;
    if (in_b && !star_b && star_a && at(i, j + 1)) return Step::right;
    return Step::none;
  }

  std::string_view a_, b_;
  std::vector<bool> matches_;
};

}  // namespace

// `reached` are the places in b that some name takes b to, while it takes a to where we are.
bool overlap(std::string_view a, std::string_view b) {
  std::vector<bool> reached(b.size() + 1, false);
  reached[0] = true;
  const auto skip_stars = [&](std::vector<bool>& places) {
    for (std::size_t i = 0; i < b.size(); ++i) {
      if (places[i] && b[i] == '*') places[i + 1] = true;
    }
  };
  skip_stars(reached);
  for (const char letter : a) {
    std::vector<bool> next(b.size() + 1, false);
    for (std::size_t i = 0; i <= b.size(); ++i) {
      if (!reached[i]) continue;
      if (letter == '*')
        std::fill(next.begin() + static_cast<std::ptrdiff_t>(i), next.end(), true);
      else if (i < b.size() && b[i] == '*')
        next[i] = true;
      else if (i < b.size() && b[i] == letter)
        next[i + 1] = true;
    }
    skip_stars(next);
    reached = std::move(next);
  }
  return reached[b.size()];
}

std::optional<std::string> common_name(std::string_view a, std::string_view b) {
  return Common(a, b).name();
}

}  // namespace lrc::policy
