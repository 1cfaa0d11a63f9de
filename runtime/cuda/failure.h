#pragma once
// Why a call of a device schedule did not end well, in words for a person.

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace lrc::cuda {

struct Failure {
  enum class Kind {
    wrong_call,   // an argument, or a moment at which this is not done
    refused,      // two things do not belong together
    environment,  // the driver, the device or the compiler
    limit         // a published one
  };
  Kind kind = Kind::environment;
  std::string text;
};

template <class Value>
using Result = tl::expected<Value, Failure>;

inline tl::unexpected<Failure> failure(Failure::Kind kind, std::string text) {
  return tl::unexpected<Failure>(Failure{kind, std::move(text)});
}

}  // namespace lrc::cuda
