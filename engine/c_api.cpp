// The C interface on top of model.h: nothing is decided here. Every function that can fail runs inside guarded(), so
// that no exception gets out.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/c_api_support.h"
#include "engine/count.h"
#include "engine/file/flat_file.h"
#include "engine/model.h"
#include "engine/normalize.h"
#include "mien/mien.h"

struct mien_session {
  std::unique_ptr<mien::Session> session;
  int max_batch = 1;
  // For run_pictures: the first input, and the outputs that are dropped. Empty if the model takes no pictures.
  std::vector<float> picture_input;
  std::vector<std::vector<float>> dropped;
  std::vector<float*> outputs;
};

namespace mien {
namespace {

using c_api::bad;
using c_api::read_isa;
using c_api::read_options;
using c_api::read_session_options;

static_assert(MIEN_MAX_RANK == kMaxRank);
static_assert(MIEN_BAD_ARGUMENT == static_cast<int>(Code::bad_argument));
static_assert(MIEN_UNREADABLE == static_cast<int>(Code::unreadable));
static_assert(MIEN_CORRUPT == static_cast<int>(Code::corrupt));
static_assert(MIEN_UNSUPPORTED == static_cast<int>(Code::unsupported));
static_assert(MIEN_OUT_OF_MEMORY == static_cast<int>(Code::out_of_memory));
static_assert(MIEN_CHECK_FAILED == static_cast<int>(Code::check_failed));
static_assert(MIEN_IO == static_cast<int>(Code::io));
static_assert(MIEN_COLOR_GRAY == static_cast<int>(ColorOrder::gray));
static_assert(MIEN_LAYOUT_NHWC == static_cast<int>(InputLayout::nhwc));
static_assert(MIEN_ALIGNMENT_LANDMARKS == static_cast<int>(Alignment::landmarks));
static_assert(MIEN_ALIGNMENT_BOX == static_cast<int>(Alignment::box));
static_assert(MIEN_FLIP_SUM == static_cast<int>(Flip::sum));
static_assert(MIEN_FLIP_CONCAT == static_cast<int>(Flip::concat));

int64_t weight_bytes(const Graph& graph) {
  int64_t bytes = 0;
  for (const Value& value : graph.values) {
    if (value.is_constant()) bytes += value.shape.elements() * static_cast<int64_t>(sizeof(float));
  }
  return bytes;
}

const char* model_name(const Package& package) {
  return package.card.name.empty() ? package.graph.name.c_str() : package.card.name.c_str();
}

void log(const mien_load_options& options, int32_t level, const std::string& message) {
  if (options.log) options.log(options.log_context, level, message.c_str());
}

void log_loaded(const mien_load_options& options, const Model& model) {
  if (!options.log) return;
  const Package& package = model.package();
  log(options, MIEN_LOG_INFO,
      std::string("loaded '") + model_name(package) + "' for " + model.kernels().name + ", " +
          std::to_string(weight_bytes(package.graph)) + " bytes of weights");
  if (!options.check_weights) log(options, MIEN_LOG_WARNING, "the weights were not checked");
  if (!package.input.known) log(options, MIEN_LOG_WARNING, "the file does not say how a picture becomes its input");
}

// read(read_options) returns the package.
template <class Read>
Status load(const mien_load_options* given, mien_model** model, Read read) {
  if (!model) return bad("null argument");
  *model = nullptr;
  mien_load_options options = MIEN_LOAD_OPTIONS_INIT;
  MIEN_RETURN_IF_ERROR(read_options(given, &options, offsetof(mien_load_options, low_memory)));
  ModelOptions model_options;
  model_options.low_memory = options.low_memory != 0;
  MIEN_RETURN_IF_ERROR(read_isa(options.isa, &model_options.isa));
  Result<Package> package = read(ReadOptions{options.check_weights != 0});
  if (!package.ok()) return package.status();
  auto created = Model::create(std::move(*package), model_options);
  if (!created.ok()) return created.status();
  log_loaded(options, **created);
  *model = new mien_model{std::move(*created)};
  return {};
}

void fill(const Value& value, mien_tensor_info* info) {
  info->name = value.name.c_str();
  info->elements = value.shape.elements();
  info->rank = value.shape.rank;
  std::copy(value.shape.dims, value.shape.dims + value.shape.rank, info->dims);
}

bool takes_pictures(const Model& model) {
  return model.package().input.known && model.inputs() == 1;
}

// Floats that a session needs for pictures, per sample.
int64_t picture_floats(const Model& model) {
  if (!takes_pictures(model)) return 0;
  int64_t floats = model.input(0).shape.elements();
  for (int i = 1; i < model.outputs(); ++i) floats += model.output(i).shape.elements();
  return floats;
}

void allocate_pictures(const Model& model, mien_session* session) {
  if (!takes_pictures(model)) return;
  const auto floats = [&](const Value& value) {
    return count_in_memory<float>(value.shape.elements() * session->max_batch);
  };
  session->picture_input.resize(floats(model.input(0)));
  session->outputs.resize(static_cast<size_t>(model.outputs()));
  for (int i = 1; i < model.outputs(); ++i) {
    session->dropped.emplace_back(floats(model.output(i)));
    session->outputs[static_cast<size_t>(i)] = session->dropped.back().data();
  }
}

Status create_session(const mien_model* model, const mien_session_options* given, mien_session** session) {
  if (!session) return bad("null argument");
  *session = nullptr;
  if (!model) return bad("null argument");
  SessionOptions options;
  MIEN_RETURN_IF_ERROR(read_session_options(given, &options));
  auto made = std::make_unique<mien_session>();
  auto created = Session::create(model->model, options);
  if (!created.ok()) return created.status();
  made->session = std::move(*created);
  made->max_batch = options.max_batch;
  allocate_pictures(*model->model, made.get());
  *session = made.release();
  return {};
}

Status check_batch(const mien_session& session, int32_t batch) {
  if (batch >= 1 && batch <= session.max_batch) return {};
  return bad("batch is not in 1..max_batch");
}

Status run_pictures(mien_session& session, int32_t batch, const uint8_t* rgb, float* output) {
  MIEN_RETURN_IF_ERROR(check_batch(session, batch));
  const Model& model = session.session->model();
  const InputRecord& record = model.package().input;
  if (model.inputs() != 1) return bad("the model does not have exactly one input");
  if (!record.known) return bad("the model does not say how a picture becomes its input");
  const int64_t pixels = int64_t{record.height} * record.width;
  const int64_t elements = model.input(0).shape.elements();
  for (int32_t i = 0; i < batch; ++i)
    MIEN_RETURN_IF_ERROR(normalize_pixels(rgb + 3 * pixels * i, record, session.picture_input.data() + elements * i));
  const float* input = session.picture_input.data();
  session.outputs[0] = output;
  return session.session->run(batch, &input, session.outputs.data());
}

}  // namespace
}  // namespace mien

