#pragma once
// One function a peer: a case → a draft. Each throws a Refusal for what it cannot carry over.

#include "compiler/import/case.h"
#include "compiler/import/draft.h"

namespace lrc::import {

[[nodiscard]] Draft composer(const Case& given);
[[nodiscard]] Draft deepspeed(const Case& given);
[[nodiscard]] Draft fairseq(const Case& given);
[[nodiscard]] Draft hf(const Case& given);
[[nodiscard]] Draft llmc(const Case& given);
[[nodiscard]] Draft marian(const Case& given);
[[nodiscard]] Draft megatron(const Case& given);
[[nodiscard]] Draft mmengine(const Case& given);
[[nodiscard]] Draft nanogpt(const Case& given);
[[nodiscard]] Draft olmo(const Case& given);
[[nodiscard]] Draft optax(const Case& given);
[[nodiscard]] Draft t2t(const Case& given);
[[nodiscard]] Draft t5x(const Case& given);
[[nodiscard]] Draft timm(const Case& given);
[[nodiscard]] Draft torch(const Case& given);
[[nodiscard]] Draft torchtitan(const Case& given);

}  // namespace lrc::import
