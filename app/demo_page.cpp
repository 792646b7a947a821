#include "app/demo_page.h"

#include "app/draw.h"
#include "app/markup.h"
#include "app/table.h"

namespace mien::app {
namespace {

constexpr char kHead[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>mien: who is who</title>\n<style>\n"
    "body { font: 15px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222 }\n"
    "figure { display: inline-block; margin: 0 .6em 1em 0; text-align: center } figure img { width: 8.5em }\n"
    "table { border-collapse: collapse } td, th { padding: .3em .8em; text-align: right; font-weight: normal }\n"
    ".same { background: #bfe3d0 } .self { color: #999 }\n"
    "</style></head><body>\n";

// RFC 4648.
std::string base64(const std::vector<uint8_t>& bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < count ? bytes[i + k] : 0u);
    for (size_t k = 0; k < 4; ++k) text += k <= count ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

Result<std::string> figure_of(const DemoFace& face) {
  const Result<std::vector<uint8_t>> png = encode_png(face.picture);
  if (!png.ok()) return png.status();
  return "<figure><img alt=\"" + escaped(face.name) + "\" src=\"data:image/png;base64," + base64(*png) +
         "\"><figcaption>" + escaped(face.name) + "</figcaption></figure>\n";
}

std::string matrix_of(const DemoPage& page) {
  std::string text = "<table><tr><th></th>";
  for (const DemoFace& face : page.faces) text += "<th>" + escaped(face.name) + "</th>";
  text += "</tr>\n";
  for (size_t i = 0; i < page.faces.size(); ++i) {
    text += "<tr><th>" + escaped(page.faces[i].name) + "</th>";
    for (size_t k = 0; k < page.faces.size(); ++k) {
      const double cosine = page.faces[i].cosines[k];
      const char* kind = i == k ? " class=\"self\"" : cosine >= page.threshold ? " class=\"same\"" : "";
      text += std::string("<td") + kind + ">" + fixed(cosine, 3) + "</td>";
    }
    text += "</tr>\n";
  }
  return text + "</table>\n";
}

}  // namespace

Result<std::string> html_of(const DemoPage& page) {
  std::string text = kHead;
  text += "<h1>Who is who</h1>\n<p>" + escaped(page.models) + "</p>\n";
  for (const DemoFace& face : page.faces) {
    const Result<std::string> figure = figure_of(face);
    if (!figure.ok()) return figure.status();
    text += *figure;
  }
  text += "<p>Cosines of the embeddings; from " + fixed(page.threshold, 3) +
          " on (coloured) two faces count as one person's.</p>\n" + matrix_of(page);
  for (const std::string& remark : page.remarks) text += "<p>" + escaped(remark) + "</p>\n";
  return text + "</body></html>\n";
}

}  // namespace mien::app