using mien::c_api::bad;
using mien::c_api::guarded;
using mien::c_api::start;
using mien::Status;

uint32_t mien_abi_version(void) {
  return MIEN_ABI_VERSION;
}
const char* mien_version(void) {
  return MIEN_VERSION;
}

int32_t mien_allowed_threads(void) {
  int32_t threads = 1;
  guarded(nullptr, [&] {
    threads = mien::allowed_threads();
    return Status();
  });
  return threads;
}

const char* mien_code_name(mien_code code) {
  constexpr const char* kNames[] = {
      "ok", "bad argument", "unreadable", "corrupt", "unsupported", "out of memory", "check failed", "io", "internal"};
  return code >= MIEN_OK && code <= MIEN_INTERNAL ? kNames[code] : "unknown";
}

mien_code mien_model_load(const char* path, const mien_load_options* options, mien_model** model, mien_error* error) {
  return guarded(error, [&] {
    return mien::load(options, model, [&](const mien::ReadOptions& read) -> mien::Result<mien::Package> {
      if (!path) return bad("null argument");
      return mien::read_file(path, read);
    });
  });
}

mien_code mien_model_load_memory(const void* data, size_t size, const mien_load_options* options, mien_model** model,
                                 mien_error* error) {
  return guarded(error, [&] {
    return mien::load(options, model,
                      [&](const mien::ReadOptions& read) { return mien::read_memory(data, size, read); });
  });
}

void mien_model_free(mien_model* model) {
  delete model;
}

mien_code mien_model_get_info(const mien_model* model, mien_model_info* info, mien_error* error) {
  return guarded(error, [&]() -> Status {
    MIEN_RETURN_IF_ERROR(start(model, info));
    const mien::Model& inner = *model->model;
    const mien::NodeCost cost = inner.cost().total;
    info->name = mien::model_name(inner.package());
    info->isa = inner.kernels().name;
    info->inputs = inner.inputs();
    info->outputs = inner.outputs();
    info->macs = cost.macs;
    info->params = cost.params;
    info->weight_bytes = mien::weight_bytes(inner.graph());
    info->packed_weight_bytes = inner.packed_weight_bytes();
    return {};
  });
}

mien_code mien_model_get_input(const mien_model* model, int32_t index, mien_tensor_info* info, mien_error* error) {
  return guarded(error, [&]() -> Status {
    MIEN_RETURN_IF_ERROR(start(model, info));
    if (index < 0 || index >= model->model->inputs()) return bad("the model has no such input");
    mien::fill(model->model->input(index), info);
    return {};
  });
}

