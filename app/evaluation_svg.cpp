#include "app/evaluation_svg.h"

#include <algorithm>
#include <cmath>

#include "app/markup.h"

namespace mien::app {
namespace {

// Okabe and Ito's colours, which people who do not tell red from green can tell.
constexpr const char* kColors[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                   "#e69f00", "#56b4e9", "#5b4a9c", "#666666"};
constexpr const char* kDashes[] = {"", "7 3", "2 3", "9 3 2 3"};
constexpr size_t kColorCount = sizeof kColors / sizeof *kColors, kDashCount = sizeof kDashes / sizeof *kDashes;

constexpr double kWidth = 980, kLeft = 70, kTop = 50, kPlotWidth = 540, kPlotHeight = 380;
constexpr double kLegendX = kLeft + kPlotWidth + 24, kLegendStep = 38;
constexpr double kPanelHeight = 120, kPanelStep = 200, kPanelWidth = kWidth - kLeft - 24;
constexpr size_t kLegendLetters = 38, kTitleLetters = 62;
constexpr int kBins = 80;

std::string number(double value) {
  return fixed(value, 1);
}

// The middle of what is too long is left out: both ends tell models apart.
std::string shortened(const std::string& text, size_t letters) {
  if (text.size() <= letters) return text;
  const size_t head = (letters - 3) / 2;
  return text.substr(0, head) + "..." + text.substr(text.size() - (letters - 3 - head));
}

struct Axis {
  double low, high, from, to;  // values, and the places where they are drawn
  double at(double value) const { return from + (std::clamp(value, low, high) - low) / (high - low) * (to - from); }
};

class Drawing {
 public:
  explicit Drawing(double height) {
    text_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(kWidth) + "\" height=\"" + number(height) +
            "\" viewBox=\"0 0 " + number(kWidth) + " " + number(height) +
            "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n"
            "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
  }
  std::string done() { return text_ + "</svg>\n"; }

  void line(double x1, double y1, double x2, double y2, const std::string& style) {
    text_ += "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) +
             "\" " + style + "/>\n";
  }
  void rect(double x, double y, double width, double height, const std::string& style) {
    text_ += "<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(width) + "\" height=\"" +
             number(height) + "\" " + style + "/>\n";
  }
  void write(double x, double y, const std::string& what, const std::string& style = "") {
    text_ += "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" " + style + ">" + escaped(what) + "</text>\n";
  }
  void upward(double x, double y, const std::string& what) {
    write(x, y, what, "text-anchor=\"middle\" transform=\"rotate(-90 " + number(x) + " " + number(y) + ")\"");
  }
  void path(const std::string& points, const std::string& style) {
    text_ += "<path d=\"" + points + "\" " + style + "/>\n";
  }

