// Evaluations as a drawing. Thread-safety: free function.
#pragma once

#include <string>
#include <vector>

#include "app/evaluation_report.h"

namespace mien::app {

// One SVG document that needs nothing else: the ROC curves with FAR on a logarithmic axis, a legend beside them, and
// below it for each evaluation the distributions of the cosines of same and of different pairs.
std::string svg_of(const std::vector<Measured>& all);

}  // namespace mien::app
