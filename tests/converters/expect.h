// Expectations that the tests of single operators share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/converters/onnx_writer.h"

namespace mien::testing {

using V = std::vector<double>;

inline void expect(OnnxWriter& w, const V& x, const Shape& shape, const V& y, double tolerance = 1e-6) {
  const Answer a = answer(w.bytes(), x);
  ASSERT_TRUE(a.status.ok()) << a.status.message();
  EXPECT_EQ(a.shape.text(), shape.text());
  ASSERT_EQ(a.y().size(), y.size());
  for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(a.y()[i], y[i], tolerance) << "element " << i;
}

inline void expect_refused(OnnxWriter& w, Code code, const std::string& part) {
  const Result<Imported> r = import_bytes(w.bytes());
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.status().code(), code) << r.status().message();
  EXPECT_NE(r.status().message().find(part), std::string::npos) << r.status().message();
}

}  // namespace mien::testing
