#pragma once
// The training of a small network as functions of an index: kernels where CUDA launches them, loops
// where the host does. Each writes what no other index of the same function writes, and every sum
// has one order: on one machine, the same bits every time.

#include <math.h>
#include <stdint.h>

#ifdef __CUDACC__
#define DIGITS_EVERYWHERE __host__ __device__
#else
#define DIGITS_EVERYWHERE
#endif

namespace digits {

inline constexpr uint32_t pixels = 64;
inline constexpr uint32_t width = 64;  // of the hidden layer
inline constexpr uint32_t classes = 10;
inline constexpr uint32_t batch = 64;
inline constexpr uint32_t row_bytes = pixels + 1;  // of an example: pixels from 0 to 16, its digit
inline constexpr uint32_t trained_on = 1437;
inline constexpr uint32_t tested_on = 360;  // behind them, by other writers

// Where the tensors begin in the one array of parameters. Weights are [to][from].
inline constexpr uint32_t hidden_weight = 0;
inline constexpr uint32_t hidden_bias = hidden_weight + width * pixels;
inline constexpr uint32_t scores_weight = hidden_bias + width;
inline constexpr uint32_t scores_bias = scores_weight + classes * width;
inline constexpr uint32_t parameters = scores_bias + classes;
inline constexpr uint32_t tensors = 4;

DIGITS_EVERYWHERE inline uint32_t tensor_of(uint32_t parameter) {
  return parameter < hidden_bias     ? 0
         : parameter < scores_weight ? 1
         : parameter < scores_bias   ? 2
                                     : 3;
}

// The finalizer of splitmix64: numbers that look random, by their index.
DIGITS_EVERYWHERE inline uint64_t scrambled(uint64_t index) {
  uint64_t bits = (index + 1) * 0x9e3779b97f4a7c15u;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
  return bits ^ (bits >> 31);
}

// Examples to go through: the batch of an update, or with none all that are tested on.
struct Examples {
  const uint8_t* rows;
  const int64_t* update;  // the schedule's clock: which batch it is follows from it alone

  DIGITS_EVERYWHERE const uint8_t* at(uint32_t index) const {
    if (update == nullptr) return rows + (trained_on + index) * row_bytes;
    const uint64_t drawn = scrambled(static_cast<uint64_t>(*update) * batch + index) % trained_on;
    return rows + drawn * row_bytes;
  }
};

// Of each example, written by the functions below in this order.
struct Activations {
  float* hidden;        // [example][width]
  float* scores_slope;  // [example][classes]: of the mean loss
  float* hidden_slope;  // [example][width]: before relu
  float* loss;          // [example]
  uint32_t* right;      // [example]: whether the highest score is the digit's
};

// An index: example * width + unit.
struct Hidden {
  Examples examples;
  const float* parameters;
  Activations out;

  DIGITS_EVERYWHERE void operator()(uint32_t index) const {
    const uint8_t* example = examples.at(index / width);
    const uint32_t unit = index % width;
    const float* weight = parameters + hidden_weight + unit * pixels;
    float sum = parameters[hidden_bias + unit];
    for (uint32_t k = 0; k < pixels; ++k)
      sum += weight[k] * (static_cast<float>(example[k]) / 16.0f);
    out.hidden[index] = sum > 0 ? sum : 0;
  }
};

// An index: example. Cross entropy over softmax, and its slope.
struct Scores {
  Examples examples;
  const float* parameters;
  Activations out;
  uint32_t count;  // of examples

  DIGITS_EVERYWHERE void operator()(uint32_t index) const {
    const uint32_t digit = examples.at(index)[pixels];
    float scores[classes];
    uint32_t highest = 0;
    for (uint32_t k = 0; k < classes; ++k) {
      scores[k] = score(index, k);
      if (scores[k] > scores[highest]) highest = k;
    }
    const float most = scores[highest];
    const float of_digit = scores[digit] - most;
    float sum = 0;
    for (float& each : scores) sum += each = expf(each - most);
    float* slope = out.scores_slope + index * classes;
    for (uint32_t k = 0; k < classes; ++k)
      slope[k] = (scores[k] / sum - (k == digit ? 1.0f : 0.0f)) / static_cast<float>(count);
    out.loss[index] = logf(sum) - of_digit;
    out.right[index] = highest == digit;
  }

