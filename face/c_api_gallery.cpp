// The C interface to galleries: nothing is decided here. As in c_api.cpp, no exception gets out of guarded().
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/c_api_support.h"
#include "face/gallery.h"
#include "face/gallery_writer.h"
#include "face/search.h"
#include "mien/face.h"

struct mien_gallery {
  std::shared_ptr<const mien::Gallery> gallery;
};

struct mien_gallery_writer {
  std::unique_ptr<mien::GalleryWriter> writer;
};

namespace mien {
namespace {

using c_api::bad;
using c_api::guarded;
using c_api::read_options;
using c_api::start;

static_assert(MIEN_ROWS_FLOAT32 == static_cast<int>(RowType::float32));
static_assert(MIEN_ROWS_FLOAT16 == static_cast<int>(RowType::float16));
static_assert(MIEN_MAX_NAME == kMaxName);

Status write_identity(const Result<ModelIdentity>& found, mien_identity* identity) {
  if (!found.ok()) return found.status();
  identity->hash = found->hash;
  identity->flip = static_cast<int32_t>(found->flip);
  c_api::copy_text(found->name.c_str(), identity->name, sizeof identity->name);
  return {};
}

Status read_identity(const mien_identity& given, ModelIdentity* model) {
  mien_identity identity = MIEN_IDENTITY_INIT;
  MIEN_RETURN_IF_ERROR(read_options(&given, &identity));
  if (!std::memchr(identity.name, 0, sizeof identity.name)) return bad("the model's name is not terminated");
  if (identity.flip < MIEN_FLIP_NONE || identity.flip > MIEN_FLIP_CONCAT)
    return bad("the identity's flip is none of MIEN_FLIP_NONE, _SUM, _CONCAT");
  *model = {identity.name, identity.hash, static_cast<Flip>(identity.flip)};
  return {};
}

Status read_gallery_options(const mien_gallery_options* given, GalleryOptions* out) {
  mien_gallery_options options = MIEN_GALLERY_OPTIONS_INIT;
  MIEN_RETURN_IF_ERROR(read_options(given, &options));
  out->check_rows = options.check_rows != 0;
  if (!options.model) return {};
  out->model.emplace();
  return read_identity(*options.model, &*out->model);
}

Status read_kind(const mien_gallery_kind& given, GalleryInfo* info) {
  mien_gallery_kind kind = MIEN_GALLERY_KIND_INIT;
  MIEN_RETURN_IF_ERROR(read_options(&given, &kind));
  if (!kind.model) return bad("null argument");
  if (kind.rows != MIEN_ROWS_FLOAT32 && kind.rows != MIEN_ROWS_FLOAT16) return bad("rows is none of MIEN_ROWS_...");
  info->dims = kind.dims;
  info->type = static_cast<RowType>(kind.rows);
  return read_identity(*kind.model, &info->model);
}

Status open_gallery(const char* path, const mien_gallery_options* given, mien_gallery** gallery) {
  if (!gallery) return bad("null argument");
  *gallery = nullptr;
  if (!path) return bad("null argument");
  GalleryOptions options;
  MIEN_RETURN_IF_ERROR(read_gallery_options(given, &options));
  auto opened = Gallery::open(path, options);
  if (!opened.ok()) return opened.status();
  *gallery = new mien_gallery{std::move(*opened)};
  return {};
}

Status name_of_row(const mien_gallery* gallery, int64_t row, char* name, size_t capacity) {
  if (!gallery || !name) return bad("null argument");
  if (row < 0 || row >= gallery->gallery->size()) return bad("the gallery has no such row");
  const std::string found = gallery->gallery->name(row);
  if (found.size() >= capacity) return bad("the name does not fit into the capacity");
  std::memcpy(name, found.c_str(), found.size() + 1);
  return {};
}

Status search(const mien_gallery* gallery, const float* probes, int32_t count, int32_t k,
              const mien_search_options* given, mien_match* matches) {
  if (!gallery || !probes || !matches) return bad("null argument");
  mien_search_options options = MIEN_SEARCH_OPTIONS_INIT;
  MIEN_RETURN_IF_ERROR(read_options(given, &options));
  SearchOptions inner;
  MIEN_RETURN_IF_ERROR(c_api::read_isa(options.isa, &inner.isa));
  MIEN_RETURN_IF_ERROR(
      c_api::read_parallel(options.width, options.parallel_for, options.parallel_context, &inner.parallel));
  const auto found = top_k(*gallery->gallery, probes, count, k, inner);
  if (!found.ok()) return found.status();
  for (const std::vector<Match>& of_probe : *found) {
    std::transform(of_probe.begin(), of_probe.end(), matches, [](const Match& match) {
      return mien_match{match.row, match.cosine};
    });
    std::fill(matches + of_probe.size(), matches + k, mien_match{-1, 0});
    matches += k;
  }
  return {};
}

Status open_writer(const char* path, const mien_gallery_kind* kind, const mien_gallery_options* given,
                   mien_gallery_writer** writer) {
  if (!writer) return bad("null argument");
  *writer = nullptr;
  if (!path) return bad("null argument");
  GalleryOptions options;
  MIEN_RETURN_IF_ERROR(read_gallery_options(given, &options));
  GalleryInfo info;
  if (kind) MIEN_RETURN_IF_ERROR(read_kind(*kind, &info));
  if (kind && options.model && (options.model->hash != info.model.hash || options.model->flip != info.model.flip))
    return bad("the kind and the options name two different models");
  auto opened =
      kind ? GalleryWriter::open_or_create(path, info, GalleryWriter::Rows::of_this_type, options.check_rows)
           : GalleryWriter::open(path, options);
  if (!opened.ok()) return opened.status();
  *writer = new mien_gallery_writer{std::move(*opened)};
  return {};
}

}  // namespace
}  // namespace mien

