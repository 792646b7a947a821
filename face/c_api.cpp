// The C interface to pictures, detection and embedding: nothing is decided here. Galleries are in c_api_gallery.cpp.
// Every function that can fail runs inside guarded(), so that no exception gets out.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/c_api_support.h"
#include "engine/file/flat_file.h"
#include "face/align.h"
#include "face/detector.h"
#include "face/embedder.h"
#include "face/match.h"
#include "face/picture.h"
#include "mien/face.h"

struct mien_picture {
  mien::Picture picture;
};

struct mien_detector {
  std::unique_ptr<mien::Detector> detector;
  mien::Picture picture;  // the caller's pixels, row by row
};

struct mien_embedder {
  std::unique_ptr<mien::Embedder> embedder;
  std::shared_ptr<const mien::Model> model;
  mien::Picture picture;  // the caller's pixels, row by row
};

namespace mien {
namespace {

using c_api::bad;
using c_api::guarded;
using c_api::read_options;
using c_api::start;

constexpr int64_t kMaxPixels = int64_t{1} << 30;

// Copies the caller's pixels into *picture, whose memory is used again.
Status read_pixels(const mien_pixels* given, Picture* picture) {
  mien_pixels pixels = MIEN_PIXELS_INIT;
  if (!given) return bad("null argument");
  MIEN_RETURN_IF_ERROR(read_options(given, &pixels));
  if (!pixels.rgb) return bad("null argument");
  if (pixels.height < 1 || pixels.width < 1 || int64_t{pixels.height} * pixels.width > kMaxPixels)
    return bad("the picture's sides are below 1, or it has more than 2^30 pixels");
  const int64_t row = int64_t{3} * pixels.width, stride = pixels.stride == 0 ? row : pixels.stride;
  if (stride < row) return bad("the picture's stride is below 3 * width");
  if (pixels.reduction < 0) return bad("the picture's reduction is below 0");
  picture->height = pixels.height;
  picture->width = pixels.width;
  picture->reduction = std::max(pixels.reduction, 1);
  picture->rgb.resize(static_cast<size_t>(row * pixels.height));
  for (int64_t y = 0; y < pixels.height; ++y)
    std::memcpy(picture->rgb.data() + y * row, pixels.rgb + y * stride, static_cast<size_t>(row));
  return {};
}

mien_face to_c(const Face& face) {
  mien_face c{{face.box.left, face.box.top, face.box.right, face.box.bottom}, face.score, {}};
  for (size_t i = 0; i < face.landmarks.size(); ++i) {
    c.landmarks[i][0] = face.landmarks[i].x;
    c.landmarks[i][1] = face.landmarks[i].y;
  }
  return c;
}

Face from_c(const mien_face& c) {
  Face face;
  face.box = {c.box[0], c.box[1], c.box[2], c.box[3]};
  face.score = c.score;
  for (size_t i = 0; i < face.landmarks.size(); ++i) face.landmarks[i] = {c.landmarks[i][0], c.landmarks[i][1]};
  return face;
}

// read(options) returns the picture.
template <class Read>
Status decode(const mien_decode_options* given, mien_picture** picture, Read read) {
  if (!picture) return bad("null argument");
  *picture = nullptr;
  mien_decode_options options = MIEN_DECODE_OPTIONS_INIT;
  MIEN_RETURN_IF_ERROR(read_options(given, &options));
  if (options.max_pixels < 1 || options.max_bytes < 1) return bad("a limit of the options is below 1");
  const int32_t reduction = options.reduction;
  if (reduction != 1 && reduction != 2 && reduction != 4 && reduction != 8) return bad("reduction is not 1, 2, 4 or 8");
  Result<Picture> decoded = read(DecodeOptions{options.max_pixels, options.max_bytes, options.orient != 0, reduction});
  if (!decoded.ok()) return decoded.status();
  *picture = new mien_picture{std::move(*decoded)};
  return {};
}

Status read_detector_options(const mien_detector_options& options, DetectorOptions* out) {
  // A comparison with NaN is false, so that it is passed on, to be refused.
  if (!(options.min_score < 0)) out->score_threshold = options.min_score;
  if (!(options.overlap < 0)) out->nms_iou = options.overlap;
  out->max_side = options.side;
  MIEN_RETURN_IF_ERROR(c_api::read_isa(options.isa, &out->model.isa));
  MIEN_RETURN_IF_ERROR(c_api::read_allocator(options.allocator, &out->model.allocator));
  return c_api::read_parallel(options.width, options.parallel_for, options.parallel_context, &out->session.parallel);
}

// read(read_options) returns the package.
template <class Read>
Status create_detector(const mien_detector_options* given, mien_detector** detector, Read read) {
  if (!detector) return bad("null argument");
  *detector = nullptr;
  mien_detector_options options = MIEN_DETECTOR_OPTIONS_INIT;
  MIEN_RETURN_IF_ERROR(read_options(given, &options, offsetof(mien_detector_options, log)));
  DetectorOptions inner;
  MIEN_RETURN_IF_ERROR(read_detector_options(options, &inner));
  const c_api::Log log(options.log, options.log_context);
  Result<Package> package = c_api::read_package(options.check_weights != 0, inner.model.allocator, log, read);
  if (!package.ok()) return package.status();
  auto created = Detector::create(std::move(*package), inner);
  if (!created.ok()) return created.status();
  *detector = new mien_detector{std::move(*created), {}};
  return {};
}

Status detect(mien_detector* detector, const mien_pixels* picture, mien_face* faces, int32_t capacity, int32_t* count) {
  if (!count) return bad("null argument");
  *count = 0;
  if (!detector || (!faces && capacity > 0)) return bad("null argument");
  if (capacity < 0) return bad("capacity is below 0");
  MIEN_RETURN_IF_ERROR(read_pixels(picture, &detector->picture));
  const Result<std::vector<Face>> found = detector->detector->detect(detector->picture);
  if (!found.ok()) return found.status();
  const size_t kept = std::min(found->size(), static_cast<size_t>(capacity));
  std::transform(found->begin(), found->begin() + static_cast<ptrdiff_t>(kept), faces, to_c);
  *count = static_cast<int32_t>(found->size());
  return {};
}

Status refine(mien_detector* detector, const mien_pixels* picture, mien_face* faces, int32_t count) {
  if (!detector || (!faces && count > 0)) return bad("null argument");
  if (count < 0) return bad("count is below 0");
  MIEN_RETURN_IF_ERROR(read_pixels(picture, &detector->picture));
  for (int32_t i = 0; i < count; ++i) {
    Face face = from_c(faces[i]);
    const Status status = detector->detector->refine(detector->picture, &face);
    if (!status.ok()) return {status.code(), "face " + std::to_string(i) + ": " + status.message()};
    faces[i] = to_c(face);
  }
  return {};
}

Status align_face(const mien_pixels* picture, const mien_face* face, const mien_model* model, uint8_t* crop,
                  size_t size) {
  if (!face || !model || !crop) return bad("null argument");
  const Package& package = model->model->package();
  Picture copy;
  MIEN_RETURN_IF_ERROR(read_pixels(picture, &copy));
  const Result<Picture> aligned = align(copy, from_c(*face), package.input, package.face);
  if (!aligned.ok()) return aligned.status();
  if (size < aligned->rgb.size()) return bad("size is less than height * width * 3 of the model's picture");
  std::copy(aligned->rgb.begin(), aligned->rgb.end(), crop);
  return {};
}

Status create_embedder(const mien_model* model, const mien_session_options* given, int32_t flip,
                       mien_embedder** embedder) {
  if (!embedder) return bad("null argument");
  *embedder = nullptr;
  if (!model) return bad("null argument");
  SessionOptions options;
  MIEN_RETURN_IF_ERROR(c_api::read_session_options(given, &options));
  if (flip < MIEN_FLIP_OF_MODEL || flip > MIEN_FLIP_CONCAT) return bad("flip is none of MIEN_FLIP_...");
  std::optional<Flip> wanted;
  if (flip != MIEN_FLIP_OF_MODEL) wanted = static_cast<Flip>(flip);
  auto created = Embedder::create(model->model, options, wanted);
  if (!created.ok()) return created.status();
  *embedder = new mien_embedder{std::move(*created), model->model, {}};
  return {};
}

Status embed_crops(mien_embedder* handle, const uint8_t* crops, int32_t count, float* embeddings) {
  const InputRecord& record = handle->model->package().input;
  if (!record.known) return bad("the model does not say how a picture becomes its input");
  const int64_t bytes = int64_t{record.height} * record.width * 3;
  const auto copy = [&](int i, Picture* crop) -> Status {
    crop->height = record.height;
    crop->width = record.width;
    crop->rgb.assign(crops + i * bytes, crops + (i + 1) * bytes);
    return {};
  };
  return handle->embedder->embed_each(count, copy, embeddings);
}

Status embed_faces(mien_embedder* handle, const mien_pixels* picture, const mien_face* faces, int32_t count,
                   float* embeddings) {
  MIEN_RETURN_IF_ERROR(read_pixels(picture, &handle->picture));
  const Package& package = handle->model->package();
  const auto cut = [&](int i, Picture* crop) -> Status {
    Result<Picture> aligned = align(handle->picture, from_c(faces[i]), package.input, package.face);
    if (!aligned.ok())
      return {aligned.status().code(), "face " + std::to_string(i) + ": " + aligned.status().message()};
    *crop = std::move(*aligned);
    return {};
  };
  return handle->embedder->embed_each(count, cut, embeddings);
}

}  // namespace
}  // namespace mien

