#include "face/gallery.h"

#include <algorithm>
#include <cstring>

#include "engine/file/mapped_file.h"
#include "engine/half.h"
#include "face/gallery_scan.h"

namespace mien {

using gallery::kBlockSlots;

struct Gallery::Impl {
  std::shared_ptr<const file::MappedFile> mapped;
  GalleryInfo info;
  gallery::Layout layout{GalleryInfo{}};
  gallery::Scan scan;

  gallery::Bytes bytes() const { return {mapped->data(), mapped->size()}; }
  int64_t slot_of(int64_t row) const;
};

Gallery::Gallery() : impl_(std::make_unique<Impl>()) {}
Gallery::~Gallery() = default;

Result<std::shared_ptr<const Gallery>> Gallery::open(const std::string& path, const GalleryOptions& options) {
  auto mapped = file::MappedFile::open(path);
  if (!mapped.ok()) return mapped.status();
  const auto named = [&](const Status& status) { return Status{status.code(), path + ": " + status.message()}; };
  const gallery::Bytes bytes{(*mapped)->data(), (*mapped)->size()};
  Result<GalleryInfo> info = gallery::read_header(bytes.data, bytes.size);
  if (!info.ok()) return named(info.status());
  if (options.model) MIEN_RETURN_IF_ERROR(gallery::check_model(path, *info, *options.model));
  const gallery::Layout layout(*info);
  Result<gallery::Scan> scan = gallery::scan(bytes, layout, options.check_rows);
  if (!scan.ok()) return named(scan.status());
  std::shared_ptr<Gallery> opened(new Gallery());
  *opened->impl_ = {std::move(*mapped), std::move(*info), layout, std::move(*scan)};
  return std::shared_ptr<const Gallery>(std::move(opened));
}

const GalleryInfo& Gallery::info() const {
  return impl_->info;
}
int64_t Gallery::size() const {
  return impl_->scan.rows;
}
const std::string& Gallery::unfinished() const {
  return impl_->scan.tail;
}
int64_t Gallery::blocks() const {
  return static_cast<int64_t>(impl_->scan.blocks.size());
}
int Gallery::cols() const {
  return impl_->layout.cols();
}
int64_t Gallery::row_stride() const {
  return impl_->layout.row_stride();
}

int64_t Gallery::Impl::slot_of(int64_t row) const {
  const auto after = std::upper_bound(scan.blocks.begin(), scan.blocks.end(), row,
                                      [](int64_t r, const gallery::Block& b) { return r < b.first; });
  const auto block = after - 1;  // the last that begins at or before the row, and so has it
  uint64_t live = block->live;
  for (int64_t i = block->first; i < row; ++i) live &= live - 1;
  return (block - scan.blocks.begin()) * kBlockSlots + __builtin_ctzll(live);
}

std::string Gallery::name(int64_t row) const {
  return gallery::name_at(impl_->bytes(), impl_->layout, impl_->slot_of(row));
}

std::vector<float> Gallery::embedding(int64_t row) const {
  std::vector<float> values(static_cast<size_t>(impl_->info.dims));
  const uint8_t* from = impl_->mapped->data() + impl_->layout.row(impl_->slot_of(row));
  if (impl_->info.type == RowType::float32) {
    std::memcpy(values.data(), from, values.size() * sizeof(float));
  } else {
    const uint16_t* halves = reinterpret_cast<const uint16_t*>(from);
    std::transform(halves, halves + values.size(), values.begin(), float_of);
  }
  return values;
}

Gallery::Rows Gallery::block(int64_t i) const {
  const gallery::Block& block = impl_->scan.blocks[static_cast<size_t>(i)];
  const int64_t count = std::min<int64_t>(kBlockSlots, impl_->scan.slots - i * kBlockSlots);
  return {impl_->mapped->data() + impl_->layout.row(i * kBlockSlots), static_cast<int>(count), block.live, block.first};
}

}  // namespace mien
