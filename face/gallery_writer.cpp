#include "face/gallery_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/file/bytes.h"
#include "engine/file/mapped_file.h"
#include "engine/file/temporary_file.h"
#include "engine/half.h"
#include "face/gallery_scan.h"
#include "face/match.h"
#include "face/record_writer.h"

namespace mien {
namespace {

using gallery::Kind;

Status failed(const std::string& path) {
  return {Code::io, path + ": " + std::strerror(errno)};
}

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// The lock lies on the file itself and goes with the process that holds it.
Status lock(int fd, const std::string& path) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return failed(path);
  return {Code::io, path + ": another writer has this gallery open"};
}

bool is_at(int fd, const std::string& path) {
  struct stat here, there;
  return ::fstat(fd, &here) == 0 && ::stat(path.c_str(), &there) == 0 && here.st_dev == there.st_dev &&
         here.st_ino == there.st_ino;
}

// A compaction may put a new file there between opening and locking: then the lock is on the old one.
Result<Descriptor> open_locked(const std::string& path) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) return Status{Code::unreadable, path + ": " + std::strerror(errno)};
    MIEN_RETURN_IF_ERROR(lock(file.get(), path));
    if (is_at(file.get(), path)) return Result<Descriptor>(std::move(file));
  }
  return Status{Code::io, path + ": is replaced again and again"};
}

}  // namespace

struct GalleryWriter::Impl {
  Impl(std::string p, GalleryInfo i, Descriptor f, int64_t slots)
      : path(std::move(p)),
        info(std::move(i)),
        layout(info),
        file(std::move(f)),
        records(file.get(), path, layout, slots) {}

  // The file as it is now.
  Status look(bool check_rows, std::shared_ptr<const file::MappedFile>* mapped, gallery::Scan* scan) const;
  Status cut_tail(const gallery::Bytes& bytes);
  Status count_names();
  std::vector<uint8_t> row_of(const float* embedding, double length) const;

  std::string path;
  GalleryInfo info;
  gallery::Layout layout;
  Descriptor file;
  gallery::RecordWriter records;
  int64_t size = 0;
  std::string cut;
  bool counted = false;
  std::unordered_map<std::string, int64_t> count_of;  // embeddings by name, once `counted`
};

GalleryWriter::GalleryWriter() = default;
GalleryWriter::~GalleryWriter() = default;
const GalleryInfo& GalleryWriter::info() const {
  return impl_->info;
}
int64_t GalleryWriter::size() const {
  return impl_->size;
}
const std::string& GalleryWriter::cut() const {
  return impl_->cut;
}

Result<std::unique_ptr<GalleryWriter>> GalleryWriter::create(const std::string& path, const GalleryInfo& info) {
  if (info.dims < 1 || info.dims > kMaxDims) {
    return Status{Code::bad_argument, path + ": a gallery's rows have 1 to 4096 numbers"};
  }
  if (info.model.name.size() > kMaxName || !file::is_text(info.model.name)) {
    return Status{Code::bad_argument, path + ": the model's name is no text of at most 1000 bytes"};
  }
  auto created = file::TemporaryFile::create(path);
  if (!created.ok()) return created.status();
  std::vector<uint8_t> header(gallery::kHeaderSize);
  gallery::write_header(info, header.data());
  MIEN_RETURN_IF_ERROR(created->write(header.data(), header.size()));
  MIEN_RETURN_IF_ERROR(lock(created->fd(), path));
  MIEN_RETURN_IF_ERROR(created->publish());
  std::unique_ptr<GalleryWriter> writer(new GalleryWriter());
  writer->impl_ = std::make_unique<Impl>(path, info, Descriptor(created->release()), 0);
  return Result<std::unique_ptr<GalleryWriter>>(std::move(writer));
}

Result<std::unique_ptr<GalleryWriter>> GalleryWriter::open(const std::string& path, const GalleryOptions& options) {
  Result<Descriptor> file = open_locked(path);
  if (!file.ok()) return file.status();
  auto mapped = file::MappedFile::map(file->get(), path);
  if (!mapped.ok()) return mapped.status();
  const gallery::Bytes bytes{(*mapped)->data(), (*mapped)->size()};
  Result<GalleryInfo> info = gallery::read_header(bytes.data, bytes.size);
  const auto named = [&](const Status& status) { return Status{status.code(), path + ": " + status.message()}; };
  if (!info.ok()) return named(info.status());
  if (options.model) MIEN_RETURN_IF_ERROR(gallery::check_model(path, *info, *options.model));
  const Result<gallery::Scan> scan = gallery::scan(bytes, gallery::Layout(*info), options.check_rows);
  if (!scan.ok()) return named(scan.status());
  std::unique_ptr<GalleryWriter> writer(new GalleryWriter());
  writer->impl_ = std::make_unique<Impl>(path, std::move(*info), std::move(*file), scan.value().slots);
  writer->impl_->size = scan.value().rows;
  writer->impl_->cut = scan.value().tail;
  MIEN_RETURN_IF_ERROR(writer->impl_->cut_tail(bytes));
  return Result<std::unique_ptr<GalleryWriter>>(std::move(writer));
}

Result<std::unique_ptr<GalleryWriter>> GalleryWriter::open_or_create(const std::string& path, const GalleryInfo& info,
                                                                     Rows rows, bool check_rows) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return create(path, info);
  GalleryOptions options;
  options.check_rows = check_rows;
  options.model = info.model;
  auto writer = open(path, options);
  if (!writer.ok()) return writer;
  const GalleryInfo& there = (*writer)->info();
  if (there.dims == info.dims && (there.type == info.type || rows == Rows::as_they_are)) return writer;
  return Status{Code::check_failed, path + ": has rows of " + std::to_string(there.dims) +
                                        (there.type == RowType::float16 ? " float16" : " float32") +
                                        " numbers, not the wanted ones"};
}

