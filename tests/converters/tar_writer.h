// Writes tar archives for the tests, good and hostile ones, and packs them.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace mien::testing {

// "%d key=value\n", where %d counts itself.
inline std::string pax_record(const std::string& key, const std::string& value) {
  const std::string rest = " " + key + "=" + value + "\n";
  size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) ++length;
  return std::to_string(length) + rest;
}

class TarWriter {
 public:
  bool old = false;  // the form of Unix version 7, without a magic

  // A member of 512 bytes and its content, padded; `size` is what the header states.
  TarWriter& member(const std::string& name, const std::string& content, char type = '0',
                    const std::string& link = "") {
    return raw(name, octal(content.size(), 11), content, type, link);
  }
  // The size field as 12 bytes.
  TarWriter& raw(const std::string& name, const std::string& size_field, const std::string& content, char type = '0',
                 const std::string& link = "") {
    std::string h(512, '\0');
    h.replace(0, std::min<size_t>(name.size(), 100), name, 0, 100);
    h.replace(100, 7, "0000644");
    h.replace(124, size_field.size(), size_field);
    h.replace(136, 11, "00000000000");
    h[156] = type;
    h.replace(157, link.size(), link);
    if (!old) h.replace(257, 8, std::string("ustar\00000", 8));
    h.replace(148, 8, "        ");
    unsigned sum = 0;
    for (const char c : h) sum += static_cast<unsigned char>(c);
    h.replace(148, 7, octal(sum, 6) + '\0');
    bytes_ += h + content + std::string((512 - content.size() % 512) % 512, '\0');
    return *this;
  }
  // The next member's name and size, as a PAX record or in GNU's way.
  TarWriter& pax(const std::string& key, const std::string& value) {
    return member("pax", pax_record(key, value), 'x');
  }
  TarWriter& gnu_long_name(const std::string& name) { return member("././@LongLink", name + '\0', 'L'); }

  std::string bytes(size_t padding = 1024) const { return bytes_ + std::string(padding, '\0'); }

  static std::string octal(uint64_t value, int digits) {
    char text[32];
    std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
    return text;
  }
  // Twelve bytes: a mark and a big-endian number.
  static std::string base256(uint64_t value, char mark = '\x80') {
    std::string out(12, mark == '\x80' ? '\0' : mark);
    out[0] = mark;
    for (size_t i = 0; i < 8; ++i) out[11 - i] = static_cast<char>(value >> (8 * i));
    return out;
  }

 private:
  std::string bytes_;
};

// "" is plain; "gzip", "xz", "bzip2".
inline std::string packed(const std::string& bytes, const std::string& filter) {
  if (filter.empty()) return bytes;
  std::string out(bytes.size() + 65536, '\0');
  size_t used = 0;
  archive* a = archive_write_new();
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  const bool fine = archive_write_add_filter_by_name(a, filter.c_str()) == ARCHIVE_OK &&
                    archive_write_set_format_raw(a) == ARCHIVE_OK &&
                    archive_write_open_memory(a, out.data(), out.size(), &used) == ARCHIVE_OK &&
                    archive_write_header(a, entry) == ARCHIVE_OK &&
                    archive_write_data(a, bytes.data(), bytes.size()) == static_cast<la_ssize_t>(bytes.size()) &&
                    archive_write_close(a) == ARCHIVE_OK;
  archive_entry_free(entry);
  archive_write_free(a);
  if (!fine) throw std::runtime_error("libarchive does not write " + filter);
  out.resize(used);
  return out;
}

}  // namespace mien::testing
