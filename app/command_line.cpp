#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "app/console.h"
#include "app/verbs.h"
#include "converters/presets.h"
#include "face/evaluate/protocols.h"
#include "models/networks.h"

namespace mien::app {
namespace {

// Adds the verb's command, binds its options to a T that lives as long as the parser, and makes it what *action runs.
template <class T>
class Command {
 public:
  Command(CLI::App& parser, const char* name, const char* what, Status (*verb)(const T&),
          std::function<Status()>* action)
      : told(std::make_shared<T>()), command(*parser.add_subcommand(name, what)) {
    command.callback([held = told, verb, action] { *action = [held, verb] { return verb(*held); }; });
  }

  std::shared_ptr<T> told;
  CLI::App& command;

  void model() { command.add_option("model", told->model, "Model file (.mien)")->required(); }
  void json() { command.add_flag("--json", told->json, "Print JSON"); }
  void plan() {
    command.add_option("--isa", told->run.isa, "Instruction set: generic, sse41, avx2, avx512, neon32, neon");
    command.add_flag("--low-memory", told->run.low_memory, "The smallest packed weights, at a cost in speed");
  }
  void threads(const char* what = "Threads, 0 for all this process may use") {
    command.add_option("--threads", told->run.threads, what)->capture_default_str();
  }
  void running() {
    plan();
    threads();
    json();
  }
  void aligned() { command.add_flag("--aligned", told->aligned, "The pictures are crops aligned to the model's size"); }
  void files(const char* what) {
    command.add_option("files", told->files,
                       std::string("Model files (.mien) ") + what +
                           " (none, or `default`: those that this command carries)"
                           "; pictures (JPEG, PNG), folders of them, - for a list on standard input");
  }
  void detector() {
    command
        .add_option("--size", told->faces.side,
                    "Longer side of the picture that the detector sees; default: 640, 320 for the command's own")
        ->check(CLI::Range(32, 8192));
    command.add_option("--min-score", told->faces.score, "Least score of a face; default: the detector's own")
        ->check(CLI::Range(0.0, 1.0));
    command
        .add_option("--overlap", told->faces.nms_iou,
                    "Faces that overlap more (IoU) are one; default: the detector's own")
        ->check(CLI::Range(0.0, 1.0));
  }
  void embedder() {
    command.add_flag("--quick", told->faces.quick,
                     "Landmarks as the detector first sees them, without a second look close up");
    command
        .add_option("--flip", told->faces.flip,
                    "What becomes of the mirrored crop; default: what the model's file says")
        ->check(CLI::IsMember({"none", "sum", "concat"}));
  }
  void threshold() {
    command
        .add_option("--threshold", told->threshold,
                    "Same person from this cosine on; default: what the model's file says")
        ->check(CLI::Range(-1.0, 1.0));
  }
  void batch(const char* what, int low) {
    command.add_option("--batch", told->batch, what)->capture_default_str()->check(CLI::Range(low, 4096));
  }
};

void add_pre_processing(CLI::App& command, ConvertOptions& options) {
  command.add_option("--preset", options.preset, "How pictures become input: " + joined(preset_names(), ", "));
  command.add_option("--mean", options.mean, "Subtracted from 0..255, one number or one per channel")->delimiter(',');
  command.add_option("--scale", options.scale, "Then multiplied, one number or one per channel")->delimiter(',');
  command.add_option("--color", options.color, "Channel order of the input")
      ->check(CLI::IsMember({"rgb", "bgr", "gray"}));
}

void add_face_record(CLI::App& command, ConvertOptions& options) {
  command.add_option("--align", options.align, "How a face becomes the picture, if the network does not say")
      ->check(CLI::IsMember({"landmarks", "box", "none"}));
  command.add_option("--margin", options.margin, "Pixels added to the width and height of a box (0)")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--flip", options.flip, "What the mirrored picture's embedding is for")
      ->check(CLI::IsMember({"none", "sum", "concat"}));
}

void add_limits(CLI::App& command, ProofLimits& limits) {
  command.add_option("--min-cosine", limits.min_cosine, "Least cosine to the reference")->capture_default_str();
  command.add_option("--max-error", limits.max_relative_error, "Largest relative error")->capture_default_str();
}

void add_convert(CLI::App& parser, std::function<Status()>* action) {
  Command<ConvertVerb> c(parser, "convert", "Weight file to proven .mien file", convert_verb, action);
  ConvertVerb& told = *c.told;
  c.command.add_option("inputs", told.inputs, "Weight file or files of one model, told by content");
  c.command.add_option("-o,--output", told.output, "Model file to write")->required();
  add_pre_processing(c.command, told.options);
  add_face_record(c.command, told.options);
  add_limits(c.command, told.options.limits);
  c.command.add_option("--name", told.options.name, "Name of the model");
  c.command.add_option("--store", told.store, "Number format of the weights in the file")
      ->check(CLI::IsMember({"f32", "f16"}))
      ->capture_default_str();
  c.command.add_option("--license", told.options.license, "Licence of the weights, kept in the file");
  c.command.add_option("--network", told.options.network,
                       "For weights without a graph, if not recognised: " + joined(network_names(), ", "));
  c.command.add_option("--size", told.size,
                       "Picture's HEIGHTxWIDTH where the file leaves it free, such as 640x640 for a detector");
  c.command.add_flag("--keep-negative-slopes", told.options.keep_negative_slopes,
                     "MindSpore weights: PReLU slopes below 0 as they are; MindSpore 1.x takes them for 0");
  c.command.add_option("--seeded-weights,--seed", told.seed, "With --network: untrained weights from this seed")
      ->each([held = c.told](const std::string&) { held->seeded = true; });
  c.command.add_option("--report", told.report, "Write the report as JSON to this file");
  c.json();
}

void add_inspect(CLI::App& parser, std::function<Status()>* action) {
  Command<InspectVerb> c(parser, "inspect", "Shapes, cost, memory and card of a model", inspect_verb, action);
  c.model();
  c.command.add_flag("--layers", c.told->layers, "One line per step of the plan");
  c.plan();
  c.json();
}

void add_verify(CLI::App& parser, std::function<Status()>* action) {
  Command<VerifyVerb> c(parser, "verify", "Prove a model again on this CPU", verify_verb, action);
  c.model();
  add_limits(c.command, c.told->limits);
  c.plan();
  c.json();
}

void add_run(CLI::App& parser, std::function<Status()>* action) {
  Command<RunVerb> c(parser, "run", "Raw tensors in and out (.npy)", run_verb, action);
  c.model();
  c.command
      .add_option("--input", c.told->inputs,
                  "float32 in the input's layout with a batch axis, or uint8 pictures [N,H,W,3]; once per input")
      ->required();
  c.command
      .add_option("--output", c.told->output, "Y.npy; a network with several outputs writes Y_<output's name>.npy each")
      ->required();
  c.batch("Samples per run at most, 0 = all, up to 32", 0);
  c.plan();
  c.threads();
}

void add_detect(CLI::App& parser, std::function<Status()>* action) {
  Command<DetectVerb> c(parser, "detect", "Faces in pictures: boxes, landmarks, scores", detect_verb, action);
  c.files("of detectors");
  c.detector();
  c.command.add_flag("--close-up", c.told->close_up, "Landmarks from four more looks at each face, as for embed");
  c.command.add_option("--draw", c.told->draw, "Write the picture with the faces marked: a PNG file, or a folder");
  c.running();
}

void add_embed(CLI::App& parser, std::function<Status()>* action) {
  Command<EmbedVerb> c(parser, "embed", "Faces in pictures to embeddings", embed_verb, action);
  c.files("of a detector and of embedders");
  c.aligned();
  c.command.add_flag("--all", c.told->all_faces, "Every face of a picture, not only the main one");
  c.detector();
  c.embedder();
  c.command.add_option("--npy", c.told->npy, "Write the embeddings [faces, dims] to this file");
  c.command.add_flag("--normalize", c.told->normalize, "Scale each embedding to norm 1");
  c.batch("Faces per run", 1);
  c.running();
}

void add_compare(CLI::App& parser, std::function<Status()>* action) {
  Command<CompareVerb> c(parser, "compare", "Are two pictures of the same person? (exit code 1: no)", compare_verb,
                         action);
  c.files("of a detector and of embedders");
  c.aligned();
  c.detector();
  c.embedder();
  c.threshold();
  c.running();
}

void add_enroll(CLI::App& parser, std::function<Status()>* action) {
  Command<EnrollVerb> c(parser, "enroll", "Faces into a gallery, by name", enroll_verb, action);
  c.command.add_option("-g,--gallery", c.told->gallery, "Gallery file; made if it is not there")->required();
  c.files("of a detector and an embedder");
  c.command.add_option("--name", c.told->name,
                       "Who is in all these pictures; default: the sub-folder's name, or the file's without extension");
  c.command.add_flag("--mean", c.told->mean, "One embedding per name: the mean of those of its pictures");
  c.command.add_flag("--float16", c.told->float16, "A new gallery stores half floats: half the size");
  c.command.add_option("--remove", c.told->remove, "Remove this name first; may be repeated");
  c.command.add_flag("--compact", c.told->compact, "Rewrite the file without what was removed");
  c.aligned();
  c.detector();
  c.embedder();
  c.running();
}

void add_search(CLI::App& parser, std::function<Status()>* action) {
  Command<SearchVerb> c(parser, "search", "Who of a gallery is in pictures? (exit code 1: nobody)", search_verb,
                        action);
  c.command.add_option("-g,--gallery", c.told->gallery, "Gallery file")->required();
  c.files("of a detector and the gallery's embedder");
  c.command.add_option("-k,--top", c.told->k, "Names per face")->capture_default_str()->check(CLI::Range(1, 1000));
  c.command.add_flag("--main", c.told->main_face, "Only the main face of each picture");
  c.command.add_option("--draw", c.told->draw, "Write the picture with the names: a PNG file, or a folder");
  c.aligned();
  c.detector();
  c.embedder();
  c.threshold();
  c.running();
}

void add_eval(CLI::App& parser, std::function<Status()>* action) {
  Command<EvalVerb> c(parser, "eval", "Verification accuracy on a benchmark of aligned crops", eval_verb, action);
  EvalVerb& told = *c.told;
  c.command.add_option("models", told.models, "Model files (.mien)")->required();
  c.command.add_option("--bin", told.bins, "InsightFace verification sets: lfw.bin, cfp_fp.bin, ...");
  CLI::Option* lfw = c.command.add_option("--lfw", told.lfw, "Folder of pictures, Name/Name_0001.jpg or .png");
  CLI::Option* pairs = c.command.add_option("--pairs", told.pairs, "Its pairs.txt, or lines `path path 0|1`");
  lfw->needs(pairs);
  pairs->needs(lfw);
  c.command.add_option("--protocol", told.protocol, joined(protocol_names(), ", "))->capture_default_str();
  c.command
      .add_option("--flip", told.flips,
                  "What the mirrored picture adds: none, sum, concat or several of them; default: "
                  "what the protocol does")
      ->delimiter(',');
  c.command.add_option("--svg", told.svg, "Draw ROC curves and distributions of the cosines to this file");
  c.command.footer(
      "mien eval MODEL.mien.. --bin SET.bin..\n"
      "mien eval MODEL.mien.. --lfw FOLDER --pairs PAIRS.txt");
  c.command.add_flag("--store", told.store,
                     "Put the flip and the thresholds into the model files: of one set, with one flip");
  c.running();
}

void add_bench(CLI::App& parser, std::function<Status()>* action) {
  Command<BenchVerb> c(parser, "bench", "Latency and share of the measured peak", bench_verb, action);
  c.told->run.threads = 1;
  c.command.add_option("model", c.told->model, "Model file (.mien)");
  c.command.add_option("--network", c.told->network, "Instead: seeded weights for " + joined(network_names(), ", "));
  c.command.add_option("--seed", c.told->seed, "Seed of these weights")->capture_default_str();
  c.batch("Samples per run", 1);
  c.command.add_option("--seconds", c.told->seconds, "Measure for so long")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 3600.0));
  c.command.add_option("--runs", c.told->runs, "Measure so many runs instead")->check(CLI::Range(1, 1000000));
  c.command.add_flag("--layers", c.told->layers, "One line per step of the plan");
  c.plan();
  c.threads("Threads, 0 for all this process may use");
  c.json();
}

