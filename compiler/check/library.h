#pragma once
// The curves a policy can name. The standard library is one, compiled by the ordinary path.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compiler/diagnostics/issue.h"
#include "compiler/policy/policy.h"
#include "compiler/syntax/ast.h"

namespace lrc::check {

class Library {
 public:
  // Adds the definitions of a module. With issues, nothing is added.
  [[nodiscard]] diagnostics::Issues add(const ast::File& file);

  [[nodiscard]] std::shared_ptr<const policy::Curve> curve(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::map<std::string, std::shared_ptr<const policy::Curve>> curves_;
};

}  // namespace lrc::check
