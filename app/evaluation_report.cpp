#include "app/evaluation_report.h"

#include <algorithm>
#include <cmath>

namespace mien::app {
namespace {

constexpr size_t kMissingShown = 5;

std::string with_std(double mean, double deviation) {
  return fixed(mean, 5) + "+-" + fixed(deviation, 5);
}

// "-" for what is not known.
std::string shown(double value, int digits) {
  return std::isfinite(value) ? fixed(value, digits) : "-";
}

std::string rows_of(const std::vector<Measured>& all) {
  Table table("lllrlrrlrrr");
  table.row(
      {"set", "model", "flip", "pairs", "accuracy", "threshold", "cosine", "VAL@FAR=0.001", "AUC", "EER", "norm"});
  for (const Measured& m : all) {
    const Evaluation& e = m.evaluation;
    table.row({m.set, base_name(m.model), name_of(m.flip), std::to_string(e.same + e.different),
               with_std(e.accuracy, e.std), fixed(e.threshold, 4), fixed(e.cosine, 4),
               e.val.known ? with_std(e.val.val, e.val.std) + " @ " + fixed(e.val.far, 5) : "-", shown(e.auc, 5),
               shown(e.eer, 5), fixed(e.mean_norm, 2)});
  }
  return table.text();
}

std::string far_rows_of(const Measured& m) {
  if (m.evaluation.table.empty()) return "";
  Table table("lrrr");
  table.row({"FAR", "cosine", "TAR", "false accepts"});
  for (const FarRow& row : m.evaluation.table)
    table.row({significant(row.far, 1), fixed(row.cosine, 4), fixed(row.tar, 5),
               std::to_string(row.accepted) + " of " + std::to_string(m.evaluation.different)});
  return "\n" + label_of(m) + "\n" + table.text();
}

// What was left out, once per set.
std::string missing_of(const Measured& m) {
  if (m.missing.empty()) return "";
  std::string text = m.set + ": " + std::to_string(m.dropped_pairs) + " pairs dropped, " +
                     std::to_string(m.missing.size()) + " pictures missing: ";
  for (size_t i = 0; i < std::min(kMissingShown, m.missing.size()); ++i)
    text += (i > 0 ? ", " : "") + printable(m.missing[i]);
  return text + (m.missing.size() > kMissingShown ? ", ...\n" : "\n");
}

Json folds_of(const Evaluation& e) {
  Json folds = Json::array();
  for (const FoldResult& fold : e.folds)
    folds.push_back({{"accuracy", fold.accuracy}, {"threshold", fold.threshold}, {"pairs", fold.pairs}});
  return folds;
}

Json far_table_of(const Evaluation& e) {
  Json table = Json::array();
  for (const FarRow& row : e.table)
    table.push_back({{"far", row.far},
                     {"cosine", row.cosine},
                     {"measured_far", row.measured},
                     {"false_accepts", row.accepted},
                     {"tar", row.tar}});
  return table;
}

Json roc_of_points(const std::vector<RocPoint>& roc) {
  Json points = Json::array();
  for (const RocPoint& p : thinned(roc)) points.push_back({{"far", p.far}, {"tar", p.tar}, {"cosine", p.threshold}});
  return points;
}

Json object_of(const Measured& m) {
  const Evaluation& e = m.evaluation;
  Json json = {{"model", m.model},
               {"set", m.set},
               {"protocol", m.protocol->name},
               {"flip", name_of(m.flip)},
               {"pairs", e.same + e.different},
               {"same", e.same},
               {"different", e.different},
               {"dropped_pairs", m.dropped_pairs},
               {"missing", m.missing},
               {"accuracy", e.accuracy},
               {"std", e.std},
               {"folds", folds_of(e)},
               {"threshold", e.threshold},
               {"cosine", e.cosine},
               {"auc", e.auc},
               {"eer", e.eer},
               {"fold_auc", e.fold_auc},
               {"fold_eer", e.fold_eer},
               {"mean_norm", e.mean_norm}};
  json["val_at_far"] = nullptr;
  if (e.val.known) json["val_at_far"] = {{"val", e.val.val}, {"std", e.val.std}, {"far", e.val.far}};
  json["far_table"] = far_table_of(e);
  json["roc"] = roc_of_points(e.roc);
  json["seconds"] = m.seconds;
  return json;
}

}  // namespace

std::string label_of(const Measured& measured) {
  std::string model = base_name(measured.model);
  if (const size_t dot = model.rfind(".mien"); dot != std::string::npos && dot > 0) model.resize(dot);
  return model + ", " + measured.set + ", flip " + name_of(measured.flip);
}

std::string text_of(const std::vector<Measured>& all) {
  std::string text = std::string("protocol ") + all[0].protocol->name + ": " + all[0].protocol->what + "\n";
  std::string last_set;
  for (const Measured& m : all) {
    if (m.set != last_set) text += missing_of(m);
    last_set = m.set;
  }
  text += rows_of(all);
  for (const Measured& m : all) text += far_rows_of(m);
  return text;
}

Json json_of(const std::vector<Measured>& all) {
  if (all.size() == 1) return object_of(all[0]);
  Json list = Json::array();
  for (const Measured& m : all) list.push_back(object_of(m));
  return list;
}

std::vector<RocPoint> thinned(const std::vector<RocPoint>& roc) {
  constexpr double kStep = 1.0233;  // a hundredth of a decade
  std::vector<RocPoint> kept;
  for (size_t i = 0; i < roc.size(); ++i) {
    const bool last_of_far = i + 1 == roc.size() || roc[i + 1].far != roc[i].far;
    if (!last_of_far) continue;
    if (i + 1 == roc.size() || kept.empty() || roc[i].far >= kStep * kept.back().far) kept.push_back(roc[i]);
  }
  return kept;
}

FaceRecord with_thresholds(FaceRecord record, const Measured& measured) {
  const Evaluation& e = measured.evaluation;
  record.flip = measured.flip;
  record.measured_on = measured.set + ", " + std::to_string(e.same + e.different) + " pairs";
  record.thresholds.clear();
  for (const FarRow& row : e.table) record.thresholds.push_back({row.far, row.cosine});
  return record;
}

}  // namespace mien::app