void add_codegen(CLI::App& parser, std::function<Status()>* action) {
  Command<CodegenVerb> c(parser, "codegen", "A model as one C++ file without dependencies, or as an object file",
                         codegen_verb, action);
  c.model();
  c.command.add_option("-o,--output", c.told->output, "Folder for NAME.h and NAME.cpp")->required();
  c.command.add_option("--name", c.told->name, "Of the functions and files; default: the model file's");
  c.command.add_option("--isa", c.told->isa,
                       "Instruction set of the target: generic, sse41, avx2, avx512, neon; default: this CPU's best");
  c.command.add_flag("--low-memory", c.told->low_memory, "The smallest packed weights, at a cost in speed");
  c.command.add_flag("--compile", c.told->compile, "Compile it too, to NAME.o");
  c.command.add_option("--compiler", c.told->compiler, "By this compiler; default: g++, or the target's cross g++");
  c.command.add_flag("--object", c.told->object,
                     "Instead: the model file itself as NAME_model.o, for mien_model_load_memory");
  c.json();
}

void add_doctor(CLI::App& parser, std::function<Status()>* action) {
  Command<DoctorVerb> c(parser, "doctor", "What this CPU and this build can do", doctor_verb, action);
  c.json();
}

void add_demo(CLI::App& parser, std::function<Status()>* action) {
  Command<DemoVerb> c(parser, "demo", "Faces side by side, who is who, and how fast", demo_verb, action);
  c.command.add_option("model", c.told->model, "Recogniser: .mien, or a file to convert; none: the command's own");
  c.command.add_option("pictures", c.told->pictures, "Photographs; none: portraits of people who do not exist");
  c.aligned();
  c.command.add_option("--html", c.told->html, "Write a page that shows the pictures, the boxes and the cosines");
  add_pre_processing(c.command, c.told->options);
  c.plan();
  c.threads();
}

// CLI11's text on one line.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return printable(text);
}

}  // namespace

Status run_command_line(int argc, const char* const* argv) {
  CLI::App parser("mien: face networks on CPUs");
  parser.set_version_flag("--version", "mien " MIEN_VERSION);
  parser.require_subcommand(1);
  parser.get_formatter()->column_width(34);
  std::function<Status()> action;
  add_convert(parser, &action);
  add_inspect(parser, &action);
  add_verify(parser, &action);
  add_run(parser, &action);
  add_detect(parser, &action);
  add_embed(parser, &action);
  add_compare(parser, &action);
  add_enroll(parser, &action);
  add_search(parser, &action);
  add_eval(parser, &action);
  add_bench(parser, &action);
  add_codegen(parser, &action);
  add_doctor(parser, &action);
  add_demo(parser, &action);
  try {
    parser.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    parser.exit(asked);
    return {};
  } catch (const CLI::ParseError& error) {
    return {Code::bad_argument, one_line(error.what()) + " (mien --help)"};
  }
  return action();
}

}  // namespace mien::app