  DIGITS_EVERYWHERE float score(uint32_t example, uint32_t digit) const {
    const float* hidden = out.hidden + example * width;
    const float* weight = parameters + scores_weight + digit * width;
    float sum = parameters[scores_bias + digit];
    for (uint32_t k = 0; k < width; ++k) sum += weight[k] * hidden[k];
    return sum;
  }
};

// An index: example * width + unit.
struct HiddenSlope {
  const float* parameters;
  Activations out;

  DIGITS_EVERYWHERE void operator()(uint32_t index) const {
    const float* slope = out.scores_slope + index / width * classes;
    const float* weight = parameters + scores_weight + index % width;
    float sum = 0;
    for (uint32_t k = 0; k < classes; ++k) sum += slope[k] * weight[k * width];
    out.hidden_slope[index] = out.hidden[index] > 0 ? sum : 0;
  }
};

// An index: parameter. The sum over the batch.
struct Gradient {
  Examples examples;
  Activations in;
  float* gradient;

  DIGITS_EVERYWHERE void operator()(uint32_t index) const {
    float sum = 0;
    for (uint32_t example = 0; example < batch; ++example) sum += of_example(example, index);
    gradient[index] = sum;
  }

  DIGITS_EVERYWHERE float of_example(uint32_t example, uint32_t index) const {
    const float* hidden_slope = in.hidden_slope + example * width;
    const float* scores_slope = in.scores_slope + example * classes;
    switch (tensor_of(index)) {
      case 0:
        return hidden_slope[index / pixels] *
               (static_cast<float>(examples.at(example)[index % pixels]) / 16.0f);
      case 1: return hidden_slope[index - hidden_bias];
      case 2:
        return scores_slope[(index - scores_weight) / width] *
               in.hidden[example * width + (index - scores_weight) % width];
      default: return scores_slope[index - scores_bias];
    }
  }
};

// Where AdamW finds its numbers, which the schedule rewrites before every update.
struct Rates {
  const float* lr;
  const float* beta1;
  const float* beta2;
  const float* weight_decay;
};

// What training moves, and a checkpoint holds.
struct State {
  float value[parameters];
  float mean[parameters];    // of the gradient
  float square[parameters];  // of its square
};

// An index: parameter. AdamW as torch.optim.AdamW has it, all of it in one kernel.
struct AdamW {
  const float* gradient;
  const int64_t* update;
  Rates rates[tensors];
  State* state;

  DIGITS_EVERYWHERE void operator()(uint32_t index) const {
    const Rates& at = rates[tensor_of(index)];
    const float lr = *at.lr, beta1 = *at.beta1, beta2 = *at.beta2;
    const float slope = gradient[index];
    float& value = state->value[index];
    float& mean = state->mean[index];
    float& square = state->square[index];
    const double updates = static_cast<double>(*update + 1);
    const auto missing1 = static_cast<float>(1 - pow(static_cast<double>(beta1), updates));
    const auto missing2 = static_cast<float>(1 - pow(static_cast<double>(beta2), updates));
    value -= lr * *at.weight_decay * value;
    mean = beta1 * mean + (1 - beta1) * slope;
    square = beta2 * square + (1 - beta2) * slope * slope;
    value -= lr * (mean / missing1) / (sqrtf(square / missing2) + 1e-8f);
  }
};

// An evaluation, as it is told at the end.
struct Evaluation {
  int64_t update;  // behind so many
  double loss;     // mean over all that are tested on
  uint32_t right;  // so many of them
  float lr;        // of the update before
};

// One index. Gives the metric to the schedule: its value, then its evaluation's number.
struct Publish {
  Activations in;
  const int64_t* update;
  const float* lr;
  double* metric;
  int64_t* evaluation;
  Evaluation* evaluations;  // by number

  DIGITS_EVERYWHERE void operator()(uint32_t) const {
    Evaluation result = {*update + 1, 0, 0, *lr};
    for (uint32_t k = 0; k < tested_on; ++k) {
      result.loss += static_cast<double>(in.loss[k]);
      result.right += in.right[k];
    }
    result.loss /= tested_on;
    evaluations[*evaluation + 1] = result;
    *metric = result.loss;
    *evaluation += 1;
  }
};

}  // namespace digits
