#include <algorithm>
#include <filesystem>

#include "app/carried.h"
#include "app/console.h"
#include "app/default_models.h"
#include "app/demo_page.h"
#include "app/describe.h"
#include "app/draw.h"
#include "app/embed_pictures.h"
#include "app/face_json.h"
#include "app/files.h"
#include "app/measure.h"
#include "app/verbs.h"
#include "engine/file/flat_file.h"
#include "face/match.h"
#include "face/read_bytes.h"

namespace mien::app {
namespace {

constexpr size_t kMostNames = 12;  // pictures in the matrix
constexpr char kPortraits[] =
    "The portraits are averages of photographs of several people each: nobody looks like this. "
    "a1 and a2 are made of the same people, b1 and b2, c1 and c2 too.";

// What opens the embedder: the name given, or a .mien file in `folder` made from the file given.
Result<std::string> model_file(const DemoVerb& verb, const std::string& folder) {
  if (verb.model.empty() || default_model(verb.model)) return std::string(kDefaultRecogniser);
  if (std::filesystem::path(verb.model).extension() == ".mien") return verb.model;
  print("Converting " + printable(verb.model) + "\n");
  std::fflush(stdout);
  ConvertReport report;
  Result<Package> package = convert({verb.model}, verb.options, &report);
  print(text_of(report) + "\n");
  if (!package.ok()) return named(verb.model, package.status());
  const std::string path = folder + "/demo.mien";
  MIEN_RETURN_IF_ERROR(write_file(*package, path));
  return path;
}

struct File {
  std::string name;
  std::vector<uint8_t> bytes;
};

Result<std::vector<File>> picture_files(const DemoVerb& verb) {
  std::vector<File> files;
  for (const std::string& path : verb.pictures) {
    Result<std::vector<uint8_t>> bytes = read_bytes(path, DecodeOptions{}.max_bytes);
    if (!bytes.ok()) return bytes.status();
    files.push_back({path, std::move(*bytes)});
  }
  if (files.empty())
    for (const Carried& portrait : kCarriedPortraits) files.push_back({portrait.name, {portrait.begin, portrait.end}});
  return files;
}

// The main face of a photograph, or the crop, with what is to be seen of it.
struct Shown {
  EmbeddedFace face;
  Picture picture;
  const std::vector<float>& embedding() const { return face.embeddings[0]; }
};

Result<std::optional<Shown>> look_at(FaceModels& models, const File& file, bool aligned) {
  Result<Picture> picture = decode_picture(file.bytes.data(), file.bytes.size());
  if (!picture.ok()) return named(file.name, picture.status());
  if (aligned) {
    Embedder& embedder = *models.embedders[0].embedder;
    EmbeddedFace face{file.name, {}, false, 1, {std::vector<float>(static_cast<size_t>(embedder.dims()))}};
    const Picture* crop = &*picture;
    const Status status = embedder.embed(&crop, 1, face.embeddings[0].data());
    if (!status.ok()) return named(file.name, status);
    return std::optional<Shown>({std::move(face), std::move(*picture)});
  }
  Result<std::vector<EmbeddedFace>> faces = embed_photograph(models, file.name, file.bytes, false);
  if (!faces.ok()) return faces.status();
  if (faces->empty()) return std::optional<Shown>();
  return std::optional<Shown>({std::move((*faces)[0]), std::move(*picture)});
}

Result<std::vector<Shown>> look_at_all(FaceModels& models, const std::vector<File>& files, bool aligned) {
  std::vector<Shown> all;
  Table table("llrr");
  table.row({"Picture", "size", "box", "score"});
  for (const File& file : files) {
    Result<std::optional<Shown>> shown = look_at(models, file, aligned);
    if (!shown.ok()) return shown.status();
    std::vector<std::string> cells{base_name(file.name)};
    if (!*shown) {
      table.row({cells[0], "no face found"});
      continue;
    }
    const Picture& picture = (*shown)->picture;
    cells.push_back(std::to_string(picture.width) + "x" + std::to_string(picture.height));
    if (const auto& face = (*shown)->face.face) {
      cells.push_back(box_text(face->box));
      cells.push_back(fixed(face->score, 3));
    }
    table.row(cells);
    all.push_back(std::move(**shown));
  }
  print(table.text() + "\n");
  return all;
}

DemoPage page_of(std::vector<Shown> shown, const Package& package) {
  DemoPage page;
  page.threshold = same_person(package.face);
  for (size_t i = 0; i < shown.size(); ++i) {
    DemoFace face{base_name(shown[i].face.file), shown[i].picture, {}};
    if (shown[i].face.face) mark_face(&face.picture, *shown[i].face.face, "", color_of(0));
    for (const Shown& other : shown)
      face.cosines.push_back(cosine(shown[i].embedding().data(), other.embedding().data(), other.embedding().size()));
    page.faces.push_back(std::move(face));
  }
  return page;
}

void print_matrix(const DemoPage& page) {
  const size_t count = std::min(page.faces.size(), kMostNames);
  Table matrix("l" + std::string(count, 'r'));
  std::vector<std::string> head{"Cosine"};
  for (size_t i = 0; i < count; ++i) head.push_back(std::to_string(i + 1));
  matrix.row(head);
  for (size_t i = 0; i < count; ++i) {
    std::vector<std::string> cells{std::to_string(i + 1) + " " + page.faces[i].name};
    for (size_t k = 0; k < count; ++k)
      cells.push_back(fixed(page.faces[i].cosines[k], 3) +
                      (i != k && page.faces[i].cosines[k] >= page.threshold ? "*" : " "));
    matrix.row(cells);
  }
  print(matrix.text() + "* one person: from " + fixed(page.threshold, 3) + " on\n\n");
}

Status print_speed(const std::string& path, const RunOptions& run, const Parallel& all) {
  Result<std::shared_ptr<const Model>> model = load_model(path, run);
  if (!model.ok()) return model.status();
  const int64_t macs = (*model)->cost().total.macs;
  const std::string name = printable((*model)->package().card.name) + ", " + (*model)->kernels().name;
  Table table("lrrrrr");
  table.row({"Speed", "M multiply-adds", "median ms", "min ms", "GFLOP/s", "of peak"});
  std::vector<Parallel> widths{Parallel{}};
  if (all.width > 1) widths.push_back(all);
  for (const Parallel& parallel : widths) {
    MeasureOptions options;
    options.seconds = 1;
    options.parallel = parallel;
    Result<Measurement> m = measure(*model, options);
    if (!m.ok()) return m.status();
    const double rate = gflops(macs, m->median_ms);
    table.row({name + ", " + std::to_string(parallel.width) + " thread(s)", fixed(static_cast<double>(macs) / 1e6, 1),
               fixed(m->median_ms, 3), fixed(m->min_ms, 3), fixed(rate, 1), percent(rate / m->peak_gflops)});
  }
  print(table.text());
  return {};
}

Status write_page(const DemoPage& page, const std::string& path) {
  const Result<std::string> html = html_of(page);
  return html.ok() ? write_one(path, *html) : html.status();
}

}  // namespace

Status demo_verb(const DemoVerb& verb) {
  Result<TemporaryFolder> folder = TemporaryFolder::create();
  if (!folder.ok()) return folder.status();
  Result<std::string> path = model_file(verb, folder->path());
  if (!path.ok()) return path.status();
  Result<std::vector<File>> files = picture_files(verb);
  if (!files.ok()) return files.status();
  Result<FaceModels> models = open_face_models({kDefaultDetector, *path}, verb.run, {}, 1);
  if (!models.ok()) return models.status();
  const bool aligned = verb.aligned && !verb.pictures.empty();
  MIEN_RETURN_IF_ERROR(require_embedder(*models, aligned));

  Result<std::vector<Shown>> shown = look_at_all(*models, *files, aligned);
  if (!shown.ok()) return shown.status();
  const Package& package = models->embedders[0].embedder->session().model().package();
  DemoPage page = page_of(std::move(*shown), package);
  page.models = package.card.name + (aligned ? "" : ", faces found by the detector of the command");
  if (verb.pictures.empty()) page.remarks.push_back(kPortraits);
  print_matrix(page);
  if (!verb.html.empty()) MIEN_RETURN_IF_ERROR(write_page(page, verb.html));
  MIEN_RETURN_IF_ERROR(print_speed(*path, verb.run, models->parallel));
  for (const std::string& remark : page.remarks) print("\n" + remark + "\n");
  if (!verb.html.empty()) print("\nThe same to look at: " + printable(verb.html) + "\n");
  return {};
}

}  // namespace mien::app
