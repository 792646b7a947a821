#include "app/draw.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <set>
#include <system_error>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb/stb_easy_font.h>
#include <stb/stb_image_write.h>

#include "app/files.h"

namespace mien::app {
namespace {

namespace fs = std::filesystem;

constexpr int kFontHeight = 12;  // of stb_easy_font, descenders and one line of air included

// [left, right) x [top, bottom), cut to the picture.
void fill(Picture* picture, double left, double top, double right, double bottom, Color color) {
  const auto within = [](double v, int32_t size) {
    return static_cast<int32_t>(std::lround(std::clamp(v, 0.0, double(size))));
  };
  const int32_t x0 = within(left, picture->width), x1 = within(right, picture->width);
  const int32_t y0 = within(top, picture->height), y1 = within(bottom, picture->height);
  for (int32_t y = y0; y < y1; ++y) {
    uint8_t* row = picture->rgb.data() + (size_t(y) * size_t(picture->width) + size_t(x0)) * 3;
    for (int32_t x = x0; x < x1; ++x, row += 3) std::copy(color.begin(), color.end(), row);
  }
}

void outline(Picture* picture, const Box& box, double thickness, Color color) {
  const double t = thickness / 2;
  fill(picture, box.left - t, box.top - t, box.right + t, box.top + t, color);
  fill(picture, box.left - t, box.bottom - t, box.right + t, box.bottom + t, color);
  fill(picture, box.left - t, box.top - t, box.left + t, box.bottom + t, color);
  fill(picture, box.right - t, box.top - t, box.right + t, box.bottom + t, color);
}

std::string ascii(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;  // the rest of a UTF-8 character
    out += byte >= 32 && byte < 127 ? c : '?';
  }
  return out;
}

// stb_easy_font gives letters as quads of four corners (x, y, z, colour) in units of its own pixels.
void draw_text(Picture* picture, std::string text, double left, double top, double scale, Color color) {
  struct Corner {
    float x, y, z;
    uint32_t color;
  };
  std::vector<Corner> corners(text.size() * 64 + 64);  // a letter has at most 15 quads
  const int quads = stb_easy_font_print(0, 0, text.data(), nullptr, corners.data(),
                                        static_cast<int>(corners.size() * sizeof(Corner)));
  for (int i = 0; i < quads; ++i) {
    const Corner& a = corners[size_t(i) * 4];
    const Corner& b = corners[size_t(i) * 4 + 2];
    fill(picture, left + a.x * scale, top + a.y * scale, left + b.x * scale, top + b.y * scale, color);
  }
}

std::string free_name(const fs::path& picture, std::set<std::string>* taken) {
  std::string name = picture.stem().string();
  if (taken->insert(name).second) return name;
  const std::string longer = picture.parent_path().filename().string() + "_" + name;
  name = longer;
  for (int i = 2; !taken->insert(name).second; ++i) name = longer + "_" + std::to_string(i);
  return name;
}

Color readable_on(Color color) {
  return 3 * color[0] + 6 * color[1] + color[2] > 1400 ? Color{0, 0, 0} : Color{255, 255, 255};
}

}  // namespace

Color color_of(size_t i) {
  constexpr Color kColors[] = {{0, 200, 83},  {255, 145, 0}, {41, 121, 255}, {213, 0, 249},
                               {255, 234, 0}, {255, 23, 68}, {0, 229, 255},  {174, 234, 0}};
  return kColors[i % std::size(kColors)];
}

void mark_face(Picture* picture, const Face& face, const std::string& label, Color color) {
  const double unit = std::max(1.0, std::round(std::max(picture->width, picture->height) / 500.0));
  outline(picture, face.box, 2 * unit, color);
  for (const Point& p : face.landmarks)
    fill(picture, p.x - 1.5 * unit, p.y - 1.5 * unit, p.x + 1.5 * unit, p.y + 1.5 * unit, color);

  std::string text = ascii(label);
  if (text.empty()) return;
  const double width = (stb_easy_font_width(text.data()) + 4) * unit, height = kFontHeight * unit;
  const double left = std::clamp<double>(face.box.left - unit, 0, std::max(0.0, picture->width - width));
  const double top = face.box.top - height >= 0 ? face.box.top - height : std::max<double>(face.box.top, 0);
  fill(picture, left, top, left + width, top + height, color);
  draw_text(picture, text, left + 2 * unit, top + 2 * unit, unit, readable_on(color));
}

Result<std::vector<uint8_t>> encode_png(const Picture& picture) {
  std::vector<uint8_t> bytes;
  const auto append = [](void* to, void* data, int size) {
    const auto* begin = static_cast<const uint8_t*>(data);
    auto& all = *static_cast<std::vector<uint8_t>*>(to);
    all.insert(all.end(), begin, begin + size);
  };
  if (stbi_write_png_to_func(append, &bytes, picture.width, picture.height, 3, picture.rgb.data(), 0) == 0)
    return Status(Code::out_of_memory, "PNG: not enough memory to encode the picture");
  return bytes;
}

Status write_png(const Picture& picture, const std::string& path) {
  Result<std::vector<uint8_t>> bytes = encode_png(picture);
  if (!bytes.ok()) return named(path, bytes.status());
  Outputs outputs;
  MIEN_RETURN_IF_ERROR(outputs.add(path, bytes->data(), bytes->size()));
  return outputs.commit();
}

Result<std::vector<std::string>> drawing_paths(const std::string& to, const std::vector<std::string>& pictures) {
  if (to.empty()) return std::vector<std::string>();
  std::error_code error;
  const bool folder = fs::is_directory(to, error);
  if (!folder && pictures.size() > 1)
    return Status(Code::bad_argument, "--draw " + to + ": several pictures need a folder that is there");
  std::vector<std::string> drawings;
  std::set<std::string> taken;
  for (const std::string& picture : pictures)
    drawings.push_back(folder ? (fs::path(to) / (free_name(picture, &taken) + ".png")).string() : to);
  for (const std::string& drawing : drawings) {
    if (!fs::exists(drawing, error)) continue;
    for (const std::string& picture : pictures)
      if (fs::equivalent(drawing, picture, error))
        return Status(Code::bad_argument, "--draw " + to + ": would replace the picture " + picture);
  }
  return drawings;
}

}  // namespace mien::app
