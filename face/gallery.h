// A gallery: named embeddings of one network in one file (docs/GALLERY.md), mapped and searched where they lie.
// Gallery is immutable, for any number of threads. GalleryWriter (gallery_writer.h) appends.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/status.h"
#include "face/gallery_info.h"

namespace mien {

struct GalleryOptions {
  bool check_rows = true;              // compare every row with its hash, at about the cost of one search
  std::optional<ModelIdentity> model;  // check_failed if the gallery is another model's
};

// The whole records that are in the file when it is opened. What a writer appends or removes later shows in a Gallery
// opened later. Embeddings are numbered in the order in which they were appended, from 0, without those removed.
class Gallery {
 public:
  // Errors: unreadable (no such file, no gallery), corrupt with the offset, unsupported (a newer format), check_failed.
  static Result<std::shared_ptr<const Gallery>> open(const std::string& path, const GalleryOptions& options = {});
  ~Gallery();

  const GalleryInfo& info() const;
  int64_t size() const;
  // REQUIRES of `row` below: 0 <= row < size().
  std::string name(int64_t row) const;
  // `dims` numbers of norm 1, as far as the row type can say it.
  std::vector<float> embedding(int64_t row) const;
  // A record at the end that was not whole when the file was opened, as a sentence; "" if there is none.
  const std::string& unfinished() const;

  // For search: up to 64 rows side by side, 64-byte aligned, of row_stride() elements each of which the first cols()
  // count (a multiple of 16; past dims they are 0).
  struct Rows {
    const void* data;
    int count;
    uint64_t live;  // bit i: row i is an embedding; the others hold anything
    int64_t first;  // number of the first live one
  };
  int64_t blocks() const;
  Rows block(int64_t i) const;
  int cols() const;
  int64_t row_stride() const;

 private:
  Gallery();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mien
