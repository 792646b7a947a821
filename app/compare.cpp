#include "app/console.h"
#include "app/embed_pictures.h"
#include "app/verbs.h"
#include "face/match.h"

namespace mien::app {

Status compare_verb(const CompareVerb& verb) {
  MIEN_RETURN_IF_ERROR(require_aligned(verb.aligned));
  Result<std::unique_ptr<Embedder>> embedder = make_embedder(verb.model, verb.run, 2);
  if (!embedder.ok()) return embedder.status();
  Result<std::vector<float>> embeddings = embed_files(**embedder, {verb.a, verb.b});
  if (!embeddings.ok()) return embeddings.status();

  const auto dims = static_cast<size_t>((*embedder)->dims());
  const double value = cosine(embeddings->data(), embeddings->data() + dims, dims);
  const bool same = value >= verb.threshold;
  if (verb.json) {
    print_json({{"cosine", value}, {"same", same}, {"threshold", verb.threshold}, {"distance", unit_distance(value)}});
  } else {
    Table table("lrl");
    table.row({"cosine", fixed(value, 6), "threshold " + fixed(verb.threshold, 4)});
    table.row({"distance", fixed(unit_distance(value), 6), "of the embeddings scaled to norm 1"});
    table.row({"verdict", same ? "same person" : "not the same person"});
    print(table.text());
  }
  // Exit code 1 without an error line: the answer is no, nothing went wrong.
  return same ? Status() : Status(Code::check_failed, "");
}

}  // namespace mien::app
