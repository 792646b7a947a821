#include "face/detector.h"

#include <algorithm>
#include <new>

#include "engine/resize_input.h"
#include "face/suppress.h"

namespace mien {
namespace {

constexpr int kMaxSide = 8192;

bool is_share(const std::optional<float>& value) {
  return !value || is_probability(*value);
}

Status check(const DetectorOptions& options) {
  const auto wrong = [](const std::string& what) { return Status(Code::bad_argument, "detector options: " + what); };
  if (!is_share(options.score_threshold)) return wrong("the score threshold is not in 0..1");
  if (!is_share(options.nms_iou)) return wrong("the overlap of two faces is not in 0..1");
  if (options.max_side < 1 || options.max_side > kMaxSide) return wrong("the longest side is not in 1..8192");
  const bool any = options.height == 0 && options.width == 0;
  const bool good =
      options.height >= 1 && options.height <= kMaxSide && options.width >= 1 && options.width <= kMaxSide;
  if (!any && !good) return wrong("a size of " + std::to_string(options.height) + "x" + std::to_string(options.width));
  if (options.step < 0 || options.step > 1024) return wrong("the step of sides is not in 0..1024");
  if (options.cached_sizes < 1) return wrong("no size is kept");
  return {};
}

// What the file says of the input, or what the family takes.
InputRecord record_of(const InputRecord& stored, const HeadDefaults& defaults) {
  if (stored.known) return stored;
  InputRecord record = stored;
  record.known = true;
  record.channels = 3;
  record.color = defaults.color;
  record.mean = defaults.mean;
  record.scale.fill(defaults.scale);
  return record;
}

// The size of the graph's input, 0 if it is no picture.
InputSize own_size(const Package& package) {
  if (package.graph.inputs.size() != 1) return {};
  const Shape& shape = package.graph.value(package.graph.inputs[0]).shape;
  const int first = package.input.layout == InputLayout::nchw ? 2 : 1;
  if (shape.rank != 4 || shape[first] > kMaxSide || shape[first + 1] > kMaxSide) return {};
  return {static_cast<int32_t>(shape[first]), static_cast<int32_t>(shape[first + 1])};
}

}  // namespace

Result<std::unique_ptr<Detector>> Detector::create(Package package, const DetectorOptions& options) {
  return create(std::make_shared<const Package>(std::move(package)), options);
}

Result<std::unique_ptr<Detector>> Detector::create(std::shared_ptr<const Package> package,
                                                   const DetectorOptions& options) {
  MIEN_RETURN_IF_ERROR(check(options));
  MIEN_RETURN_IF_ERROR(check_constants_held(package->graph));
  Result<std::unique_ptr<DetectionHead>> head = recognise_head(package->graph, own_size(*package));
  if (!head.ok()) return head.status();
  std::unique_ptr<Detector> detector(new Detector);
  detector->package_ = std::move(package);
  detector->options_ = options;
  detector->options_.session.max_batch = 1;
  detector->head_ = std::move(*head);
  detector->record_ = record_of(detector->package_->input, detector->head_->defaults());
  detector->score_threshold_ = options.score_threshold.value_or(detector->head_->defaults().score_threshold);
  detector->nms_iou_ = options.nms_iou.value_or(detector->head_->defaults().nms_iou);
  MIEN_RETURN_IF_ERROR(detector->set_size());
  return detector;
}

// Finds out whether the network can have the sizes that it will be asked for: some other than its own, or the fixed
// one.
Status Detector::set_size() {
  const InputSize own = own_size(*package_);
  const int32_t stride = head_->defaults().stride;
  const bool fixed = options_.height > 0;
  const int32_t height = fixed ? options_.height : own.height == 2 * stride ? 3 * stride : 2 * stride;
  const int32_t width = fixed ? options_.width : own.width == 4 * stride ? 5 * stride : 4 * stride;
  const Result<Package> resized = with_input_size(*package_, height, width);
  if (fixed) return resized.status();
  any_size_ = resized.ok();
  if (!any_size_) {
    options_.height = own.height;
    options_.width = own.width;
  }
  return {};
}

Letterbox Detector::letterbox(const Picture& picture) const {
  if (options_.height > 0) return fit_into(picture.width, picture.height, options_.width, options_.height);
  const int32_t step = options_.step > 0 ? options_.step : head_->defaults().stride;
  return fit_below(picture.width, picture.height, options_.max_side, step);
}

Result<Detector::Planned> Detector::plan(int32_t height, int32_t width) const {
  Result<Package> package = with_input_size(*package_, height, width);
  if (!package.ok()) return package.status();
  Result<std::shared_ptr<const Model>> model = Model::create(std::move(*package), options_.model);
  if (!model.ok()) return model.status();
  Result<std::unique_ptr<Session>> session = Session::create(*model, options_.session);
  if (!session.ok()) return session.status();
  Planned planned;
  planned.height = height;
  planned.width = width;
  planned.record = record_;
  planned.record.height = height;
  planned.record.width = width;
  planned.session = std::move(*session);
  planned.input.resize(static_cast<size_t>((*model)->input(0).shape.elements()));
  planned.rows = output_rows((*model)->graph());
  for (int i = 0; i < (*model)->outputs(); ++i) {
    planned.outputs.emplace_back(static_cast<size_t>((*model)->output(i).shape.elements()));
    planned.rows[static_cast<size_t>(i)].values = planned.outputs.back().data();
  }
  if (!head_->fits(planned.rows, {height, width}))
    return Status{Code::unsupported, "the detector's outputs for " + std::to_string(height) + "x" +
                                         std::to_string(width) + " pixels are not those of " + family()};
  return planned;
}

Result<Detector::Planned*> Detector::planned_for(int32_t height, int32_t width) {
  for (auto it = planned_.begin(); it != planned_.end(); ++it) {
    if (it->height != height || it->width != width) continue;
    planned_.splice(planned_.begin(), planned_, it);
    return &planned_.front();
  }
  // Room first, so that there is never one more than the limit.
  while (planned_.size() >= static_cast<size_t>(options_.cached_sizes)) planned_.pop_back();
  Result<Planned> planned = plan(height, width);
  if (!planned.ok()) return planned.status();
  planned_.push_front(std::move(*planned));
  return &planned_.front();
}

Result<std::vector<Face>> Detector::detect_in(const Picture& picture) {
  const Letterbox box = letterbox(picture);
  Result<Planned*> found = planned_for(box.height, box.width);
  if (!found.ok()) return found.status();
  Planned& planned = **found;
  MIEN_RETURN_IF_ERROR(fill_input(draw(picture, box, head_->defaults().border), planned.record, planned.input.data()));
  Result<std::vector<Face>> faces = run(planned, score_threshold_);
  if (!faces.ok()) return faces.status();
  for (Face& face : *faces) to_picture(box, &face);
  suppress(&*faces);
  return faces;
}

Result<std::vector<Face>> Detector::run(Planned& planned, float threshold) {
  const float* input = planned.input.data();
  std::vector<float*> outputs;
  for (std::vector<float>& output : planned.outputs) outputs.push_back(output.data());
  MIEN_RETURN_IF_ERROR(planned.session->run(1, &input, outputs.data()));
  std::vector<Face> faces;
  MIEN_RETURN_IF_ERROR(head_->decode(planned.rows, {planned.height, planned.width}, threshold, &faces));
  return faces;
}

void Detector::suppress(std::vector<Face>* faces) const {
  suppress_overlaps(nms_iou_, head_->defaults().whole_pixels ? 1.0f : 0.0f, faces);
}

Status Detector::check_picture(const Picture& picture) {
  if (picture.width < 1 || picture.height < 1 ||
      picture.rgb.size() / 3 / static_cast<size_t>(picture.width) != static_cast<size_t>(picture.height))
    return {Code::bad_argument, "the picture has no pixels, or not as many as its sides say"};
  return {};
}

Result<std::vector<Face>> Detector::detect(const Picture& picture) {
  MIEN_RETURN_IF_ERROR(check_picture(picture));
  try {
    return detect_in(picture);
  } catch (const std::bad_alloc&) {
    return Status{Code::out_of_memory, "not enough memory to detect faces"};
  }
}

int64_t Detector::memory_bytes() const {
  int64_t bytes = 0;
  for (const Planned& planned : planned_) {
    const Model& model = planned.session->model();
    bytes += model.packed_weight_bytes() + model.arena_bytes(1, options_.session.parallel.width);
    bytes += static_cast<int64_t>(planned.input.size() * sizeof(float));
    for (const auto& output : planned.outputs) bytes += static_cast<int64_t>(output.size() * sizeof(float));
  }
  return bytes;
}

}  // namespace mien
