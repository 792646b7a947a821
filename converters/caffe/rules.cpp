#include "converters/caffe/rules.h"

#include <algorithm>

namespace mien::caffe {
namespace {

Status bad_value(const Field& field) {
  return {Code::corrupt, "line " + std::to_string(field.line) + ": '" + std::string(field.name.substr(0, 40)) +
                             "' is not a value of its kind"};
}

bool has_stage(const NetState& state, const std::string& stage) {
  return std::find(state.stages.begin(), state.stages.end(), stage) != state.stages.end();
}

// Whether the state meets one `include` or `exclude`: all that it says.
Status meets(const Message& rule, const NetState& state, bool* result) {
  *result = true;
  Status status;
  rule.each([&](const Field& field, int32_t) {
    int64_t level = 0;
    std::string stage;
    bool valid = true, holds = true;
    if (field.name == "phase") {
      valid = field.value == "TEST" || field.value == "TRAIN" || field.value == "0" || field.value == "1";
      holds = field.value == "TEST" || field.value == "1";
    } else if (field.name == "min_level" || field.name == "max_level") {
      valid = parse_integer(field.value, &level);
      holds = field.name == "min_level" ? state.level >= level : state.level <= level;
    } else if (field.name == "stage" || field.name == "not_stage") {
      valid = parse_text(field.value, &stage);
      holds = has_stage(state, stage) == (field.name == "stage");
    }
    if (!valid && status.ok()) status = bad_value(field);
    *result = *result && holds;
  });
  return status;
}

}  // namespace

Status read_state(const Message& net, NetState* state) {
  Status status;
  net.child("state").each([&](const Field& field, int32_t) {
    std::string stage;
    bool valid = true;
    if (field.name == "level") valid = parse_integer(field.value, &state->level);
    if (field.name == "stage") {
      valid = parse_text(field.value, &stage);
      state->stages.push_back(stage);
    }
    if (!valid && status.ok()) status = bad_value(field);
  });
  return status;
}

Status is_included(const Message& layer, const NetState& state, bool* included) {
  bool includes = false, excludes = false, met_include = false, met_exclude = false;
  Status status;
  layer.each([&](const Field& field, int32_t i) {
    const bool include = field.name == "include";
    if (!status.ok() || (!include && field.name != "exclude")) return;
    bool met = false;
    status = field.is_message ? meets(layer.inside(i), state, &met) : bad_value(field);
    if (status.ok() && (include ? excludes : includes))
      status = {Code::corrupt, "line " + std::to_string(field.line) + ": a layer with both include and exclude"};
    (include ? includes : excludes) = true;
    bool& any = include ? met_include : met_exclude;
    any = any || met;
  });
  *included = includes ? met_include : !met_exclude;
  return status;
}

}  // namespace mien::caffe
