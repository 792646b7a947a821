#include "app/describe.h"
#include "app/files.h"
#include "app/verbs.h"

namespace mien::app {

Status verify_verb(const VerifyVerb& verb) {
  Result<std::shared_ptr<const Model>> model = load_model(verb.model, verb.run);
  if (!model.ok()) return model.status();
  Result<ProofReport> proof = verify(*model, verb.limits);
  if (!proof.ok()) return named(verb.model, proof.status());

  const char* isa = (*model)->kernels().name;
  if (verb.json) {
    Json json = json_of(*proof, verb.limits);
    json["isa"] = isa;
    print_json(json);
  } else {
    print(std::string("Kernels: ") + isa + "\n" + text_of(*proof, verb.limits));
  }
  if (proof->ok) return {};
  const std::string& layer = proof->first_divergent;
  return named(verb.model, {Code::check_failed, std::string("the proof does not hold on ") + isa +
                                                    (layer.empty() ? "" : ", first at layer '" + layer + "'")});
}

}  // namespace mien::app
