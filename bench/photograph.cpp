// mien_bench_photograph: from the bytes of a 12-megapixel JPEG with 20 faces to 20 embeddings, and how much longer that
// takes than its runs of networks alone: one of the detector at 640, the embedder's on 20 crops and, where landmarks
// are refined, the detector's on 80 close-ups. The two take turns; the medians are compared, and those of each stage
// by itself stand beside them. Trained networks and photographs are sought in ../shared/data, and without them there is
// nothing to measure.
#include "face/photograph.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>

#include "converters/convert.h"
#include "engine/resize_input.h"
#include "face/recognize.h"
#include "face/warp.h"
#include "tests/face/written_pictures.h"
#ifdef MIEN_TBB
#include "engine/threads_tbb.h"
#endif

namespace mien::bench {
namespace {

const std::string kData = std::string(MIEN_SHARED_DIR) + "/data";
// Detector::refine has four of each face, of so many pixels a side.
constexpr int kCloseUps = 4 * 20, kCloseUp = 256;
constexpr int kColumns = 5, kRows = 4, kFaces = kColumns * kRows, kCellWidth = 800, kCellHeight = 750;

Parallel parallel_of(int threads) {
#ifdef MIEN_TBB
  if (threads > 1) return tbb_parallel(threads);
#endif
  (void)threads;
  return Parallel();
}

Result<Package> converted(const std::string& file, const std::string& preset) {
  ConvertOptions options;
  options.golden_cases = 1;
  options.preset = preset;
  ConvertReport report;
  return convert({kData + "/models/" + file}, options, &report);
}

// What the rows have in common, for so many threads.
struct Networks {
  std::unique_ptr<Detector> detector;
  std::unique_ptr<Embedder> embedder;
  std::unique_ptr<Session> detector_alone;  // for the size that the detector makes of the photograph
  std::unique_ptr<Session> close_up_alone;
};

Result<std::unique_ptr<Session>> session_of(const Package& package, int height, int width,
                                            const SessionOptions& options) {
  Result<Package> resized = with_input_size(package, height, width);
  if (!resized.ok()) return resized.status();
  const auto model = Model::create(std::move(*resized));
  if (!model.ok()) return model.status();
  return Session::create(*model, options);
}

Result<Networks> make_networks(int threads) {
  Result<Package> detector = converted("retinaface_mobilenet025.pth", "");
  if (!detector.ok()) return detector.status();
  Result<Package> embedder = converted("mobilefacenet_relu6.onnx", "imagenet");
  if (!embedder.ok()) return embedder.status();
  Networks networks;
  DetectorOptions options;
  options.session.parallel = parallel_of(threads);
  auto alone = session_of(*detector, 480, 640, options.session);
  if (!alone.ok()) return alone.status();
  networks.detector_alone = std::move(*alone);
  auto close_up = session_of(*detector, kCloseUp, kCloseUp, options.session);
  if (!close_up.ok()) return close_up.status();
  networks.close_up_alone = std::move(*close_up);
  auto made = Detector::create(std::move(*detector), options);
  if (!made.ok()) return made.status();
  networks.detector = std::move(*made);
  const auto model = Model::create(std::move(*embedder));
  if (!model.ok()) return model.status();
  options.session.max_batch = kFaces;
  auto embeds = Embedder::create(*model, options.session, Flip::none);
  if (!embeds.ok()) return embeds.status();
  networks.embedder = std::move(*embeds);
  return networks;
}

// The photograph as large as its place has room for, in the middle of it.
void put(const Picture& photo, int place, Picture* sheet) {
  const double factor = std::min(1.0 * kCellWidth / photo.width, 1.0 * kCellHeight / photo.height);
  const auto width = static_cast<int32_t>(photo.width * factor), height = static_cast<int32_t>(photo.height * factor);
  const int left = place % kColumns * kCellWidth + (kCellWidth - width) / 2;
  const int top = place / kColumns * kCellHeight + (kCellHeight - height) / 2;
  const size_t stride = size_t{3} * static_cast<size_t>(sheet->width);
  uint8_t* corner = sheet->rgb.data() + static_cast<size_t>(top) * stride + 3 * static_cast<size_t>(left);
  resize_into(photo, width, height, corner, stride);
}

// 20 photographs of one person each, side by side.
Result<Picture> compose(Detector& detector) {
  Picture sheet;
  sheet.width = kColumns * kCellWidth;
  sheet.height = kRows * kCellHeight;
  sheet.rgb.assign(size_t{3} * static_cast<size_t>(sheet.width) * static_cast<size_t>(sheet.height), 128);
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(kData + "/faces/photos")) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  int place = 0;
  for (size_t i = 0; i < paths.size() && place < kFaces; ++i) {
    const Result<Picture> photo = load_picture(paths[i].string());
    if (!photo.ok()) return photo.status();
    const auto faces = detector.detect(*photo);
    if (!faces.ok()) return faces.status();
    if (faces->size() == 1) put(*photo, place++, &sheet);
  }
  return sheet;
}

double milliseconds_of(const std::function<Status()>& work, Status* status) {
  const auto start = std::chrono::steady_clock::now();
  if (const Status done = work(); !done.ok()) *status = done;
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// One run on inputs that were made before.
std::function<Status()> run_of(Session& session, int batch) {
  const Model& model = session.model();
  auto input = std::make_shared<std::vector<float>>(golden_input(1, batch * model.input(0).shape.elements(), -1, 1));
  auto outputs = std::make_shared<std::vector<std::vector<float>>>();
  for (int i = 0; i < model.outputs(); ++i)
    outputs->emplace_back(static_cast<size_t>(batch * model.output(i).shape.elements()));
  return [&session, batch, input, outputs] {
    const float* in = input->data();
    std::vector<float*> out;
    for (auto& one : *outputs) out.push_back(one.data());
    return session.run(batch, &in, out.data());
  };
}

double median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times.empty() ? 0 : times[times.size() / 2];
}

// The runs of networks, on inputs that were made before.
struct Runs {
  std::function<Status()> detector, close_up, embedder;
};

struct Times {
  std::vector<double> all, networks;
  std::vector<double> decode, detect, refine, crops, embed;  // the stages, each by itself
};

Status from_bytes(Networks& networks, const std::vector<uint8_t>& jpeg, bool refining, Photograph* photograph) {
  Result<Photograph> found = find_faces(*networks.detector, jpeg);
  if (!found.ok()) return found.status();
  *photograph = std::move(*found);
  const std::vector<size_t> which = all_faces(*photograph);
  if (which.size() != kFaces) return {Code::check_failed, std::to_string(which.size()) + " faces found, not 20"};
  if (refining) MIEN_RETURN_IF_ERROR(refine_faces(*networks.detector, which, photograph));
  return embed_faces(*networks.embedder, *photograph, which).status();
}

Status time_stages(Networks& networks, const std::vector<uint8_t>& jpeg, bool refining, Photograph photograph,
                   Times* times) {
  Status status;
  const auto timed = [&](std::vector<double>* stage, const std::function<Status()>& work) {
    stage->push_back(milliseconds_of(work, &status));
  };
  timed(&times->decode,
        [&] { return decode_for_faces(jpeg.data(), jpeg.size(), networks.detector->max_side()).status(); });
  timed(&times->detect, [&] { return networks.detector->detect(photograph.seen).status(); });
  if (refining)
    timed(&times->refine, [&] { return refine_faces(*networks.detector, all_faces(photograph), &photograph); });
  const Package& package = networks.embedder->session().model().package();
  std::vector<Picture> crops;
  timed(&times->crops, [&]() -> Status {
    auto cut = align_faces(jpeg.data(), jpeg.size(), photograph.seen, photograph.faces, package.input, package.face);
    if (cut.ok()) crops = std::move(*cut);
    return cut.status();
  });
  if (!status.ok()) return status;
  std::vector<const Picture*> pointers;
  for (const Picture& crop : crops) pointers.push_back(&crop);
  std::vector<float> embeddings(pointers.size() * static_cast<size_t>(networks.embedder->dims()));
  timed(&times->embed, [&] { return networks.embedder->embed(pointers.data(), kFaces, embeddings.data()); });
  return status;
}

Status once(Networks& networks, const std::vector<uint8_t>& jpeg, bool refining, const Runs& runs, Times* times) {
  Status status;
  Photograph photograph;
  times->all.push_back(milliseconds_of([&] { return from_bytes(networks, jpeg, refining, &photograph); }, &status));
  if (!status.ok()) return status;
  double sum = milliseconds_of(runs.detector, &status) + milliseconds_of(runs.embedder, &status);
  for (int i = 0; refining && i < kCloseUps; ++i) sum += milliseconds_of(runs.close_up, &status);
  times->networks.push_back(sum);
  return status.ok() ? time_stages(networks, jpeg, refining, std::move(photograph), times) : status;
}

void photograph_row(benchmark::State& state, bool progressive, bool refining, int threads) {
  Result<Networks> networks = make_networks(threads);
  if (!networks.ok()) return state.SkipWithError(networks.status().message().c_str());
  const Result<Picture> sheet = compose(*networks->detector);
  if (!sheet.ok()) return state.SkipWithError(sheet.status().message().c_str());
  test::JpegForm form;
  form.progressive = progressive;
  form.quality = 90;
  form.subsampled = true;
  const std::vector<uint8_t> jpeg = test::write_jpeg(sheet->rgb, sheet->width, sheet->height, form);
  const Runs runs{run_of(*networks->detector_alone, 1), run_of(*networks->close_up_alone, 1),
                  run_of(networks->embedder->session(), kFaces)};
  Times times;
  // The networks are planned for their sizes on the first photograph.
  Status status = once(*networks, jpeg, refining, runs, &times);
  times = {};
  for (auto _ : state) {
    if (status.ok()) status = once(*networks, jpeg, refining, runs, &times);
    if (!status.ok()) return state.SkipWithError(status.message().c_str());
    state.SetIterationTime(times.all.back() / 1000);
  }
  state.counters["MB"] = static_cast<double>(jpeg.size()) / 1e6;
  state.counters["all_ms"] = median(times.all);
  state.counters["networks_ms"] = median(times.networks);
  state.counters["decode_ms"] = median(times.decode);
  state.counters["detect_ms"] = median(times.detect);
  if (refining) state.counters["refine_ms"] = median(times.refine);
  state.counters["crops_ms"] = median(times.crops);
  state.counters["embed_ms"] = median(times.embed);
  state.counters["ratio"] = median(times.all) / median(times.networks);
}

void add_rows() {
#ifdef MIEN_TBB
  const std::vector<int> thread_counts = {1, 2};
#else
  const std::vector<int> thread_counts = {1};
#endif
  for (const int threads : thread_counts)
    for (const bool progressive : {false, true})
      for (const bool refining : {false, true}) {
        const std::string name = std::string(progressive ? "progressive" : "baseline") +
                                 (refining ? "/refining" : "/quick") + "/threads" + std::to_string(threads);
        const auto row = [=](benchmark::State& state) { photograph_row(state, progressive, refining, threads); };
        benchmark::RegisterBenchmark(name.c_str(), row)->UseManualTime()->Iterations(15)->Unit(benchmark::kMillisecond);
      }
}

}  // namespace
}  // namespace mien::bench

int main(int argc, char** argv) {
  if (!std::filesystem::exists(mien::bench::kData + "/faces/photos")) {
    std::fprintf(stderr, "no photographs in %s: nothing to measure\n", mien::bench::kData.c_str());
    return 0;
  }
  mien::bench::add_rows();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