using mien::bad;
using mien::guarded;
using mien::Status;

uint32_t mien_face_abi_version(void) {
  return MIEN_FACE_ABI_VERSION;
}

mien_code mien_picture_decode(const void* data, size_t size, const mien_decode_options* options, mien_picture** picture,
                              mien_error* error) {
  return guarded(error, [&] {
    return mien::decode(options, picture, [&](const mien::DecodeOptions& decode) -> mien::Result<mien::Picture> {
      if (!data) return bad("null argument");
      return mien::decode_picture(static_cast<const uint8_t*>(data), size, decode);
    });
  });
}

mien_code mien_picture_load(const char* path, const mien_decode_options* options, mien_picture** picture,
                            mien_error* error) {
  return guarded(error, [&] {
    return mien::decode(options, picture, [&](const mien::DecodeOptions& decode) -> mien::Result<mien::Picture> {
      if (!path) return bad("null argument");
      return mien::load_picture(path, decode);
    });
  });
}

void mien_picture_free(mien_picture* picture) {
  delete picture;
}

mien_code mien_picture_get_pixels(const mien_picture* picture, mien_pixels* pixels, mien_error* error) {
  return guarded(error, [&]() -> Status {
    MIEN_RETURN_IF_ERROR(mien::start(picture, pixels));
    pixels->rgb = picture->picture.rgb.data();
    pixels->height = picture->picture.height;
    pixels->width = picture->picture.width;
    pixels->stride = int64_t{3} * picture->picture.width;
    pixels->reduction = picture->picture.reduction;
    return {};
  });
}

