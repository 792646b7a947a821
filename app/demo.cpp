#include <algorithm>

#include "app/console.h"
#include "app/describe.h"
#include "app/drawn_faces.h"
#include "app/embed_pictures.h"
#include "app/files.h"
#include "app/measure.h"
#include "app/verbs.h"
#include "engine/file/flat_file.h"
#include "face/match.h"
#include "models/networks.h"

namespace mien::app {
namespace {

constexpr char kNetwork[] = "mobilefacenet";
constexpr uint64_t kSeed = 1;
constexpr size_t kShown = 6;       // values of an embedding
constexpr size_t kMostNames = 12;  // pictures in the matrix

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

Result<Package> convert_source(const DemoVerb& verb, ConvertReport* report) {
  if (!verb.model.empty()) {
    Result<Package> package = convert({verb.model}, verb.options, report);
    return package.ok() ? std::move(package) : named(verb.model, package.status());
  }
  Result<Package> built = build_network(kNetwork, kSeed);
  if (!built.ok()) return built.status();
  Imported imported;
  imported.package = std::move(*built);
  return convert_package(std::move(imported), verb.options, report);
}

// Path of a .mien file: the one given, or one made in `folder` from an ONNX file or from seeds.
Result<std::string> model_file(const DemoVerb& verb, const std::string& folder) {
  if (ends_with(verb.model, ".mien")) return verb.model;
  print("Converting " +
        (verb.model.empty() ? std::string("MobileFaceNet with weights from seed ") + std::to_string(kSeed) +
                                  " (UNTRAINED: its embeddings mean nothing)"
                            : printable(verb.model)) +
        "\n");
  std::fflush(stdout);
  ConvertReport report;
  Result<Package> package = convert_source(verb, &report);
  print(text_of(report) + "\n");
  if (!package.ok()) return package.status();
  const std::string path = folder + "/demo.mien";
  MIEN_RETURN_IF_ERROR(write_file(*package, path));
  return path;
}

struct Pictures {
  std::vector<std::string> names;
  std::vector<float> embeddings;  // [names][dims]
};

Result<Pictures> embed_drawings(Embedder& embedder) {
  Pictures pictures;
  const auto dims = static_cast<size_t>(embedder.dims());
  for (int person = 0; person < 2; ++person)
    for (int take = 0; take < 2; ++take) {
      const Picture picture = draw_face(person, take);
      const Picture* pointer = &picture;
      pictures.names.push_back(std::string("drawing ") + static_cast<char>('A' + person) + std::to_string(take + 1));
      pictures.embeddings.resize(pictures.names.size() * dims);
      MIEN_RETURN_IF_ERROR(embedder.embed(&pointer, 1, pictures.embeddings.data() + pictures.embeddings.size() - dims));
    }
  return pictures;
}

Result<Pictures> embed_all(const DemoVerb& verb, Embedder& embedder) {
  if (verb.pictures.empty()) return embed_drawings(embedder);
  Result<std::vector<float>> embeddings = embed_crops(embedder, verb.pictures);
  if (!embeddings.ok()) return embeddings.status();
  Pictures pictures{{}, std::move(*embeddings)};
  for (const std::string& path : verb.pictures) pictures.names.push_back(base_name(path));
  return pictures;
}

void print_embeddings(const Pictures& pictures, size_t dims) {
  const size_t shown = std::min(pictures.names.size(), kMostNames);
  Table values("lrl");
  values.row({"Embeddings", "norm", "first of " + std::to_string(dims) + " values"});
  for (size_t i = 0; i < shown; ++i) {
    const float* embedding = pictures.embeddings.data() + i * dims;
    std::string text;
    for (size_t k = 0; k < std::min(dims, kShown); ++k) text += fixed(embedding[k], 4) + "  ";
    values.row({pictures.names[i], fixed(norm(embedding, dims), 3), text});
  }
  print(values.text() + "\n");

  Table matrix("l" + std::string(shown, 'r'));
  std::vector<std::string> head{"Cosine"};
  for (size_t i = 0; i < shown; ++i) head.push_back(std::to_string(i + 1));
  matrix.row(head);
  for (size_t i = 0; i < shown; ++i) {
    std::vector<std::string> cells{std::to_string(i + 1) + " " + pictures.names[i]};
    for (size_t j = 0; j < shown; ++j)
      cells.push_back(fixed(cosine(&pictures.embeddings[i * dims], &pictures.embeddings[j * dims], dims), 4));
    matrix.row(cells);
  }
  print(matrix.text() + "\n");
}

Status print_speed(std::shared_ptr<const Model> model, const Parallel& all) {
  const int64_t macs = model->cost().total.macs;
  Table table("lrrrrr");
  table.row({"Speed", "median ms", "min ms", "GFLOP/s", "FMA peak", "of peak"});
  std::vector<Parallel> widths{Parallel{}};
  if (all.width > 1) widths.push_back(all);
  for (const Parallel& parallel : widths) {
    MeasureOptions options;
    options.seconds = 1;
    options.parallel = parallel;
    Result<Measurement> m = measure(model, options);
    if (!m.ok()) return m.status();
    const double rate = gflops(macs, m->median_ms);
    table.row({std::string(model->kernels().name) + ", " + std::to_string(parallel.width) + " thread(s)",
               fixed(m->median_ms, 3), fixed(m->min_ms, 3), fixed(rate, 1), fixed(m->peak_gflops, 1),
               percent(rate / m->peak_gflops)});
  }
  print(table.text());
  return {};
}

}  // namespace

Status demo_verb(const DemoVerb& verb) {
  Result<Parallel> parallel = parallel_of(verb.run);
  if (!parallel.ok()) return parallel.status();
  Result<TemporaryFolder> folder = TemporaryFolder::create();
  if (!folder.ok()) return folder.status();
  Result<std::string> path = model_file(verb, folder->path());
  if (!path.ok()) return path.status();
  Result<std::shared_ptr<const Model>> model = load_model(*path, verb.run);
  if (!model.ok()) return model.status();
  print("Network " + printable((*model)->package().card.name) + "\n" + cost_table(**model).text() + "\n");

  SessionOptions options;
  options.parallel = *parallel;
  Result<std::unique_ptr<Embedder>> embedder = Embedder::create(*model, options);
  if (!embedder.ok()) return named(verb.model.empty() ? kNetwork : verb.model, embedder.status());
  Result<Pictures> pictures = embed_all(verb, **embedder);
  if (!pictures.ok()) return pictures.status();
  print_embeddings(*pictures, static_cast<size_t>((*embedder)->dims()));
  MIEN_RETURN_IF_ERROR(print_speed(*model, *parallel));
  if (verb.model.empty())
    print(
        "\nThe weights are untrained: the figures show that everything runs, not who is who. With a trained network:\n"
        "  mien demo MODEL.onnx --preset arcface CROP.png...\n");
  return {};
}

}  // namespace mien::app
