#pragma once
// What the author of a case wrote: JSON, read with care. Every argument that nobody asked for is
// refused in the end, so none is dropped in silence.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/diagnostics/issue.h"

namespace lrc::import {

using Json = nlohmann::ordered_json;

// Carries an issue to the door of this folder, and no further.
struct Refusal {
  diagnostics::Issue issue;
};
[[noreturn]] void refuse(diagnostics::Code code, std::string message, std::string reason,
                         std::string fix = "");
// A value that the peer would not take, or that we cannot read.
[[noreturn]] void refuse_value(const std::string& name, const Json& value,
                               const std::string& needed);
// What belongs to the peer's own machinery: a function, a generator of random numbers.
[[noreturn]] void refuse_code(const std::string& what, std::string fix);
// What the language cannot say.
[[noreturn]] void refuse_unsayable(const std::string& what, std::string reason,
                                   std::string fix = "");

// Named arguments of one call. What is read is known; what is left at the end is not.
class Arguments {
 public:
  Arguments(const Json& object, std::string call) : object_(&object), call_(std::move(call)) {}

  // Null counts as absent everywhere.
  [[nodiscard]] bool has(const std::string& name) const;
  [[nodiscard]] double number(const std::string& name) const;
  [[nodiscard]] double number(const std::string& name, double otherwise) const;
  [[nodiscard]] std::optional<double> maybe(const std::string& name) const;
  // A whole number.
  [[nodiscard]] double whole(const std::string& name) const;
  [[nodiscard]] double whole(const std::string& name, double otherwise) const;
  [[nodiscard]] std::string word(const std::string& name) const;
  [[nodiscard]] std::string word(const std::string& name, const std::string& otherwise) const;
  [[nodiscard]] bool flag(const std::string& name, bool otherwise) const;
  [[nodiscard]] std::vector<double> numbers(const std::string& name) const;
  [[nodiscard]] const Json& list(const std::string& name) const;
  [[nodiscard]] const Json& any(const std::string& name) const;
  // Arguments that the peer has and that change no number here.
  void ignore(const std::vector<std::string>& names) const;
  // One of the words that the peer knows.
  [[nodiscard]] std::string choice(const std::string& name, const std::string& otherwise,
                                   const std::vector<std::string>& choices) const;
  // Call it last.
  void finish() const;

  [[nodiscard]] const std::string& call() const { return call_; }

 private:
  [[nodiscard]] const Json* find(const std::string& name) const;
  [[nodiscard]] const Json& needed(const std::string& name) const;

  const Json* object_;
  std::string call_;  // as its author would say it, for messages
  // Copies know what any of them has read.
  std::shared_ptr<std::vector<std::string>> known_ = std::make_shared<std::vector<std::string>>();
};

struct Case {
  std::string peer;
  Json object;

  [[nodiscard]] Arguments facts() const { return {object, "the case"}; }
  [[nodiscard]] const Json& arguments() const { return object.at("args"); }
  [[nodiscard]] Arguments call(const std::string& name) const { return {arguments(), name}; }
  [[nodiscard]] double learning_rate() const;
};

// The name that a call gives under a key, if it is one.
[[nodiscard]] std::string called(const Json& spec, const char* key, const std::string& otherwise);
// A call in the syntax of Python, for a comment: `CosineAnnealingLR(T_max=1000)`.
[[nodiscard]] std::string call_text(const Json& arguments);
[[nodiscard]] std::string value_text(const Json& value);

}  // namespace lrc::import
