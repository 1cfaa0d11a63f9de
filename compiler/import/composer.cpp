#include "compiler/import/families.h"
namespace lrc::import {
Draft composer(const Case&) { refuse_unsayable("", ""); }
}  // namespace lrc::import
