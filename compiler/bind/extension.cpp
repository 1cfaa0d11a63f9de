#include "compiler/bind/extension.h"

namespace lrc::bind {

using diagnostics::Code;
using exact::Rational;

Extension extension_of(const ir::Curve& value, const Environment& environment) {
  if (!environment.path().constant()) {
    refuse(Code::E0511, std::nullopt, "an extension under a batch that grows",
           "what is left is stretched in updates, which are of different sizes there");
  }
  const Rational& run = environment.run().value();
  const Rational at = environment.position(value.length), end = environment.position(value.end);
  if (at < 0 || at >= run || end <= run) {
    refuse(Code::E0511, std::nullopt,
           fmt::format("the run ends after {0}{3}, and is extended at {1}{3} to {2}{3}",
                       exact::to_decimal(run), exact::to_decimal(at), exact::to_decimal(end),
                       environment.updates()),
           "`run` states the end that the schedule had; before it the rest is stretched, to an end "
           "behind it");
  }
  return {at, end, (run - at) / (end - at)};
}

}  // namespace lrc::bind