using mien::bad;
using mien::guarded;
using mien::Status;

mien_code mien_identity_of_file(const char* path, mien_identity* identity, mien_error* error) {
  return guarded(error, [&]() -> Status {
    MIEN_RETURN_IF_ERROR(mien::start(path, identity));
    return mien::write_identity(mien::identity_of(path), identity);
  });
}

mien_code mien_identity_of_memory(const void* data, size_t size, mien_identity* identity, mien_error* error) {
  return guarded(error, [&]() -> Status {
    MIEN_RETURN_IF_ERROR(mien::start(data, identity));
    return mien::write_identity(mien::identity_of(data, size), identity);
  });
}

mien_code mien_gallery_open(const char* path, const mien_gallery_options* options, mien_gallery** gallery,
                            mien_error* error) {
  return guarded(error, [&] { return mien::open_gallery(path, options, gallery); });
}

void mien_gallery_free(mien_gallery* gallery) {
  delete gallery;
}

int64_t mien_gallery_size(const mien_gallery* gallery) {
  return gallery ? gallery->gallery->size() : 0;
}

mien_code mien_gallery_get_info(const mien_gallery* gallery, mien_gallery_info* info, mien_error* error) {
  return guarded(error, [&]() -> Status {
    MIEN_RETURN_IF_ERROR(mien::start(gallery, info));
    const mien::Gallery& inner = *gallery->gallery;
    info->size = inner.size();
    info->dims = inner.info().dims;
    info->rows = static_cast<int32_t>(inner.info().type);
    info->model_hash = inner.info().model.hash;
    info->flip = static_cast<int32_t>(inner.info().model.flip);
    info->model_name = inner.info().model.name.c_str();
    info->unfinished = inner.unfinished().c_str();
    return {};
  });
}

mien_code mien_gallery_name(const mien_gallery* gallery, int64_t row, char* name, size_t capacity, mien_error* error) {
  return guarded(error, [&] { return mien::name_of_row(gallery, row, name, capacity); });
}

mien_code mien_gallery_search(const mien_gallery* gallery, const float* probes, int32_t count, int32_t k,
                              const mien_search_options* options, mien_match* matches, mien_error* error) {
  return guarded(error, [&] { return mien::search(gallery, probes, count, k, options, matches); });
}

mien_code mien_gallery_writer_open(const char* path, const mien_gallery_kind* kind, const mien_gallery_options* options,
                                   mien_gallery_writer** writer, mien_error* error) {
  return guarded(error, [&] { return mien::open_writer(path, kind, options, writer); });
}

void mien_gallery_writer_free(mien_gallery_writer* writer) {
  delete writer;
}

int64_t mien_gallery_writer_size(const mien_gallery_writer* writer) {
  return writer ? writer->writer->size() : 0;
}

mien_code mien_gallery_writer_append(mien_gallery_writer* writer, const char* name, const float* embedding,
                                     int32_t dims, mien_error* error) {
  return guarded(error, [&]() -> Status {
    if (!writer || !name || !embedding) return bad("null argument");
    if (dims != writer->writer->info().dims) return bad("dims is not the gallery's");
    return writer->writer->append(name, embedding);
  });
}

mien_code mien_gallery_writer_remove(mien_gallery_writer* writer, const char* name, int64_t* removed,
                                     mien_error* error) {
  return guarded(error, [&]() -> Status {
    if (removed) *removed = 0;
    if (!writer || !name) return bad("null argument");
    const mien::Result<int64_t> count = writer->writer->remove(name);
    if (!count.ok()) return count.status();
    if (removed) *removed = *count;
    return {};
  });
}

mien_code mien_gallery_writer_sync(mien_gallery_writer* writer, mien_error* error) {
  return guarded(error, [&] { return writer ? writer->writer->sync() : bad("null argument"); });
}

mien_code mien_gallery_writer_compact(mien_gallery_writer* writer, mien_error* error) {
  return guarded(error, [&] { return writer ? writer->writer->compact() : bad("null argument"); });
}
