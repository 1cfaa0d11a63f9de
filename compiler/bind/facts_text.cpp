#include "compiler/bind/facts_text.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

#include "compiler/ir/canonical.h"

namespace lrc::bind {
namespace {

using exact::Rational;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

std::optional<Rational> real(std::string_view digits) {
  constexpr std::size_t digits_of_binary64 = 16;
  std::uint64_t bits = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bits, 16);
  if (digits.size() != digits_of_binary64 || read.ptr != digits.data() + digits.size())
    return std::nullopt;
  const auto value = std::bit_cast<double>(bits);
  if (!std::isfinite(value)) return std::nullopt;
  return exact::from_double(value);
}

class Reader {
 public:
  explicit Reader(const ir::Program& program) : program_(program) {}

  bool line(std::string_view line) {
    const auto words = words_of(line);
    if (words.size() == 3 && words[0] == "run") return run(words[1], words[2]);
    if (words.size() == 4 && words[0] == "rate") return rate(words[1], words[2], words[3]);
    if (words.size() == 4 && words[0] == "peak") return peak(words[1], words[2]);
    return words.size() == 3 && words[0] == "parameter" && parameter(words[1], words[2]);
  }

  Facts facts;

 private:
  bool run(std::string_view amount, std::string_view unit) {
    const auto value = exact::from_text(amount);
    const auto of = exact::unit_named(unit);
    if (!value || !of || *value <= 0) return false;
    facts.run = exact::Length(exact::of_unit(*of), *value);
    return true;
  }

  bool rate(std::string_view of, std::string_view amount, std::string_view in) {
    const auto unit = exact::unit_named(of), other = exact::unit_named(in);
    const auto value = exact::from_text(amount);
    if (!unit || !other || !value || *value <= 0) return false;
    const exact::Rate rate{*unit, *value, *other};
    if (std::ranges::find(program_.rates, rate) == program_.rates.end())
      facts.rates.push_back(rate);
    return true;
  }

  bool peak(std::string_view output, std::string_view bits) {
    const auto value = real(bits);
    if (!value) return false;
    const auto is_stated = [&](const ir::Peak& peak) { return peak.output == output; };
    if (std::ranges::none_of(program_.peaks, is_stated))
      facts.peaks.emplace(std::string(output), *value);
    return true;
  }

  bool parameter(std::string_view name, std::string_view text) {
    const auto found = std::ranges::find(program_.parameters, name, &ir::Parameter::name);
    if (found == program_.parameters.end()) return false;
    const auto value = exact::is_real(found->type) ? real(text) : exact::from_text(text);
    if (!value) return false;
    facts.parameters.emplace(std::string(name), *value);
    return true;
  }

  const ir::Program& program_;
};

}  // namespace

std::string facts_text(const ir::Program& program, const Facts& facts,
                       const Environment& environment) {
  std::string text;
  if (const auto& run = program.run ? program.run : facts.run) {
    text += fmt::format("run {} {}\n", exact::to_text(*run->exact()), singular(unit_of(run->of())));
  }
  std::vector<std::string> rates;
  for (const auto* list : {&program.rates, &facts.rates}) {
    for (const exact::Rate& rate : *list)
      rates.push_back(fmt::format("rate {} {} {}\n", singular(rate.of), exact::to_text(rate.amount),
                                  singular(rate.in)));
  }
  std::sort(rates.begin(), rates.end());
  rates.erase(std::unique(rates.begin(), rates.end()), rates.end());
  for (const std::string& rate : rates) text += rate;
  for (const auto& [output, peak] : environment.peaks())
    text += fmt::format("peak {} {} {}\n", output, ir::bits(peak), peak);
  for (const ir::Parameter& parameter : program.parameters) {
    if (!environment.known(exact::ParameterName{parameter.name})) continue;
    const Rational& value = environment.parameters().at(parameter.name);
    const bool is_real = exact::is_real(parameter.type);
    text += fmt::format("parameter {} {}\n", parameter.name,
                        is_real ? ir::bits(exact::to_double(value)) : exact::to_text(value));
  }
  return text;
}

tl::expected<Facts, std::string> read_facts_text(const ir::Program& program,
                                                 std::string_view text) {
  Reader reader(program);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (!reader.line(line))
      return tl::unexpected(fmt::format("`{}` is not a fact of the policy", line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.facts;
}

}  // namespace lrc::bind
