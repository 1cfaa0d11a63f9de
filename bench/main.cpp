// Everything of ours, and the peers that are C or C++. Run by run.py.

#include "bench/measurements.h"

int main() {
  lrc::bench::Worker worker;
  lrc::bench::add_evaluation(worker);
  lrc::bench::add_expression_peers(worker);
  lrc::bench::add_groups(worker);
  lrc::bench::add_curves(worker);
  lrc::bench::add_phases(worker);
  lrc::bench::add_callable(worker);
  lrc::bench::add_processes(worker);
  return worker.serve();
}
