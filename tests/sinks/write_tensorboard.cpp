// Writes an event file into a folder, for read_tensorboard_test.py.

#include "runtime/sinks/tensorboard.h"

int main(int count, char** arguments) {
  if (count != 2) return 2;
  lrc::sinks::TensorBoard board(arguments[1], "test");
  board.event(R"({"event":"start","update":0,"outputs":["lr"],"groups":["","norms"]})");
  for (std::int64_t update = 0; update < 300; ++update) {
    const double lr = static_cast<double>(update) / 256;
    const double values[] = {lr, lr / 2};
    board.values(update, values);
  }
  board.event(R"({"event":"firing","update":200,"rule":0,"trigger":"nonfinite","evaluation":200})");
  board.flush();
  return board.fine() ? 0 : 1;
}
