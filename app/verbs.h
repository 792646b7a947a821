// The verbs of the command: what each is told, and what it does. A verb prints its answer on standard output and
// returns what went wrong; main.cpp prints that and turns it into the exit code. Not thread-safe: one verb per process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/face_models.h"
#include "app/run_options.h"
#include "converters/convert.h"

namespace mien::app {

struct ConvertVerb {
  std::vector<std::string> inputs;
  std::string output, report;
  ConvertOptions options;
  std::string size;     // "HEIGHTxWIDTH" of a detector's picture, "" = its usual one
  bool seeded = false;  // options.network with weights drawn from `seed`, no file
  uint64_t seed = 1;
  std::string store = "f32";  // or "f16"
  bool json = false;
};
Status convert_verb(const ConvertVerb& verb);

struct InspectVerb {
  std::string model;
  RunOptions run;
  bool layers = false, json = false;
};
Status inspect_verb(const InspectVerb& verb);

struct VerifyVerb {
  std::string model;
  RunOptions run;
  ProofLimits limits;
  bool json = false;
};
Status verify_verb(const VerifyVerb& verb);

struct RunVerb {
  std::string model, output;
  std::vector<std::string> inputs;  // one .npy per input of the network, in the network's order
  RunOptions run;
  int batch = 0;  // samples per run at most; 0 = all that the files hold, up to 32
};
Status run_verb(const RunVerb& verb);

// Of the verbs for faces: `files` are models (.mien), told from pictures by content and detectors from embedders by
// what they give; and pictures, folders of them, or "-" for a list on standard input.
struct DetectVerb {
  std::vector<std::string> files;
  std::string draw;  // PNG file, or folder if there are several pictures
  FaceOptions faces;
  RunOptions run;
  bool close_up = false;  // Detector::refine of every face
  bool json = false;
};
Status detect_verb(const DetectVerb& verb);

struct EmbedVerb {
  std::vector<std::string> files;
  std::string npy;
  FaceOptions faces;
  RunOptions run;
  int batch = 8;
  bool aligned = false, all_faces = false, normalize = false, json = false;
};
Status embed_verb(const EmbedVerb& verb);

struct CompareVerb {
  std::vector<std::string> files;  // two pictures among them
  FaceOptions faces;
  RunOptions run;
  std::optional<double> threshold;  // by default what the model's file says
  bool aligned = false, json = false;
};
Status compare_verb(const CompareVerb& verb);

struct EnrollVerb {
  std::string gallery;
  std::vector<std::string> files;
  std::string name;                 // of all pictures; "" = the sub-folder's, or the file's without extension
  std::vector<std::string> remove;  // names
  FaceOptions faces;
  RunOptions run;
  bool aligned = false, mean = false, float16 = false, compact = false, json = false;
};
Status enroll_verb(const EnrollVerb& verb);

struct SearchVerb {
  std::string gallery, draw;
  std::vector<std::string> files;
  FaceOptions faces;
  RunOptions run;
  int k = 5;
  std::optional<double> threshold;
  bool aligned = false, main_face = false, json = false;
};
Status search_verb(const SearchVerb& verb);

struct EvalVerb {
  std::vector<std::string> models;
  std::vector<std::string> bins;  // InsightFace's verification sets
  std::string lfw, pairs;         // a folder of pictures and the list of pairs; both or neither
  std::string protocol = "insightface";
  std::vector<std::string> flips;  // none, sum, concat; no one = the protocol's
  RunOptions run;
  std::string svg;
  bool store = false, json = false;
};
Status eval_verb(const EvalVerb& verb);

struct BenchVerb {
  std::string model, network;  // exactly one of them
  uint64_t seed = 1;
  RunOptions run;
  int batch = 1, runs = 0;
  double seconds = 2;
  bool layers = false, json = false;
};
Status bench_verb(const BenchVerb& verb);

struct CodegenVerb {
  std::string model, output;   // output: a folder
  std::string name, isa;       // "" = from the model file's name; what this CPU has
  std::string compiler;        // "" = the usual one for the instruction set
  bool low_memory = false;
  bool object = false;         // the model file as an object, in place of code
  bool compile = false, json = false;
};
Status codegen_verb(const CodegenVerb& verb);

struct DoctorVerb {
  bool json = false;
};
Status doctor_verb(const DoctorVerb& verb);

struct DemoVerb {
  std::string model;                  // .mien or a file to convert; "" = the recogniser that the command carries
  std::vector<std::string> pictures;  // none = the portraits that the command carries
  bool aligned = false;               // the pictures are crops
  std::string html;                   // a page to write, "" = none
  ConvertOptions options;
  RunOptions run;
};
Status demo_verb(const DemoVerb& verb);

}  // namespace mien::app
