#include "compiler/import/case.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/diagnostics/render.h"
#include "compiler/import/text.h"

namespace lrc::import {

using diagnostics::Code;

void refuse(Code code, std::string message, std::string reason, std::string fix) {
  diagnostics::Issue issue{code, {}, std::move(message), "", {}, std::move(reason), std::nullopt};
  if (!fix.empty()) issue.fix = diagnostics::Fix{std::move(fix), std::nullopt, ""};
  throw Refusal{std::move(issue)};
}

void refuse_value(const std::string& name, const Json& value, const std::string& needed) {
  refuse(Code::E1004, fmt::format("`{}` is {}", name, diagnostics::printable(value_text(value))),
         needed);
}

void refuse_code(const std::string& what, std::string fix) {
  refuse(Code::E1005, what,
         "only numbers and words can be carried over, no code of another program", std::move(fix));
}

void refuse_unsayable(const std::string& what, std::string reason, std::string fix) {
  refuse(Code::E1006, what, std::move(reason), std::move(fix));
}

const Json* Arguments::find(const std::string& name) const {
  if (std::find(known_->begin(), known_->end(), name) == known_->end()) known_->push_back(name);
  const auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

const Json& Arguments::needed(const std::string& name) const {
  if (const Json* value = find(name)) return *value;
  refuse(Code::E1004, fmt::format("{} has no `{}`", call_, name), "its value depends on it",
         fmt::format("write `\"{}\": …`", name));
}

bool Arguments::has(const std::string& name) const { return find(name) != nullptr; }

double Arguments::number(const std::string& name) const {
  const Json& value = needed(name);
  if (!value.is_number() || !std::isfinite(value.get<double>()))
    refuse_value(name, value, "a number is needed");
  return value.get<double>();
}

double Arguments::number(const std::string& name, double otherwise) const {
  return has(name) ? number(name) : otherwise;
}

std::optional<double> Arguments::maybe(const std::string& name) const {
  return has(name) ? std::optional(number(name)) : std::nullopt;
}

double Arguments::whole(const std::string& name) const {
  const double value = number(name);
  if (value != std::floor(value)) refuse_value(name, any(name), "a whole number is needed");
  return value;
}

double Arguments::whole(const std::string& name, double otherwise) const {
  return has(name) ? whole(name) : otherwise;
}

std::string Arguments::word(const std::string& name) const {
  const Json& value = needed(name);
  if (!value.is_string()) refuse_value(name, value, "a text is needed");
  return value.get<std::string>();
}

std::string Arguments::word(const std::string& name, const std::string& otherwise) const {
  return has(name) ? word(name) : otherwise;
}

bool Arguments::flag(const std::string& name, bool otherwise) const {
  const Json* value = find(name);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) refuse_value(name, *value, "`true` or `false` is needed");
  return value->get<bool>();
}

const Json& Arguments::list(const std::string& name) const {
  const Json& value = needed(name);
  if (!value.is_array()) refuse_value(name, value, "a list is needed");
  return value;
}

std::vector<double> Arguments::numbers(const std::string& name) const {
  std::vector<double> values;
  for (const Json& value : list(name)) {
    if (!value.is_number()) refuse_value(name, value, "numbers are needed");
    values.push_back(value.get<double>());
  }
  return values;
}

const Json& Arguments::any(const std::string& name) const { return needed(name); }

void Arguments::ignore(const std::vector<std::string>& names) const {
  for (const std::string& name : names) (void)find(name);
}

std::string Arguments::choice(const std::string& name, const std::string& otherwise,
                              const std::vector<std::string>& choices) const {
  std::string chosen = otherwise.empty() ? word(name) : word(name, otherwise);
  if (std::find(choices.begin(), choices.end(), chosen) != choices.end()) return chosen;
  std::string fix;
  if (const auto guess = diagnostics::closest(chosen, choices))
    fix = fmt::format("did you mean `{}`?", *guess);
  refuse(Code::E1004,
         fmt::format("{} knows no `{}` called `{}`", call_, name, diagnostics::printable(chosen)),
         fmt::format("it knows {}", fmt::join(choices, ", ")), std::move(fix));
}

void Arguments::finish() const {
  for (const auto& [name, value] : object_->items()) {
    if (std::find(known_->begin(), known_->end(), name) != known_->end()) continue;
    std::string fix;
    if (const auto guess = diagnostics::closest(name, *known_))
      fix = fmt::format("did you mean `{}`?", *guess);
    refuse(Code::E1003, fmt::format("{} has no argument `{}`", call_, diagnostics::printable(name)),
           "an argument that is not known could change every number", std::move(fix));
  }
}

double Case::learning_rate() const { return facts().number("lr"); }

std::string called(const Json& spec, const char* key, const std::string& otherwise) {
  const auto found = spec.find(key);
  return found != spec.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

std::string value_text(const Json& value) {
  if (value.is_null()) return "None";
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_number_integer()) return value.dump();
  if (value.is_number()) return number(value.get<double>());
  if (value.is_object() &&
      (value.contains("cls") || value.contains("fn") || value.contains("type")))
    return call_text(value);
  std::vector<std::string> items;
  if (value.is_array()) {
    for (const Json& item : value) items.push_back(value_text(item));
    return fmt::format("[{}]", fmt::join(items, ", "));
  }
  if (value.is_object()) {
    for (const auto& [name, item] : value.items()) items.push_back(name + ": " + value_text(item));
    return fmt::format("{{{}}}", fmt::join(items, ", "));
  }
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string call_text(const Json& arguments) {
  std::string call;
  std::vector<std::string> items;
  for (const auto& [name, value] : arguments.items()) {
    const bool names_call = name == "cls" || name == "fn" || name == "type" || name == "name";
    if (call.empty() && names_call && value.is_string())
      call = value.get<std::string>();
    else
      items.push_back(name + "=" + value_text(value));
  }
  return fmt::format("{}({})", call, fmt::join(items, ", "));
}

}  // namespace lrc::import
