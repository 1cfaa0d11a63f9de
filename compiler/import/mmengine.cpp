#include "compiler/import/families.h"
namespace lrc::import {
Draft mmengine(const Case&) { refuse_unsayable("", ""); }
}  // namespace lrc::import
