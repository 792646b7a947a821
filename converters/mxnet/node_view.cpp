#include "converters/mxnet/node_view.h"

#include "converters/mxnet/values.h"
#include "converters/text.h"

namespace mien::mxnet {

std::string NodeView::name() const {
  return printable(node_.name);
}
std::string NodeView::label() const {
  return "node '" + name() + "' (" + printable(op()) + ")";
}

const std::string* NodeView::find(const char* attribute) const {
  const auto found = node_.attributes.find(attribute);
  return found == node_.attributes.end() || found->second == "None" ? nullptr : &found->second;
}

void NodeView::malformed(const char* attribute, const std::string& text) {
  corrupt(std::string(attribute) + " is '" + printable(text) + "'");
}

bool NodeView::has(const char* attribute) const {
  return find(attribute) != nullptr;
}

bool NodeView::flag(const char* attribute, bool fallback) {
  const std::string* text = find(attribute);
  bool value = fallback;
  if (text && !parse_flag(*text, &value)) malformed(attribute, *text);
  return value;
}

int64_t NodeView::integer(const char* attribute, int64_t fallback) {
  const std::string* text = find(attribute);
  int64_t value = fallback;
  if (!text || parse_integer(*text, &value)) return value;
  malformed(attribute, *text);
  return fallback;
}

double NodeView::real(const char* attribute, double fallback) {
  const std::string* text = find(attribute);
  double value = fallback;
  if (!text || parse_real(*text, &value)) return value;
  malformed(attribute, *text);
  return fallback;
}

double NodeView::scalar(const char* attribute) {
  if (!has(attribute)) corrupt(std::string("has no ") + attribute);
  return real(attribute, 1);
}

std::string NodeView::text(const char* attribute, const std::string& fallback) const {
  const std::string* text = find(attribute);
  return text ? *text : fallback;
}

Dims NodeView::tuple(const char* attribute, const Dims& fallback) {
  const std::string* text = find(attribute);
  Dims values;
  if (!text) return fallback;
  if (parse_tuple(*text, &values)) return values;
  malformed(attribute, *text);
  return fallback;
}

int NodeView::axis(const char* attribute, int64_t fallback, int rank) {
  const int64_t given = integer(attribute, fallback), at = given < 0 ? given + rank : given;
  if (at >= 0 && at < rank) return static_cast<int>(at);
  corrupt(std::string(attribute) + " " + std::to_string(given) + " of rank " + std::to_string(rank));
  return 0;
}

std::string dims_text(const Dims& dims) {
  std::string text;
  for (int64_t d : dims) text += (text.empty() ? "" : "x") + std::to_string(d);
  return text.empty() ? "scalar" : text;
}

}  // namespace mien::mxnet