// With zeros and not by making the file shorter: a reader that is looking at its end would die.
Status GalleryWriter::Impl::cut_tail(const gallery::Bytes& bytes) {
  return gallery::each_tail_piece(bytes, layout, records.slots(),
                                  [&](uint64_t offset, uint64_t size_) { return records.clear(offset, size_); });
}

std::vector<uint8_t> GalleryWriter::Impl::row_of(const float* embedding, double length) const {
  std::vector<uint8_t> row(static_cast<size_t>(layout.row_bytes()));
  for (int i = 0; i < info.dims; ++i) {
    const float value = static_cast<float>(embedding[i] / length);
    if (info.type == RowType::float32) {
      file::store(row.data() + 4 * i, value);
    } else {
      file::store(row.data() + 2 * i, half_of(value));
    }
  }
  return row;
}

Status GalleryWriter::append(const std::string& name, const float* embedding) {
  const std::string fault = gallery::fault_of_name(name);
  if (!fault.empty()) return {Code::bad_argument, fault};
  const double length = norm(embedding, static_cast<size_t>(impl_->info.dims));
  if (!(length > 0) || !std::isfinite(length)) {
    return {Code::bad_argument, "the embedding of '" + name + "' has norm 0 or is not finite"};
  }
  MIEN_RETURN_IF_ERROR(impl_->records.write(Kind::row, name, impl_->row_of(embedding, length).data()));
  ++impl_->size;
  if (impl_->counted) ++impl_->count_of[name];
  return {};
}

Status GalleryWriter::Impl::look(bool check_rows, std::shared_ptr<const file::MappedFile>* mapped,
                                 gallery::Scan* scan) const {
  auto now = file::MappedFile::map(file.get(), path);
  if (!now.ok()) return now.status();
  auto found = gallery::scan({(*now)->data(), (*now)->size()}, layout, check_rows);
  if (!found.ok()) return {found.status().code(), path + ": " + found.status().message()};
  *mapped = std::move(*now);
  *scan = std::move(*found);
  return {};
}

namespace {

// Calls each(slot) for the embeddings in their order.
template <class Each>
Status each_live(const gallery::Scan& scan, Each each) {
  for (size_t b = 0; b < scan.blocks.size(); ++b) {
    for (uint64_t live = scan.blocks[b].live; live != 0; live &= live - 1) {
      MIEN_RETURN_IF_ERROR(each(static_cast<int64_t>(b) * gallery::kBlockSlots + __builtin_ctzll(live)));
    }
  }
  return {};
}

}  // namespace

Status GalleryWriter::Impl::count_names() {
  std::shared_ptr<const file::MappedFile> mapped;
  gallery::Scan scan;
  MIEN_RETURN_IF_ERROR(look(false, &mapped, &scan));
  const gallery::Bytes bytes{mapped->data(), mapped->size()};
  counted = true;
  return each_live(scan, [&](int64_t slot) -> Status {
    ++count_of[gallery::name_at(bytes, layout, slot)];
    return {};
  });
}

Result<int64_t> GalleryWriter::remove(const std::string& name) {
  const std::string fault = gallery::fault_of_name(name);
  if (!fault.empty()) return Status{Code::bad_argument, fault};
  if (!impl_->counted) MIEN_RETURN_IF_ERROR(impl_->count_names());
  const auto found = impl_->count_of.find(name);
  if (found == impl_->count_of.end()) return int64_t{0};
  const std::vector<uint8_t> empty(static_cast<size_t>(impl_->layout.row_bytes()));
  MIEN_RETURN_IF_ERROR(impl_->records.write(Kind::removal, name, empty.data()));
  const int64_t removed = found->second;
  impl_->size -= removed;
  impl_->count_of.erase(found);
  return removed;
}

Status GalleryWriter::sync() {
  return ::fdatasync(impl_->file.get()) == 0 ? Status() : failed(impl_->path);
}

Status GalleryWriter::compact() {
  Impl& old = *impl_;
  std::shared_ptr<const file::MappedFile> mapped;
  gallery::Scan scan;
  MIEN_RETURN_IF_ERROR(old.look(true, &mapped, &scan));
  auto created = file::TemporaryFile::create(old.path);
  if (!created.ok()) return created.status();
  struct stat info;
  if (::fstat(old.file.get(), &info) != 0 || ::fchmod(created->fd(), info.st_mode & 07777) != 0)
    return failed(old.path);
  MIEN_RETURN_IF_ERROR(lock(created->fd(), old.path));
  const gallery::Bytes bytes{mapped->data(), mapped->size()};
  MIEN_RETURN_IF_ERROR(created->write(bytes.data, gallery::kHeaderSize));
  gallery::RecordWriter records(created->fd(), old.path, old.layout, 0);
  MIEN_RETURN_IF_ERROR(each_live(scan, [&](int64_t slot) {
    return records.write(Kind::row, gallery::name_at(bytes, old.layout, slot), bytes.data + old.layout.row(slot));
  }));
  MIEN_RETURN_IF_ERROR(created->replace());
  auto made = std::make_unique<Impl>(old.path, old.info, Descriptor(created->release()), records.slots());
  made->size = old.size;
  made->counted = old.counted;
  made->count_of = std::move(old.count_of);
  impl_ = std::move(made);
  return {};
}

}  // namespace mien
