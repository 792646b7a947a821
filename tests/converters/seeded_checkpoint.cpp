#include "tests/converters/seeded_checkpoint.h"

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "models/networks.h"

namespace mien::testing {
namespace {

// Passes everything on and keeps a copy.
class Recorder : public WeightSource {
 public:
  explicit Recorder(WeightSource& weights) : weights_(weights) {}

  Constant tensor(const TensorRequest& request) override {
    Constant constant = weights_.tensor(request);
    const std::vector<float> values(constant.data, constant.data + request.shape.elements());
    drawn.push_back({request.layer, request.role, request.shape, values});
    return constant;
  }
  int64_t outputs_of(const std::string& layer, Role role, int64_t usual) const override {
    return weights_.outputs_of(layer, role, usual);
  }

  std::vector<Drawn> drawn;

 private:
  WeightSource& weights_;
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string f; std::getline(in, f, '\t');) fields.push_back(f);
  return fields;
}

bool is_role(const std::string& text) {
  for (int i = 0; i <= static_cast<int>(Role::prelu_slope); ++i)
    if (text == name_of(static_cast<Role>(i))) return true;
  return false;
}

// Element by element, by the indices' definition.
void to_tensorflow(NamedTensor* t) {
  const Shape s = t->shape;
  if (s.rank != 2 && s.rank != 4) return;
  const int64_t h = s.rank == 4 ? s[2] : 1, w = s.rank == 4 ? s[3] : 1;
  std::vector<float> values(t->values.size());
  for (int64_t o = 0; o < s[0]; ++o)
    for (int64_t i = 0; i < s[1]; ++i)
      for (int64_t y = 0; y < h; ++y)
        for (int64_t x = 0; x < w; ++x)
          values[static_cast<size_t>(((y * w + x) * s[1] + i) * s[0] + o)] =
              t->values[static_cast<size_t>(((o * s[1] + i) * h + y) * w + x)];
  t->values = std::move(values);
  t->shape = s.rank == 4 ? Shape{h, w, s[1], s[0]} : Shape{s[1], s[0]};
}

}  // namespace

std::vector<TableRow> read_table(const NameTable& table) {
  std::ifstream file(std::string(MIEN_SHARED_DIR "/specs/models/tables/") + table.file);
  std::vector<TableRow> rows;
  std::string line;
  if (!std::getline(file, line)) return rows;
  const std::vector<std::string> header = split(line);
  size_t layer = 0, role = 0;
  for (size_t i = 0; i < header.size(); ++i) {
    if (header[i] == "layer") layer = i;
    if (header[i] == "role") role = i;
  }
  while (std::getline(file, line)) {
    const std::vector<std::string> f = split(line);
    if (f.size() <= role || f[table.column] == "(none)") continue;
    const std::string word = f[role].substr(0, f[role].find(' '));  // a remark may follow
    if (is_role(word)) rows.push_back({f[table.column], f[layer], word});
  }
  return rows;
}

std::vector<Drawn> draw_network(const std::string& network, WeightSource& weights) {
  Recorder recorder(weights);
  const Result<Package> built = build_network(network, recorder);
  return built.ok() ? std::move(recorder.drawn) : std::vector<Drawn>();
}

std::vector<NamedTensor> name_tensors(const std::vector<Drawn>& drawn, const std::vector<TableRow>& table,
                                      bool transposed) {
  std::map<std::string, const Drawn*> by_key;
  for (const Drawn& d : drawn) by_key[d.key()] = &d;
  std::vector<NamedTensor> tensors;
  for (const TableRow& row : table) {
    const auto found = by_key.find(row.layer + "/" + row.role);
    if (found == by_key.end()) continue;
    NamedTensor tensor{row.name, found->second->shape, "float32", found->second->values};
    if (transposed) to_tensorflow(&tensor);
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace mien::testing
