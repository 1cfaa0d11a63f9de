#pragma once
// The model and its data, in LibTorch: a transformer over characters, and the order of its batches.

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace char_lm {

constexpr std::int64_t context = 64;  // characters that a prediction can look back to
constexpr std::int64_t batch_rows = 16;
constexpr std::int64_t width = 128;
constexpr std::int64_t heads = 4;
constexpr std::int64_t layers = 2;
constexpr double dropout = 0.05;

// Attention and a feed-forward layer, each behind a norm and beside a residual path.
class BlockImpl : public torch::nn::Module {
 public:
  BlockImpl() {
    norm1_ = register_module("norm1", torch::nn::LayerNorm(norm_options()));
    query_key_value_ = register_module("query_key_value", torch::nn::Linear(width, 3 * width));
    attention_out_ = register_module("attention_out", torch::nn::Linear(width, width));
    norm2_ = register_module("norm2", torch::nn::LayerNorm(norm_options()));
    expand_ = register_module("expand", torch::nn::Linear(width, 4 * width));
    contract_ = register_module("contract", torch::nn::Linear(4 * width, width));
  }

  torch::Tensor forward(torch::Tensor x) {
    x = x + torch::dropout(attention(norm1_(x)), dropout, is_training());
    return x + torch::dropout(contract_(torch::gelu(expand_(norm2_(x)))), dropout, is_training());
  }

 private:
  static torch::nn::LayerNormOptions norm_options() { return torch::nn::LayerNormOptions({width}); }

  torch::Tensor attention(const torch::Tensor& x) {
    const auto rows = x.size(0), length = x.size(1);
    const auto parts = query_key_value_(x)
                           .view({rows, length, 3, heads, width / heads})
                           .permute({2, 0, 3, 1, 4})
                           .unbind(0);
    const auto mixed = torch::scaled_dot_product_attention(parts[0], parts[1], parts[2], {},
                                                           /*dropout_p=*/0.0, /*is_causal=*/true);
    return attention_out_(mixed.transpose(1, 2).reshape({rows, length, width}));
  }

  torch::nn::LayerNorm norm1_{nullptr}, norm2_{nullptr};
  torch::nn::Linear query_key_value_{nullptr}, attention_out_{nullptr};
  torch::nn::Linear expand_{nullptr}, contract_{nullptr};
};
TORCH_MODULE(Block);

class ModelImpl : public torch::nn::Module {
 public:
  explicit ModelImpl(std::int64_t alphabet_size) {
    character_ = register_module("character", torch::nn::Embedding(alphabet_size, width));
    place_ = register_module("place", torch::nn::Embedding(context, width));
    for (std::int64_t i = 0; i < layers; ++i) {
      blocks_.push_back(register_module("block" + std::to_string(i), Block()));
    }
    last_norm_ =
        register_module("last_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})));
    predict_ = register_module("predict", torch::nn::Linear(width, alphabet_size));
    const torch::NoGradGuard no_grad;
    character_->weight.mul_(0.5);
    place_->weight.mul_(0.5);
  }

  // Scores of the next character at every place: rows x places to rows x places x alphabet.
  torch::Tensor forward(const torch::Tensor& characters) {
    auto x = character_(characters) + place_(torch::arange(characters.size(1)));
    for (auto& block : blocks_) x = block(x);
    return predict_(last_norm_(x));
  }

 private:
  torch::nn::Embedding character_{nullptr}, place_{nullptr};
  std::vector<Block> blocks_;
  torch::nn::LayerNorm last_norm_{nullptr};
  torch::nn::Linear predict_{nullptr};
};
TORCH_MODULE(Model);

// Windows of the text in an order drawn anew for every pass, from torch's default generator.
class Batches {
 public:
  // Draws the first order.
  explicit Batches(const std::vector<std::uint8_t>& text)
      : text_(torch::tensor(at::ArrayRef<std::uint8_t>(text), torch::kUInt8)),
        windows_((text_.size(0) - 1) / context) {
    draw_order();
  }

  // The characters and, at each place, the one that follows. Moves on.
  std::pair<torch::Tensor, torch::Tensor> next() {
    if (next_ + batch_rows > windows_) draw_order();
    const auto chosen = order_.slice(0, next_, next_ + batch_rows);
    next_ += batch_rows;
    const auto places = chosen.unsqueeze(1) * context + torch::arange(context + 1);
    const auto rows = text_.index({places}).to(torch::kInt64);
    return {rows.slice(1, 0, context), rows.slice(1, 1, context + 1)};
  }

  // The position in the data, for a checkpoint.
  [[nodiscard]] const torch::Tensor& order() const { return order_; }
  [[nodiscard]] std::int64_t position() const { return next_; }
  void set_position(torch::Tensor order, std::int64_t position) {
    TORCH_CHECK(order.dim() == 1 && order.size(0) == windows_ && position >= 0,
                "the position is not one in this text");
    order_ = std::move(order);
    next_ = position;
  }

 private:
  void draw_order() {
    order_ = torch::randperm(windows_, torch::kInt64);
    next_ = 0;
  }

  torch::Tensor text_;
  std::int64_t windows_;
  torch::Tensor order_;
  std::int64_t next_ = 0;
};

}  // namespace char_lm
