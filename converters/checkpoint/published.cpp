#include "converters/checkpoint/published.h"

namespace mien {
namespace {

struct Published {
  const char* network;
  const char* sha256;
  const char* file;
  const char* license;
};
constexpr Published kPublished[] = {
    {"deepid", "95b49d68c57f11284b49089cd8cb4c55896c5c0f2d1f0af2c720f08ab811ed86",
     "deepid_ascend_v180_youtubeface_research_cv_acc96.82.ckpt", "Apache-2.0; for research and education"},
};

}  // namespace

void note_published(const std::string& sha256, Imported* imported) {
  Package& package = imported->package;
  for (const Published& row : kPublished) {
    if (package.graph.name != row.network || package.card.source_format != "mindspore") continue;
    if (sha256 == row.sha256) {
      imported->notes.push_back(std::string("the published file ") + row.file + ", by its sha256");
      package.card.license = row.license;
    } else {
      imported->notes.push_back(std::string("not the published file ") + row.file + ": its sha256 is another");
    }
  }
}

}  // namespace mien
