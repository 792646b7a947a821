// mien: faces in photographs. The C++17 face of face.h, as mien.hpp is that of mien.h: handles that free themselves,
// vectors for arrays, mien::Error thrown where the C function returns a code. Everything is inline, in the caller's own
// program: no C++ type and no exception crosses the library's surface. Threads: as face.h says.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mien/face.h"
#include "mien/mien.hpp"

namespace mien {
inline namespace abi1 {

namespace detail {

template <class T>
using Handle = std::unique_ptr<T, void (*)(T*)>;

// The number of items of `width` elements each in a vector; throws Error if it is none.
inline int32_t items_of(size_t elements, int64_t width, const char* what) {
  const auto items = width > 0 ? static_cast<int64_t>(elements) / width : 0;
  if (items >= 1 && items <= INT32_MAX && items * width == static_cast<int64_t>(elements))
    return static_cast<int32_t>(items);
  mien_error error = MIEN_ERROR_INIT;
  error.code = MIEN_BAD_ARGUMENT;
  for (size_t i = 0; what[i] != 0 && i + 1 < sizeof error.message; ++i) error.message[i] = what[i];
  throw Error(error);
}

}  // namespace detail

// height x width pixels that the caller keeps, rows one right behind the other.
inline mien_pixels pixels_of(const uint8_t* rgb, int32_t height, int32_t width) {
  mien_pixels pixels = MIEN_PIXELS_INIT;
  pixels.rgb = rgb;
  pixels.height = height;
  pixels.width = width;
  return pixels;
}

class Photo {
 public:
  // Of a JPEG or PNG file and of the bytes of one. Throw Error.
  static Photo load(const std::string& path, const mien_decode_options& options = MIEN_DECODE_OPTIONS_INIT) {
    mien_picture* picture = nullptr;
    detail::call(mien_picture_load, path.c_str(), &options, &picture);
    return Photo(picture);
  }
  static Photo decode(const void* data, size_t size, const mien_decode_options& options = MIEN_DECODE_OPTIONS_INIT) {
    mien_picture* picture = nullptr;
    detail::call(mien_picture_decode, data, size, &options, &picture);
    return Photo(picture);
  }

  // They live as long as the photo.
  mien_pixels pixels() const {
    mien_pixels pixels = MIEN_PIXELS_INIT;
    detail::call(mien_picture_get_pixels, get(), &pixels);
    return pixels;
  }
  int32_t height() const { return pixels().height; }
  int32_t width() const { return pixels().width; }
  const mien_picture* get() const { return picture_.get(); }

 private:
  explicit Photo(mien_picture* picture) : picture_(picture, mien_picture_free) {}
  detail::Handle<mien_picture> picture_;
};

class FaceDetector {
 public:
  // Throw Error. data stays the caller's and must outlive the detector.
  static FaceDetector load(const std::string& path, const mien_detector_options& options = MIEN_DETECTOR_OPTIONS_INIT) {
    mien_detector* detector = nullptr;
    detail::call(mien_detector_create, path.c_str(), &options, &detector);
    return FaceDetector(detector);
  }
  static FaceDetector load(const void* data, size_t size,
                           const mien_detector_options& options = MIEN_DETECTOR_OPTIONS_INIT) {
    mien_detector* detector = nullptr;
    detail::call(mien_detector_create_memory, data, size, &options, &detector);
    return FaceDetector(detector);
  }

  mien_detector_info info() const {
    mien_detector_info info = MIEN_DETECTOR_INFO_INIT;
    detail::call(mien_detector_get_info, get(), &info);
    return info;
  }
  // All faces, by falling score; throws Error.
  std::vector<mien_face> detect(const mien_pixels& picture) {
    // Twice only where there are more faces than ever before.
    for (;;) {
      int32_t count = 0;
      detail::call(mien_detector_detect, get(), &picture, faces_.data(), static_cast<int32_t>(faces_.size()), &count);
      if (static_cast<size_t>(count) <= faces_.size())
        return std::vector<mien_face>(faces_.begin(), faces_.begin() + count);
      faces_.resize(static_cast<size_t>(count));
    }
  }
  // Their landmarks once more, close up; throws Error.
  void refine(const mien_pixels& picture, std::vector<mien_face>* faces) {
    detail::call(mien_detector_refine, get(), &picture, faces->data(), static_cast<int32_t>(faces->size()));
  }
  mien_detector* get() const { return detector_.get(); }

 private:
  explicit FaceDetector(mien_detector* detector) : detector_(detector, mien_detector_free), faces_(64) {}
  detail::Handle<mien_detector> detector_;
  std::vector<mien_face> faces_;
};

// [height][width][3] bytes of the model's size; throws Error.
inline std::vector<uint8_t> align_face(const mien_pixels& picture, const mien_face& face, const Model& model) {
  const mien_picture_info info = model.picture();
  std::vector<uint8_t> crop(size_t{3} * static_cast<size_t>(info.height) * static_cast<size_t>(info.width));
  detail::call(mien_face_align, &picture, &face, model.get(), crop.data(), crop.size());
  return crop;
}

class FaceEmbedder {
 public:
  // flip: MIEN_FLIP_OF_MODEL or another. Throws Error.
  explicit FaceEmbedder(const Model& model, const mien_session_options& options = MIEN_SESSION_OPTIONS_INIT,
                        int32_t flip = MIEN_FLIP_OF_MODEL)
      : embedder_(create(model, options, flip), mien_embedder_free), model_(model) {}

  int32_t dims() const { return mien_embedder_dims(get()); }
  // crops: one or more, of the model's size, one behind the other -> [crops][dims]. Throws Error.
  std::vector<float> embed(const std::vector<uint8_t>& crops) {
    const mien_picture_info info = model_.picture();
    const int32_t count = detail::items_of(crops.size(), int64_t{3} * info.height * info.width, "not whole crops");
    std::vector<float> embeddings(static_cast<size_t>(count) * static_cast<size_t>(dims()));
    detail::call(mien_embedder_embed, get(), crops.data(), count, embeddings.data());
    return embeddings;
  }
  // One or more faces of a picture -> [faces][dims]. Throws Error.
  std::vector<float> embed(const mien_pixels& picture, const std::vector<mien_face>& faces) {
    const int32_t count = detail::items_of(faces.size(), 1, "no face, or too many");
    std::vector<float> embeddings(faces.size() * static_cast<size_t>(dims()));
    detail::call(mien_embedder_embed_faces, get(), &picture, faces.data(), count, embeddings.data());
    return embeddings;
  }
  const Model& model() const { return model_; }
  mien_embedder* get() const { return embedder_.get(); }

 private:
  static mien_embedder* create(const Model& model, const mien_session_options& options, int32_t flip) {
    mien_embedder* embedder = nullptr;
    detail::call(mien_embedder_create, model.get(), &options, flip, &embedder);
    return embedder;
  }
  detail::Handle<mien_embedder> embedder_;
  Model model_;
};

inline double same_person_threshold(const Model& model) {
  return mien_same_person_threshold(model.get());
}
// As mien_cosine; 0 too if the two are not of one length.
inline double cosine_of(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() ? mien_cosine(a.data(), b.data(), a.size()) : 0;
}
// embeddings: one or more of `dims` numbers, one behind the other. Throws Error.
inline std::vector<float> face_template(const std::vector<float>& embeddings, int32_t dims) {
  const int32_t count = detail::items_of(embeddings.size(), dims, "not whole embeddings");
  std::vector<float> out(static_cast<size_t>(dims));
  detail::call(mien_template, embeddings.data(), count, dims, out.data());
  return out;
}

// Of a .mien file; throws Error.
inline mien_identity model_identity(const std::string& path) {
  mien_identity identity = MIEN_IDENTITY_INIT;
  detail::call(mien_identity_of_file, path.c_str(), &identity);
  return identity;
}

struct FaceMatch {
  std::string name;
  float cosine = 0;
  int64_t row = 0;
};

class FaceGallery {
 public:
  // Throws Error.
  static FaceGallery open(const std::string& path, const mien_gallery_options& options = MIEN_GALLERY_OPTIONS_INIT) {
    mien_gallery* gallery = nullptr;
    detail::call(mien_gallery_open, path.c_str(), &options, &gallery);
    return FaceGallery(gallery);
  }

  int64_t size() const { return mien_gallery_size(get()); }
  mien_gallery_info info() const {
    mien_gallery_info info = MIEN_GALLERY_INFO_INIT;
    detail::call(mien_gallery_get_info, get(), &info);
    return info;
  }
  std::string name(int64_t row) const {
    char name[MIEN_MAX_NAME + 1];
    detail::call(mien_gallery_name, get(), row, static_cast<char*>(name), sizeof name);
    return name;
  }
  // The k nearest, or all of a smaller gallery, for each of the probes: one or more of the gallery's dims, one behind
  // the other. Throws Error.
  std::vector<std::vector<FaceMatch>> search(const std::vector<float>& probes, int32_t k,
                                             const mien_search_options& options = MIEN_SEARCH_OPTIONS_INIT) const {
    const int32_t count = detail::items_of(probes.size(), info().dims, "not whole probes");
    std::vector<mien_match> found(static_cast<size_t>(count) * static_cast<size_t>(k > 0 ? k : 1));
    detail::call(mien_gallery_search, get(), probes.data(), count, k, &options, found.data());
    std::vector<std::vector<FaceMatch>> all(static_cast<size_t>(count));
    for (size_t i = 0; i < found.size(); ++i)
      if (found[i].row >= 0)
        all[i / static_cast<size_t>(k)].push_back({name(found[i].row), found[i].cosine, found[i].row});
    return all;
  }
  const mien_gallery* get() const { return gallery_.get(); }

 private:
  explicit FaceGallery(mien_gallery* gallery) : gallery_(gallery, mien_gallery_free) {}
  detail::Handle<mien_gallery> gallery_;
};

class FaceGalleryWriter {
 public:
  // As mien_gallery_writer_open with a kind, and without one. Throw Error.
  static FaceGalleryWriter open_or_create(const std::string& path, const mien_identity& model, int32_t dims,
                                          int32_t rows = MIEN_ROWS_FLOAT32,
                                          const mien_gallery_options& options = MIEN_GALLERY_OPTIONS_INIT) {
    mien_gallery_kind kind = MIEN_GALLERY_KIND_INIT;
    kind.dims = dims;
    kind.rows = rows;
    kind.model = &model;
    return open(path, &kind, options);
  }
  static FaceGalleryWriter open(const std::string& path,
                                const mien_gallery_options& options = MIEN_GALLERY_OPTIONS_INIT) {
    return open(path, nullptr, options);
  }

  int64_t size() const { return mien_gallery_writer_size(get()); }
  // Throw Error.
  void append(const std::string& name, const std::vector<float>& embedding) {
    const int32_t dims = detail::items_of(embedding.size(), 1, "no embedding");
    detail::call(mien_gallery_writer_append, get(), name.c_str(), embedding.data(), dims);
  }
  int64_t remove(const std::string& name) {
    int64_t removed = 0;
    detail::call(mien_gallery_writer_remove, get(), name.c_str(), &removed);
    return removed;
  }
  void sync() { detail::call(mien_gallery_writer_sync, get()); }
  void compact() { detail::call(mien_gallery_writer_compact, get()); }
  mien_gallery_writer* get() const { return writer_.get(); }

 private:
  explicit FaceGalleryWriter(mien_gallery_writer* writer) : writer_(writer, mien_gallery_writer_free) {}
  static FaceGalleryWriter open(const std::string& path, const mien_gallery_kind* kind,
                                const mien_gallery_options& options) {
    mien_gallery_writer* writer = nullptr;
    detail::call(mien_gallery_writer_open, path.c_str(), kind, &options, &writer);
    return FaceGalleryWriter(writer);
  }
  detail::Handle<mien_gallery_writer> writer_;
};

}  // namespace abi1
}  // namespace mien
