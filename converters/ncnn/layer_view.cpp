#include "converters/ncnn/layer_view.h"

#include "converters/text.h"

namespace mien::ncnn {

std::string LayerView::name() const {
  return printable(layer_->name);
}
std::string LayerView::label() const {
  return "node '" + name() + "' (" + printable(type()) + ")";
}

const Param* LayerView::find(int id) const {
  for (const Param& param : layer_->params) {
    if (param.id == id) return &param;
  }
  return nullptr;
}

const Param* LayerView::numbers(int id, ParamKind kind) {
  const Param* param = find(id);
  if (!param) return nullptr;
  // A list of one may be written without its count.
  if (param->kind == kind || (kind == ParamKind::list && param->kind == ParamKind::number)) return param;
  corrupt("parameter " + std::to_string(id) + " is not " +
          (kind == ParamKind::list ? "a list of numbers" : "one number"));
  return nullptr;
}

int64_t LayerView::integer(int id, int64_t fallback) {
  const Param* param = numbers(id, ParamKind::number);
  if (!param) return fallback;
  const Number& number = layer_->numbers[static_cast<size_t>(param->first)];
  if (number.whole) return number.integer;
  corrupt("parameter " + std::to_string(id) + " is " + std::to_string(number.real) + ", not a whole number");
  return fallback;
}

double LayerView::real_of(const Number& number) {
  if (number.whole && number.integer != 0) needs_repair_ = true;
  return static_cast<double>(number.real);
}

double LayerView::real(int id, double fallback) {
  const Param* param = numbers(id, ParamKind::number);
  return param ? real_of(layer_->numbers[static_cast<size_t>(param->first)]) : fallback;
}

Dims LayerView::integers(int id) {
  Dims values;
  const Param* param = numbers(id, ParamKind::list);
  for (int32_t i = 0; param && i < param->count; ++i) {
    const Number& number = layer_->numbers[static_cast<size_t>(param->first + i)];
    if (!number.whole) corrupt("parameter " + std::to_string(id) + " holds " + std::to_string(number.real));
    values.push_back(number.integer);
  }
  return values;
}

std::vector<double> LayerView::reals(int id) {
  std::vector<double> values;
  const Param* param = numbers(id, ParamKind::list);
  for (int32_t i = 0; param && i < param->count; ++i)
    values.push_back(real_of(layer_->numbers[static_cast<size_t>(param->first + i)]));
  return values;
}

int LayerView::axis(int id, int64_t fallback, int dimensions) {
  const int64_t given = integer(id, fallback), at = given < 0 ? given + dimensions : given;
  if (at >= 0 && at < dimensions) return static_cast<int>(at);
  corrupt("axis " + std::to_string(given) + " of " + std::to_string(dimensions) + " dimensions");
  return 0;
}

std::string dims_text(const Dims& dims) {
  std::string text;
  for (int64_t d : dims) text += (text.empty() ? "" : "x") + std::to_string(d);
  return text.empty() ? "scalar" : text;
}

}  // namespace mien::ncnn
