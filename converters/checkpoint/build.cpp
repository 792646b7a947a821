#include "converters/checkpoint/build.h"

#include <algorithm>

#include "converters/checkpoint/checkpoint_weights.h"
#include "converters/presets.h"
#include "converters/text.h"

namespace mien {
namespace {

struct Search {
  std::vector<Fit> fits;  // one for each network that fits, by the first naming that does
  Fit closest;
};

double share(const Fit& fit) {
  return fit.wanted.empty() ? 0 : static_cast<double>(fit.used) / static_cast<double>(fit.wanted.size());
}

// Among the closest, a file that is larger than the network lacks nothing: foreign layers weigh as missing ones do.
bool closer(const Fit& a, const Fit& b) {
  const size_t foreign_a = a.foreign.size(), foreign_b = b.foreign.size();
  return share(a) != share(b) ? share(a) > share(b) : foreign_a < foreign_b;
}

Search search(const TensorIndex& index, const std::string& network) {
  Search result;
  for (const Naming& naming : namings()) {
    if (!network.empty() && network != naming.network) continue;
    const bool known = std::any_of(result.fits.begin(), result.fits.end(),
                                   [&](const Fit& fit) { return fit.naming->network == std::string(naming.network); });
    if (known) continue;
    Fit fit = fit_of(index, naming);
    if (fit.ok() && !fit.wanted.empty())
      result.fits.push_back(std::move(fit));
    else if (!result.closest.naming || closer(fit, result.closest))
      result.closest = std::move(fit);
  }
  return result;
}

Status no_fit(const Search& found, const std::string& network) {
  if (!network.empty()) return {Code::bad_argument, "the weights do not fit: " + mismatch_text(found.closest)};
  if (found.closest.used == 0)
    return {Code::bad_argument, "the tensors' names are those of no network known here (--network NAME says why)"};
  return {Code::bad_argument, "no network known here fits the weights; the closest: " + mismatch_text(found.closest)};
}

Status several_fit(const Search& found) {
  std::vector<std::string> names;
  for (const Fit& fit : found.fits) names.push_back(fit.naming->network);
  return {Code::bad_argument, "several networks fit the weights, name one with --network: " + listed(names)};
}

void note_fit(const Fit& fit, const Checkpoint& checkpoint, bool named, Imported* imported) {
  const size_t ignored = checkpoint.tensors.size() - fit.used;
  imported->notes.push_back(std::string("network ") + fit.naming->network +
                            (named ? ": as asked for; its " : ": the only one that fits; its ") +
                            std::to_string(fit.used) + " tensors have the names of " + fit.naming->framework.name +
                            (fit.prefix.empty() ? "" : " behind '" + printable(fit.prefix) + "'") +
                            " and the right shapes");
  if (ignored == 0) return;
  std::string note = std::to_string(ignored) + " other tensors of the file are not used";
  if (!fit.left_over.empty()) note += ", among them " + listed(fit.left_over, 3);
  imported->notes.push_back(note);
}

void note_slopes(const CheckpointWeights& weights, Imported* imported) {
  if (weights.clamped_slopes() == 0) return;
  imported->repairs.push_back(std::to_string(weights.clamped_slopes()) + " negative PReLU slopes in " +
                              std::to_string(weights.clamped_layers()) +
                              " layers set to 0, as MindSpore 1.x does when it runs (--keep-negative-slopes)");
}

}  // namespace

Result<Imported> build_from_checkpoint(Checkpoint checkpoint, const CheckpointOptions& options) {
  if (!options.network.empty()) {
    const std::vector<std::string> known = network_names();
    if (std::find(known.begin(), known.end(), options.network) == known.end())
      return Status(Code::bad_argument,
                    "no network named '" + printable(options.network) + "'; there are: " + listed(known, known.size()));
  }
  const Search found = search(TensorIndex(checkpoint), options.network);
  if (found.fits.empty()) return no_fit(found, options.network);
  if (found.fits.size() > 1) return several_fit(found);
  const Fit& fit = found.fits[0];

  Imported imported;
  note_fit(fit, checkpoint, !options.network.empty(), &imported);
  BuildOptions build = options.build;
  build.mindspore = fit.naming->framework.clamps_slopes;
  CheckpointWeights weights(&checkpoint, fit, options.keep_negative_slopes);
  Result<Package> package = build_network(fit.naming->network, weights, build);
  if (!package.ok()) return package.status();
  if (!weights.status().ok()) return weights.status();
  imported.package = std::move(*package);
  imported.package.card.license.clear();
  imported.package.card.source_format = checkpoint.format;
  if (*fit.naming->preset) MIEN_RETURN_IF_ERROR(apply_preset(fit.naming->preset, &imported.package.input));
  imported.repairs.insert(imported.repairs.end(), checkpoint.repairs.begin(), checkpoint.repairs.end());
  imported.warnings = std::move(checkpoint.warnings);
  imported.denormals_flushed = checkpoint.denormals_flushed;
  note_slopes(weights, &imported);
  return imported;
}

}  // namespace mien