mien_code mien_detector_create(const char* path, const mien_detector_options* options, mien_detector** detector,
                               mien_error* error) {
  return guarded(error, [&] {
    return mien::create_detector(options, detector, [&](const mien::ReadOptions& read) -> mien::Result<mien::Package> {
      if (!path) return bad("null argument");
      return mien::read_file(path, read);
    });
  });
}

mien_code mien_detector_create_memory(const void* data, size_t size, const mien_detector_options* options,
                                      mien_detector** detector, mien_error* error) {
  return guarded(error, [&] {
    return mien::create_detector(options, detector,
                                 [&](const mien::ReadOptions& read) { return mien::read_memory(data, size, read); });
  });
}

void mien_detector_free(mien_detector* detector) {
  delete detector;
}

mien_code mien_detector_get_info(const mien_detector* detector, mien_detector_info* info, mien_error* error) {
  return guarded(error, [&]() -> Status {
    MIEN_RETURN_IF_ERROR(mien::start(detector, info));
    const mien::Detector& inner = *detector->detector;
    info->family = inner.family();
    info->has_landmarks = inner.has_landmarks();
    info->any_size = inner.any_size();
    info->min_score = inner.score_threshold();
    info->overlap = inner.nms_iou();
    return {};
  });
}

mien_code mien_detector_detect(mien_detector* detector, const mien_pixels* picture, mien_face* faces, int32_t capacity,
                               int32_t* count, mien_error* error) {
  return guarded(error, [&] { return mien::detect(detector, picture, faces, capacity, count); });
}

mien_code mien_detector_refine(mien_detector* detector, const mien_pixels* picture, mien_face* faces, int32_t count,
                               mien_error* error) {
  return guarded(error, [&] { return mien::refine(detector, picture, faces, count); });
}

mien_code mien_face_align(const mien_pixels* picture, const mien_face* face, const mien_model* model, uint8_t* crop,
                          size_t size, mien_error* error) {
  return guarded(error, [&] { return mien::align_face(picture, face, model, crop, size); });
}

mien_code mien_embedder_create(const mien_model* model, const mien_session_options* options, int32_t flip,
                               mien_embedder** embedder, mien_error* error) {
  return guarded(error, [&] { return mien::create_embedder(model, options, flip, embedder); });
}

void mien_embedder_free(mien_embedder* embedder) {
  delete embedder;
}

int32_t mien_embedder_dims(const mien_embedder* embedder) {
  return embedder ? embedder->embedder->dims() : 0;
}

mien_code mien_embedder_embed(mien_embedder* embedder, const uint8_t* crops, int32_t count, float* embeddings,
                              mien_error* error) {
  return guarded(error, [&]() -> Status {
    if (!embedder || !crops || !embeddings) return bad("null argument");
    return mien::embed_crops(embedder, crops, count, embeddings);
  });
}

mien_code mien_embedder_embed_faces(mien_embedder* embedder, const mien_pixels* picture, const mien_face* faces,
                                    int32_t count, float* embeddings, mien_error* error) {
  return guarded(error, [&]() -> Status {
    if (!embedder || !faces || !embeddings) return bad("null argument");
    return mien::embed_faces(embedder, picture, faces, count, embeddings);
  });
}

double mien_cosine(const float* a, const float* b, size_t dims) {
  return a && b ? mien::cosine(a, b, dims) : 0;
}

double mien_same_person_threshold(const mien_model* model) {
  return model ? mien::same_person(model->model->package().face) : mien::kSamePerson;
}

mien_code mien_template(const float* embeddings, int32_t count, int32_t dims, float* out, mien_error* error) {
  return guarded(error, [&]() -> Status {
    if (!embeddings || !out) return bad("null argument");
    return mien::template_of(embeddings, count, dims, out);
  });
}
