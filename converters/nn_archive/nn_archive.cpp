#include "converters/nn_archive/nn_archive.h"

#include <algorithm>

#include "converters/nn_archive/apply_config.h"
#include "converters/nn_archive/config.h"
#include "converters/nn_archive/members.h"
#include "converters/onnx/onnx.h"
#include "converters/text.h"

namespace mien {
namespace nn_archive {
namespace {

constexpr char kConfig[] = "config.json";

bool ends_with(const std::string& text, const std::string& with) {
  return text.size() >= with.size() && text.compare(text.size() - with.size(), with.size(), with) == 0;
}

bool is_onnx(const std::string& name) {
  return ends_with(name, ".onnx");
}
bool is_wanted(const std::string& name) {
  return name == kConfig || is_onnx(name);
}

// "'a', 'b' and 7 more"
std::string listed(const std::vector<std::string>& names) {
  constexpr size_t kMost = 5;
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kMost); ++i) text += (i ? ", '" : "'") + printable(names[i]) + "'";
  return names.size() > kMost ? text + " and " + std::to_string(names.size() - kMost) + " more" : text;
}

Status no_config(const Members& members) {
  if (members.names.empty()) return {Code::corrupt, "an archive without any file"};
  for (const std::string& name : members.names)
    if (ends_with(name, std::string("/") + kConfig))
      return {Code::unreadable,
              "'" + printable(name) + "' is not at the top of the archive: pack the folder's contents"};
  return {Code::unreadable, "an archive without config.json is no NN Archive; it holds " + listed(members.names) +
                                ": unpack it and give the model's own files"};
}

// Models that an archive may hold and nothing here reads.
Status no_onnx(const std::string& path) {
  const struct {
    const char* end;
    const char* what;
  } kOthers[] = {{".tflite", "a TensorFlow Lite model"},
                 {".xml", "an OpenVINO model"},
                 {".bin", "an OpenVINO model"},
                 {".blob", "a program for an RVC2 or RVC3 device"},
                 {".superblob", "a program for an RVC2 device"},
                 {".dlc", "a program for an RVC4 device"}};
  std::string what = "not an .onnx file";
  for (const auto& other : kOthers)
    if (ends_with(path, other.end)) what = other.what;
  return {Code::unsupported, "the archive's model '" + printable(path) + "' is " + what +
                                 ": use the archive that it was made from, with the .onnx file, or export one"};
}

Result<std::string> model_name(const Config& config, const Members& members) {
  Result<std::string> name = normal_name(config.path);
  if (!name.ok()) return Status(Code::corrupt, "config.json: model.metadata.path: " + name.status().message());
  const bool held = std::find(members.names.begin(), members.names.end(), *name) != members.names.end();
  if (!held)
    return Status(Code::corrupt, "config.json names the model '" + printable(config.path) +
                                     "', which is not in the archive; it holds " + listed(members.names));
  return is_onnx(*name) ? std::move(name) : Result<std::string>(no_onnx(*name));
}

// The size that config.json gives the picture, none if it gives none.
PictureSize stated_size(const Config& config) {
  if (config.inputs.empty() || config.inputs[0].shape.size() != 4) return {};
  const Input& input = config.inputs[0];
  const bool last = input.layout.empty() ? input.shape[1] != 1 && input.shape[1] != 3 : input.layout.back() == 'C';
  const auto side = [&input](size_t axis) {
    const int64_t pixels = input.shape[axis];
    return pixels > 0 && pixels <= 65536 ? static_cast<int>(pixels) : 0;
  };
  return last ? PictureSize{side(1), side(2)} : PictureSize{side(2), side(3)};
}

}  // namespace
}  // namespace nn_archive

Result<Imported> import_nn_archive(std::vector<uint8_t> file, std::vector<std::string>* unsupported,
                                   const PictureSize& asked) {
  using namespace nn_archive;
  Result<Members> members = read_members(file.data(), file.size(), is_wanted);
  if (!members.ok()) return members.status();
  std::vector<uint8_t>().swap(file);
  const auto document = members->contents.find(kConfig);
  if (document == members->contents.end()) return no_config(*members);
  const Result<Config> config = read_config(document->second.data(), document->second.size());
  if (!config.ok()) return config.status();
  const Result<std::string> name = model_name(*config, *members);
  if (!name.ok()) return name.status();
  std::vector<uint8_t> model = std::move(members->contents[*name]);
  members->contents.clear();
  const PictureSize stated = stated_size(*config);
  Result<Imported> imported = import_onnx(model.data(), model.size(), "", unsupported, stated.given() ? stated : asked);
  if (!imported.ok())
    return Status(imported.status().code(), printable(*name) + " in it: " + imported.status().message());
  MIEN_RETURN_IF_ERROR(apply_config(*config, &*imported));
  imported->package.card.source_format = "nn_archive";
  imported->package.card.name = config->name;
  return imported;
}

}  // namespace mien