 private:
  std::string text_;
};

std::string stroke_of(size_t i) {
  const std::string dash = kDashes[i / kColorCount % kDashCount];
  return std::string("fill=\"none\" stroke-width=\"1.8\" stroke=\"") + kColors[i % kColorCount] + "\"" +
         (dash.empty() ? "" : " stroke-dasharray=\"" + dash + "\"");
}

constexpr const char* kGrid = "stroke=\"#ddd\"";
constexpr const char* kFrame = "fill=\"none\" stroke=\"#666\"";
constexpr const char* kSame = "fill=\"#0072b2\" fill-opacity=\"0.55\"";
constexpr const char* kDifferent = "fill=\"#d55e00\" fill-opacity=\"0.55\"";
constexpr const char* kThreshold = "stroke=\"#222\" stroke-width=\"1.3\" stroke-dasharray=\"4 3\"";

double tar_at(const std::vector<RocPoint>& roc, double far) {
  double tar = 0;
  for (const RocPoint& point : roc)
    if (point.far <= far) tar = point.tar;
  return tar;
}

// From the decade of one false accept to 1; the TAR from a round number below the lowest curve's beginning.
void choose_axes(const std::vector<Measured>& all, Axis* x, Axis* y) {
  size_t most = 10;
  for (const Measured& m : all) most = std::max(most, m.evaluation.different);
  const double low = -std::ceil(std::log10(static_cast<double>(most)) - 1e-9);
  *x = {low, 0, kLeft, kLeft + kPlotWidth};
  double tar = 0.95;
  for (const Measured& m : all)
    if (!m.evaluation.roc.empty()) tar = std::min(tar, tar_at(m.evaluation.roc, std::pow(10, low)));
  *y = {std::max(0.0, std::floor(tar * 20 - 1e-9) / 20), 1, kTop + kPlotHeight, kTop};
}

void draw_roc_frame(Drawing& svg, const Axis& x, const Axis& y) {
  for (double decade = x.low; decade <= 0; ++decade) {
    svg.line(x.at(decade), y.from, x.at(decade), y.to, kGrid);
    svg.write(x.at(decade), y.from + 18, decade == 0 ? "1" : "1e" + fixed(decade, 0), "text-anchor=\"middle\"");
  }
  for (int i = 0; i <= 5; ++i) {
    const double tar = y.low + (y.high - y.low) * i / 5;
    svg.line(x.from, y.at(tar), x.to, y.at(tar), kGrid);
    svg.write(x.from - 8, y.at(tar) + 4, fixed(tar, 2), "text-anchor=\"end\"");
  }
  svg.rect(x.from, y.to, x.to - x.from, y.from - y.to, kFrame);
  svg.write((x.from + x.to) / 2, y.from + 38, "false accept rate", "text-anchor=\"middle\"");
  svg.upward(24, (y.from + y.to) / 2, "true accept rate");
}

// Steps: between two points the rate of the first one holds.
void draw_curve(Drawing& svg, const std::vector<RocPoint>& roc, const Axis& x, const Axis& y, size_t i) {
  const double least = std::pow(10, x.low);
  double height = y.at(tar_at(roc, least));
  std::string path = "M" + number(x.from) + " " + number(height);
  for (const RocPoint& point : thinned(roc)) {
    if (point.far <= least) continue;
    const double along = x.at(std::log10(point.far));
    path += "L" + number(along) + " " + number(height);
    height = y.at(point.tar);
    path += "L" + number(along) + " " + number(height);
  }
  svg.path(path, stroke_of(i));
}

void draw_legend(Drawing& svg, const Measured& m, size_t i) {
  const double y = kTop + 8 + kLegendStep * static_cast<double>(i);
  svg.line(kLegendX, y, kLegendX + 28, y, stroke_of(i));
  svg.write(kLegendX + 36, y + 4, shortened(label_of(m), kLegendLetters));
  const Evaluation& e = m.evaluation;
  svg.write(kLegendX + 36, y + 19,
            "accuracy " + fixed(100 * e.accuracy, 2) + " %, AUC " + (std::isfinite(e.auc) ? fixed(e.auc, 5) : "-"),
            "fill=\"#666\"");
}

std::vector<double> shares(const std::vector<double>& cosines, double low) {
  std::vector<double> bins(kBins, 0);
  for (double cosine : cosines) {
    const int bin = static_cast<int>((cosine - low) / (1 - low) * kBins);
    bins[static_cast<size_t>(std::clamp(bin, 0, kBins - 1))] += 1 / static_cast<double>(cosines.size());
  }
  return bins;
}

void draw_panel_head(Drawing& svg, const Measured& m, double top) {
  svg.write(kLeft, top - 10, shortened(label_of(m), kTitleLetters), "font-weight=\"bold\"");
  const double x = kLeft + kPanelWidth - 400;
  svg.rect(x, top - 20, 12, 12, kDifferent);
  svg.write(x + 18, top - 10, "different people");
  svg.rect(x + 130, top - 20, 12, 12, kSame);
  svg.write(x + 148, top - 10, "same person");
  svg.line(x + 245, top - 14, x + 269, top - 14, kThreshold);
  svg.write(x + 275, top - 10, "threshold " + fixed(m.evaluation.cosine, 3));
}

void draw_bars(Drawing& svg, const std::vector<double>& bins, const Axis& y, const char* style) {
  const double width = kPanelWidth / kBins;
  for (size_t i = 0; i < bins.size(); ++i)
    if (bins[i] > 0)
      svg.rect(kLeft + width * static_cast<double>(i), y.at(bins[i]), width, y.from - y.at(bins[i]), style);
}

void draw_panel(Drawing& svg, const Measured& m, double top) {
  const Evaluation& e = m.evaluation;
  double least = 0;
  for (const auto* cosines : {&e.same_cosines, &e.different_cosines})
    for (double cosine : *cosines) least = std::min(least, cosine);
  const double low = std::max(-1.0, std::floor(least * 10 - 1e-9) / 10);
  const std::vector<double> same = shares(e.same_cosines, low), different = shares(e.different_cosines, low);
  double highest = 0.01;
  for (const auto* bins : {&same, &different})
    for (double share : *bins) highest = std::max(highest, share);
  const Axis x{low, 1, kLeft, kLeft + kPanelWidth}, y{0, highest * 1.05, top + kPanelHeight, top};
  draw_panel_head(svg, m, top);
  for (int tenth = static_cast<int>(std::round(low * 10)); tenth <= 10; ++tenth) {
    if (tenth % 2 != 0) continue;
    svg.line(x.at(tenth / 10.0), y.from, x.at(tenth / 10.0), y.to, kGrid);
    svg.write(x.at(tenth / 10.0), y.from + 16, fixed(tenth / 10.0, 1), "text-anchor=\"middle\"");
  }
  draw_bars(svg, different, y, kDifferent);
  draw_bars(svg, same, y, kSame);
  svg.line(x.at(e.cosine), y.from, x.at(e.cosine), y.to, kThreshold);
  svg.rect(x.from, y.to, x.to - x.from, y.from - y.to, kFrame);
  svg.write(x.from - 8, y.at(highest) + 4, percent(highest), "text-anchor=\"end\" font-size=\"11\"");
  svg.write(x.from - 8, y.from + 4, "0", "text-anchor=\"end\" font-size=\"11\"");
  svg.upward(24, (y.from + y.to) / 2, "share of pairs");
  svg.write((x.from + x.to) / 2, y.from + 34, "cosine", "text-anchor=\"middle\"");
}

}  // namespace

std::string svg_of(const std::vector<Measured>& all) {
  const double upper = std::max(kPlotHeight + 50, kLegendStep * static_cast<double>(all.size())) + kTop;
  const double panels = upper + 40;
  Drawing svg(panels + kPanelStep * static_cast<double>(all.size()));
  svg.write(kLeft, 28, std::string("Face verification, protocol ") + all[0].protocol->name,
            "font-size=\"16\" font-weight=\"bold\"");
  Axis x{}, y{};
  choose_axes(all, &x, &y);
  draw_roc_frame(svg, x, y);
  for (size_t i = 0; i < all.size(); ++i) {
    if (!all[i].evaluation.roc.empty()) draw_curve(svg, all[i].evaluation.roc, x, y, i);
    draw_legend(svg, all[i], i);
    draw_panel(svg, all[i], panels + kPanelStep * static_cast<double>(i));
  }
  return svg.done();
}

}  // namespace mien::app
