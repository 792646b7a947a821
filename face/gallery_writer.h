// Appends to a gallery (gallery.h), which other processes may have open at the same time. One writer at a time, in all
// processes; not thread-safe. What append() and remove() acknowledged survives a kill at any moment; it survives a
// power failure once sync() has returned.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "face/gallery.h"

namespace mien {

class GalleryWriter {
 public:
  // An empty gallery. Errors: io (something is at `path` already, or it cannot be written), bad_argument (dims not in
  // 1..4096, a model's name that is no text).
  static Result<std::unique_ptr<GalleryWriter>> create(const std::string& path, const GalleryInfo& info);
  // Cuts off what is behind the last whole record. Errors: those of Gallery::open; io if another writer has it.
  static Result<std::unique_ptr<GalleryWriter>> open(const std::string& path, const GalleryOptions& options = {});
  // Opens what is there if it is of this model, dims and row type (else check_failed), or creates it. With
  // Rows::as_they_are the row type is only that of one that is created.
  enum class Rows { of_this_type, as_they_are };
  static Result<std::unique_ptr<GalleryWriter>> open_or_create(const std::string& path, const GalleryInfo& info,
                                                               Rows rows = Rows::of_this_type, bool check_rows = true);
  ~GalleryWriter();

  const GalleryInfo& info() const;
  int64_t size() const;            // embeddings, as Gallery::size() of a gallery opened now
  const std::string& cut() const;  // what opening cut off, "" if nothing

  // embedding: `dims` numbers of any norm; it is stored with norm 1. A name may have any number of embeddings. Errors:
  // bad_argument (name empty, over 1000 bytes, not UTF-8 or with control characters; embedding of norm 0 or not
  // finite), io. After an error the gallery is as before.
  Status append(const std::string& name, const float* embedding);
  // Removes all embeddings of this name and returns how many there were. Their bytes stay until compact().
  Result<int64_t> remove(const std::string& name);
  Status sync();
  // Writes what is there to a new file, in order, and puts it in the place of the old one, which readers keep that have
  // it open. Checks every row. After an error the gallery is as before.
  Status compact();

 private:
  GalleryWriter();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mien
