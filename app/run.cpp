#include <algorithm>
#include <cctype>

#include "app/files.h"
#include "app/npy.h"
#include "app/table.h"
#include "app/verbs.h"
#include "face/picture.h"

namespace mien::app {
namespace {

constexpr int kMaxBatch = 32;

// Samples side by side as the network takes them.
struct Tensor {
  int64_t samples = 0;
  std::vector<float> values;
};

Status does_not_fit(const NpyArray& array, const Value& input) {
  std::vector<std::string> dims;
  for (int64_t n : array.shape) dims.push_back(std::to_string(n));
  return {Code::bad_argument, "shape (" + joined(dims, ", ") + ") does not fit the input '" + input.name + "' of " +
                                  input.shape.text() + " per sample"};
}

// The sample's shape with any number in place of a leading 1, or with one more axis in front, or just the sample's.
Result<int64_t> samples_of(const NpyArray& array, const Value& input) {
  const std::vector<int64_t> sample(input.shape.dims, input.shape.dims + input.shape.rank);
  const std::vector<int64_t>& shape = array.shape;
  if (shape == sample) return int64_t{1};
  const bool leading_one = !sample.empty() && sample[0] == 1;
  const auto rest = sample.begin() + (leading_one ? 1 : 0);
  if (shape.size() == static_cast<size_t>(sample.end() - rest) + 1 && std::equal(rest, sample.end(), shape.begin() + 1))
    return shape[0];
  if (leading_one && std::equal(rest, sample.end(), shape.begin(), shape.end())) return int64_t{1};
  return does_not_fit(array, input);
}

Result<Tensor> from_pictures(const NpyArray& array, const Model& model) {
  const InputRecord& record = model.package().input;
  const size_t rank = array.shape.size();
  if (model.inputs() != 1 || (rank != 3 && rank != 4) || array.shape[rank - 1] != 3)
    return Status(Code::bad_argument, "uint8 arrays are pictures [N, H, W, 3] of a network with one input");
  if (array.shape[rank - 2] > 65535 || array.shape[rank - 3] > 65535)
    return Status(Code::bad_argument, "the pictures are too large");
  Picture picture;
  picture.height = static_cast<int32_t>(array.shape[rank - 3]);
  picture.width = static_cast<int32_t>(array.shape[rank - 2]);
  const size_t bytes = size_t{3} * static_cast<size_t>(picture.height) * static_cast<size_t>(picture.width);
  const auto sample = static_cast<size_t>(model.input(0).shape.elements());
  Tensor tensor;
  tensor.samples = rank == 4 ? array.shape[0] : 1;
  for (size_t i = 0; i < static_cast<size_t>(tensor.samples); ++i) {
    picture.rgb.assign(array.u8.begin() + static_cast<ptrdiff_t>(i * bytes),
                       array.u8.begin() + static_cast<ptrdiff_t>((i + 1) * bytes));
    std::vector<float> input(sample);
    MIEN_RETURN_IF_ERROR(fill_input(picture, record, input.data()));
    tensor.values.insert(tensor.values.end(), input.begin(), input.end());
  }
  return tensor;
}

Result<Tensor> read_input(const std::string& path, const Model& model, int i) {
  Result<NpyArray> array = read_npy(path);
  if (!array.ok()) return array.status();
  if (array->type == NpyArray::Type::u8) {
    Result<Tensor> tensor = from_pictures(*array, model);
    return tensor.ok() ? tensor : named(path, tensor.status());
  }
  Result<int64_t> samples = samples_of(*array, model.input(i));
  if (!samples.ok()) return named(path, samples.status());
  return Tensor{*samples, std::move(array->f32)};
}

Result<std::vector<Tensor>> read_inputs(const RunVerb& verb, const Model& model) {
  if (static_cast<int>(verb.inputs.size()) != model.inputs())
    return Status(Code::bad_argument, "the network has " + std::to_string(model.inputs()) +
                                          " input(s), --input was given " + std::to_string(verb.inputs.size()) +
                                          " time(s)");
  std::vector<Tensor> tensors;
  for (int i = 0; i < model.inputs(); ++i) {
    const std::string& path = verb.inputs[static_cast<size_t>(i)];
    Result<Tensor> tensor = read_input(path, model, i);
    if (!tensor.ok()) return tensor.status();
    tensors.push_back(std::move(*tensor));
    if (tensors.back().samples != tensors.front().samples)
      return Status(Code::bad_argument, path + ": another number of samples than " + verb.inputs[0]);
  }
  return tensors;
}

// Returns one tensor per output.
Result<std::vector<Tensor>> run_all(const RunVerb& verb, std::shared_ptr<const Model> model, const Parallel& parallel,
                                    const std::vector<Tensor>& inputs) {
  const int64_t samples = inputs.front().samples;
  SessionOptions options;
  options.max_batch = static_cast<int>(std::min<int64_t>(samples, verb.batch > 0 ? verb.batch : kMaxBatch));
  options.parallel = parallel;
  Result<std::unique_ptr<Session>> session = Session::create(model, options);
  if (!session.ok()) return session.status();
  std::vector<Tensor> outputs;
  for (int i = 0; i < model->outputs(); ++i)
    outputs.push_back({samples, std::vector<float>(static_cast<size_t>(samples * model->output(i).shape.elements()))});

  for (int64_t done = 0; done < samples; done += options.max_batch) {
    const int batch = static_cast<int>(std::min<int64_t>(options.max_batch, samples - done));
    std::vector<const float*> in;
    std::vector<float*> out;
    for (int i = 0; i < model->inputs(); ++i)
      in.push_back(inputs[static_cast<size_t>(i)].values.data() + done * model->input(i).shape.elements());
    for (int i = 0; i < model->outputs(); ++i)
      out.push_back(outputs[static_cast<size_t>(i)].values.data() + done * model->output(i).shape.elements());
    MIEN_RETURN_IF_ERROR((*session)->run(batch, in.data(), out.data()));
  }
  return outputs;
}

// y.npy, or y_<name>.npy with what a file name cannot hold replaced.
std::string output_path(const std::string& path, const Model& model, int i) {
  if (model.outputs() == 1) return path;
  std::string name = model.output(i).name;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '.') c = '_';
  const size_t dot = path.rfind(".npy");
  const bool has_suffix = dot != std::string::npos && dot + 4 == path.size();
  return (has_suffix ? path.substr(0, dot) : path) + "_" + name + ".npy";
}

// The batch axis takes the place of a leading 1, or stands in front.
std::vector<int64_t> output_shape(const Shape& sample, int64_t samples) {
  std::vector<int64_t> shape{samples};
  for (int i = sample.rank > 0 && sample[0] == 1 ? 1 : 0; i < sample.rank; ++i) shape.push_back(sample[i]);
  return shape;
}

}  // namespace

Status run_verb(const RunVerb& verb) {
  Result<Parallel> parallel = parallel_of(verb.run);
  if (!parallel.ok()) return parallel.status();
  Result<std::shared_ptr<const Model>> model = load_model(verb.model, verb.run);
  if (!model.ok()) return model.status();
  Result<std::vector<Tensor>> inputs = read_inputs(verb, **model);
  if (!inputs.ok()) return inputs.status();
  Result<std::vector<Tensor>> outputs = run_all(verb, *model, *parallel, *inputs);
  if (!outputs.ok()) return named(verb.inputs[0], outputs.status());

  Outputs files;
  for (int i = 0; i < (*model)->outputs(); ++i) {
    const Tensor& tensor = (*outputs)[static_cast<size_t>(i)];
    const auto bytes = npy_bytes(output_shape((*model)->output(i).shape, tensor.samples), tensor.values.data());
    MIEN_RETURN_IF_ERROR(files.add(output_path(verb.output, **model, i), bytes.data(), bytes.size()));
  }
  return files.commit();
}

}  // namespace mien::app
