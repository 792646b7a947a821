// From a prototxt and its weights to a graph: reads the network, imports layer by layer, names the outputs.
#include <algorithm>
#include <new>

#include "converters/caffe/caffe.h"
#include "converters/caffe/operators.h"
#include "converters/text.h"

namespace mien {
namespace caffe {
namespace {

constexpr size_t kNamesInAMessage = 40;

// "a, b, c and 12 more".
std::string listed(const std::vector<std::string>& names, const char* separator) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < kNamesInAMessage; ++i) text += (i ? separator : "") + names[i];
  if (names.size() > kNamesInAMessage) text += " and " + std::to_string(names.size() - kNamesInAMessage) + " more";
  return text;
}

class Driver {
 public:
  Driver(const Net& net, CaffeModel model, const PictureSize& asked, std::vector<std::string>* unsupported)
      : net_(net), importer_(net, std::move(model), asked), unsupported_(unsupported) {}

  Result<Imported> run() {
    for (const NetLayer& layer : net_.layers) {
      for (int32_t bottom : layer.bottoms)
        if (layer.is_needed) importer_.mark_read(bottom);
    }
    for (const NetLayer& layer : net_.layers)
      if (layer.is_needed) MIEN_RETURN_IF_ERROR(add_layer(layer));
    if (!unsupported_->empty()) {
      std::string text = std::to_string(unsupported_->size()) + " thing(s) that mien does not run: ";
      for (size_t i = 0; i < unsupported_->size(); ++i) text += (i ? "; " : "") + (*unsupported_)[i];
      return Status(Code::unsupported, text);
    }
    if (const std::vector<std::string>& misfits = importer_.misfits(); !misfits.empty())
      return Status(Code::corrupt, "the weights do not fit the network in " + std::to_string(misfits.size()) +
                                       " place(s): " + listed(misfits, "; "));
    for (int32_t output : net_.outputs) add_output(output);
    warn_of_unused();
    return importer_.GraphBuilder::finish(net_.name, "caffe");
  }

 private:
  // A single answer of one number a channel is a vector here: what embeds faces wants it so.
  void add_output(int32_t blob) {
    ValueId value = importer_.bound(blob);
    const std::string name = printable(net_.blobs[static_cast<size_t>(blob)].name);
    const Shape shape = importer_.shape(value);
    if (net_.outputs.size() == 1 && shape.rank == 4 && shape[2] == 1 && shape[3] == 1) {
      Node vector = make_reshape(value, {shape[0], shape[1]});
      vector.name = name + "/vector";
      importer_.repair("output '" + name + "' is " + shape.text() + " in Caffe, a vector here");
      if (Result<ValueId> made = importer_.append(std::move(vector), name + "/vector"); made.ok()) value = *made;
    }
    // A blob that was worked on in place, or became a vector, leaves its name to what came of it.
    Graph& graph = importer_.graph;
    const auto called = [&graph](const std::string& wanted) {
      return std::find_if(graph.values.begin(), graph.values.end(), [&](Value& v) { return v.name == wanted; });
    };
    const ValueId before = static_cast<ValueId>(called(name) - graph.values.begin());
    if (called(name) != graph.values.end() && before != value && graph.producers()[static_cast<size_t>(before)] >= 0) {
      std::string aside = name + "/before";
      while (called(aside) != graph.values.end()) aside += "/before";
      graph.value(before).name = aside;
    }
    importer_.GraphBuilder::add_output(value, name);
  }

  void warn_of_unused() {
    std::vector<std::string> names = importer_.unused();
    for (std::string& name : names) name = printable(name);
    if (!names.empty())
      importer_.warn(std::to_string(names.size()) +
                     " layer(s) with weights that the network does not have: " + listed(names, ", "));
  }

  Status add_layer(const NetLayer& layer) {
    const OperatorRow* row = find_operator(layer.type);
    LayerView view(layer, row ? row->parameters : "");
    if (!row) view.fail({Code::unsupported, "layer '" + view.name() + "': type " + printable(layer.type)});
    for (int32_t bottom : layer.bottoms)
      if (importer_.is_refused(bottom)) view.give_up();
    if (!view.ok()) {
      // Listed below, or because of what is listed already.
    } else if (row->role == Role::source) {
      view.fail(importer_.add_source(layer));
    } else if (row->role == Role::sink) {
      view.refuse("its output is read, and it is left out at inference");
    } else {
      row->import(importer_, view);
      view.check_all_read();
      for (int32_t top : layer.tops)
        if (importer_.bound(top) == kNoValue) view.refuse(std::to_string(view.tops()) + " tops");
    }
    if (view.ok()) return {};
    importer_.refuse_tops(layer);
    if (view.status().code() != Code::unsupported) return view.status();
    // Each refused layer is listed; what only reads a refused blob is not.
    if (!view.status().message().empty()) unsupported_->push_back(view.status().message());
    return {};
  }

  const Net& net_;
  Importer importer_;
  std::vector<std::string>* unsupported_;
};

}  // namespace
}  // namespace caffe

Result<Imported> import_caffe(const uint8_t* prototxt, size_t size, caffe::CaffeModel model, const PictureSize& asked,
                              std::vector<std::string>* unsupported) {
  try {
    const Result<caffe::Fields> fields = caffe::read_prototxt(prototxt, size);
    if (!fields.ok()) return fields.status();
    const Result<caffe::Net> net = caffe::read_net(*fields);
    if (!net.ok()) return net.status();
    return caffe::Driver(*net, std::move(model), asked, unsupported).run();
  } catch (const std::bad_alloc&) {
    return Status(Code::out_of_memory, "not enough memory to import the network");
  }
}

}  // namespace mien
