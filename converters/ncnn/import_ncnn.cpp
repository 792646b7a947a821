// From the text of a network and its weights to a graph: takes the weights of every layer, imports layer by layer, and
// makes outputs of the blobs that nothing reads.
#include <new>

#include "converters/ncnn/ncnn.h"
#include "converters/ncnn/operators.h"
#include "converters/text.h"

namespace mien {
namespace ncnn {
namespace {

class Driver {
 public:
  Driver(const Net& net, std::vector<std::string>* unsupported) : net_(net), unsupported_(unsupported) {
    views_.reserve(net.layers.size());
    for (const Layer& layer : net.layers) views_.emplace_back(layer);
  }

  Result<Imported> run(std::vector<uint8_t> bin, const PictureSize& asked) {
    const int64_t bytes = static_cast<int64_t>(bin.size());
    MIEN_RETURN_IF_ERROR(read_weights(bin));
    std::vector<uint8_t>().swap(bin);  // the numbers are out of it: no need to hold them twice
    Importer importer(net_, asked, bytes / 4);
    importer.denormals_flushed = denormals_;
    for (LayerView& view : views_) MIEN_RETURN_IF_ERROR(add_layer(importer, view));
    if (!unsupported_->empty()) return refusal();
    std::string name;
    for (size_t i = 0; i < net_.blobs.size(); ++i) {
      if (!net_.blobs[i].is_read) add_output(importer, static_cast<int32_t>(i), &name);
    }
    if (!unsupported_->empty()) return refusal();
    note_layers(importer);
    return importer.GraphBuilder::finish(name, "ncnn");
  }

 private:
  Status refusal() const {
    std::string text = std::to_string(unsupported_->size()) + " thing(s) that mien does not run: ";
    for (size_t i = 0; i < unsupported_->size(); ++i) text += (i ? "; " : "") + (*unsupported_)[i];
    return {Code::unsupported, text};
  }

  // Lists what the layer has refused; any other error ends the import.
  Status listed(const LayerView& view) {
    if (view.ok() || view.status().code() != Code::unsupported) return view.status();
    if (!view.status().message().empty()) unsupported_->push_back(view.status().message());
    return {};
  }

  static void check_arity(const OperatorRow& row, LayerView& view) {
    if (view.bottoms() >= row.least && view.bottoms() <= row.most && view.tops() >= 1 && view.tops() <= row.most_tops)
      return;
    view.refuse("reads " + std::to_string(view.bottoms()) + " blobs and makes " + std::to_string(view.tops()));
  }

  Status read_weights(const std::vector<uint8_t>& bin) {
    WeightReader reader(bin.data(), bin.size());
    for (LayerView& view : views_) {
      const OperatorRow* row = find_operator(view.type());
      if (!row) {
        view.fail({Code::unsupported, "node '" + view.name() + "': operator " + printable(view.type())});
        reader.lose_place();
      } else {
        if (row->read) row->read(view, reader);
        check_arity(*row, view);
      }
      MIEN_RETURN_IF_ERROR(reader.status());
      MIEN_RETURN_IF_ERROR(listed(view));
      // There is nothing to import where the weights were not found.
      if (reader.lost() && !view.weights.empty()) view.give_up();
    }
    denormals_ = reader.denormals_flushed();
    return reader.finish();
  }

  Status add_layer(Importer& importer, LayerView& view) {
    if (!view.ok()) return {};
    const OperatorRow* row = find_operator(view.type());
    bool constant = !row->takes_constants;
    for (int i = 0; i < view.bottoms(); ++i) {
      const ValueId x = importer.value(view, i);
      constant = constant && x != kNoValue && importer.graph.value(x).is_constant();
    }
    if (!view.ok()) return {};  // reads what was refused, which is listed
    if (constant) {
      view.refuse("has only stored data as inputs");
    } else {
      row->import(importer, view);
    }
    std::vector<std::vector<float>>().swap(view.weights);
    return listed(view);
  }

  void add_output(Importer& importer, int32_t blob, std::string* name) {
    const ValueId value = importer.bound(blob);
    *name = printable(net_.blobs[static_cast<size_t>(blob)].name);
    if (value == kNoValue || importer.graph.value(value).is_constant()) {
      unsupported_->push_back("output '" + *name + "' does not depend on the input");
      return;
    }
    importer.add_output(value, *name);
  }

  void note_layers(Importer& importer) const {
    int64_t eight_bit = 0;
    for (const LayerView& view : views_) {
      eight_bit += view.eight_bit;
      if (view.needs_repair())
        importer.repair(view.label() + ": a whole number where a number with a point belongs: taken as it reads");
    }
    if (eight_bit > 0)
      importer.warn(std::to_string(eight_bit) +
                    " layer(s) were made for int8 arithmetic: their weights are taken as they are, what goes between "
                    "the layers is not rounded to eight bits as ncnn does");
  }

  const Net& net_;
  std::vector<std::string>* unsupported_;
  std::vector<LayerView> views_;
  int64_t denormals_ = 0;
};

}  // namespace
}  // namespace ncnn

Result<Imported> import_ncnn(const uint8_t* param, size_t size, std::vector<uint8_t> bin, const PictureSize& asked,
                             std::vector<std::string>* unsupported) {
  try {
    const Result<ncnn::Net> net = ncnn::read_param(param, size);
    if (!net.ok()) return net.status();
    return ncnn::Driver(*net, unsupported).run(std::move(bin), asked);
  } catch (const std::bad_alloc&) {
    return Status(Code::out_of_memory, "not enough memory to import the model");
  }
}

}  // namespace mien
