#include "compiler/import/families.h"
namespace lrc::import {
Draft t5x(const Case&) { refuse_unsayable("", ""); }
Draft t2t(const Case&) { refuse_unsayable("", ""); }
Draft marian(const Case&) { refuse_unsayable("", ""); }
}  // namespace lrc::import
