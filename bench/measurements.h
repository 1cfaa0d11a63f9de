#pragma once
// What bench_lrc can measure, one file a subject. goals.py says what is compared with what.

#include "bench/worker.h"

namespace lrc::bench {

void add_evaluation(Worker& worker);
void add_expression_peers(Worker& worker);  // LuaJIT and muParser
void add_groups(Worker& worker);
void add_curves(Worker& worker);
void add_phases(Worker& worker);
void add_callable(Worker& worker);
void add_processes(Worker& worker);

}  // namespace lrc::bench