mien_code mien_model_get_output(const mien_model* model, int32_t index, mien_tensor_info* info, mien_error* error) {
  return guarded(error, [&]() -> Status {
    MIEN_RETURN_IF_ERROR(start(model, info));
    if (index < 0 || index >= model->model->outputs()) return bad("the model has no such output");
    mien::fill(model->model->output(index), info);
    return {};
  });
}

mien_code mien_model_get_picture(const mien_model* model, mien_picture_info* info, mien_error* error) {
  return guarded(error, [&]() -> Status {
    MIEN_RETURN_IF_ERROR(start(model, info));
    const mien::InputRecord& record = model->model->package().input;
    info->known = record.known;
    info->normalized_inside = record.normalized_inside;
    info->height = record.height;
    info->width = record.width;
    info->channels = record.channels;
    info->layout = static_cast<int32_t>(record.layout);
    info->color = static_cast<int32_t>(record.color);
    std::copy(record.mean.begin(), record.mean.end(), info->mean);
    std::copy(record.scale.begin(), record.scale.end(), info->scale);
    info->preset = record.preset.c_str();
    return {};
  });
}

mien_code mien_model_get_embedding(const mien_model* model, mien_embedding_info* info, mien_error* error) {
  return guarded(error, [&]() -> Status {
    MIEN_RETURN_IF_ERROR(start(model, info));
    const mien::OutputRecord& record = model->model->package().output;
    info->embedding = record.embedding;
    info->dims = model->model->output(0).shape.elements();
    info->normalized = record.normalized;
    return {};
  });
}

mien_code mien_model_get_face(const mien_model* model, mien_face_record* record, mien_error* error) {
  return guarded(error, [&]() -> Status {
    MIEN_RETURN_IF_ERROR(start(model, record));
    const mien::FaceRecord& face = model->model->package().face;
    record->alignment = static_cast<int32_t>(face.alignment);
    record->flip = static_cast<int32_t>(face.flip);
    record->margin = face.margin;
    record->thresholds = static_cast<int32_t>(face.thresholds.size());
    record->measured_on = face.measured_on.c_str();
    return {};
  });
}

mien_code mien_model_get_threshold(const mien_model* model, int32_t index, mien_threshold* threshold,
                                   mien_error* error) {
  return guarded(error, [&]() -> Status {
    MIEN_RETURN_IF_ERROR(start(model, threshold));
    const std::vector<mien::Threshold>& thresholds = model->model->package().face.thresholds;
    if (index < 0 || static_cast<size_t>(index) >= thresholds.size()) return bad("the model has no such threshold");
    threshold->false_accepts = thresholds[static_cast<size_t>(index)].far;
    threshold->cosine = thresholds[static_cast<size_t>(index)].cosine;
    return {};
  });
}

mien_code mien_model_get_card(const mien_model* model, mien_card* card, mien_error* error) {
  return guarded(error, [&]() -> Status {
    MIEN_RETURN_IF_ERROR(start(model, card));
    const mien::Card& record = model->model->package().card;
    card->name = record.name.c_str();
    card->license = record.license.c_str();
    card->source_file = record.source_file.c_str();
    card->source_sha256 = record.source_sha256.c_str();
    card->source_format = record.source_format.c_str();
    card->converter = record.converter.c_str();
    card->repairs = static_cast<int32_t>(record.repairs.size());
    return {};
  });
}

const char* mien_model_repair(const mien_model* model, int32_t index) {
  if (!model || index < 0) return nullptr;
  const auto& repairs = model->model->package().card.repairs;
  const auto i = static_cast<size_t>(index);
  return i < repairs.size() ? repairs[i].c_str() : nullptr;
}

int64_t mien_model_session_bytes(const mien_model* model, int32_t max_batch) {
  if (!model || max_batch < 1 || max_batch > mien::c_api::kMaxBatch) return -1;
  const mien::Model& inner = *model->model;
  return inner.arena_bytes(max_batch) + mien::picture_floats(inner) * max_batch * static_cast<int64_t>(sizeof(float));
}

mien_code mien_session_create(const mien_model* model, const mien_session_options* options, mien_session** session,
                              mien_error* error) {
  return guarded(error, [&] { return mien::create_session(model, options, session); });
}

void mien_session_free(mien_session* session) {
  delete session;
}

mien_code mien_session_run(mien_session* session, int32_t batch, const float* const* inputs, float* const* outputs,
                           mien_error* error) {
  return guarded(error, [&]() -> Status {
    if (!session || !inputs || !outputs) return bad("null argument");
    MIEN_RETURN_IF_ERROR(mien::check_batch(*session, batch));
    return session->session->run(batch, inputs, outputs);
  });
}

mien_code mien_session_run_pictures(mien_session* session, int32_t batch, const uint8_t* rgb, float* output,
                                    mien_error* error) {
  return guarded(error, [&]() -> Status {
    if (!session || !rgb || !output) return bad("null argument");
    return mien::run_pictures(*session, batch, rgb, output);
  });
}
