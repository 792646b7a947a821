// docs/WEIGHT_FORMATS.md says what the code reads. MIEN_RECORD_FORMATS=1 writes it instead.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "converters/read_source.h"
#include "tests/converters/formats_document.h"

namespace mien::testing {
namespace {

const char* const kHowTo = "If that is meant, write it anew and commit the difference: scripts/record-formats.sh";

// The first line that differs, of both.
std::string difference(const std::string& recorded, const std::string& now) {
  std::istringstream a(recorded), b(now);
  for (int number = 1;; ++number) {
    std::string was, is;
    const bool more_a = static_cast<bool>(std::getline(a, was)), more_b = static_cast<bool>(std::getline(b, is));
    if (!more_a && !more_b) return recorded == now ? "" : "the line ends differ";
    if (was != is || more_a != more_b)
      return "line " + std::to_string(number) + "\n  recorded " + was + "\n  now      " + is;
  }
}

TEST(WeightFormats, TheDocumentIsWhatTheCodeReads) {
  const std::string now = formats_document();
  const char* record = std::getenv("MIEN_RECORD_FORMATS");
  if (record && std::string(record) == "1") {
    std::ofstream(formats_document_path()) << now;
    GTEST_SKIP() << "written: " << formats_document_path();
  }
  std::ifstream in(formats_document_path());
  const std::string recorded{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(difference(recorded, now), "") << formats_document_path() << "\n" << kHowTo;
}

TEST(WeightFormats, ADifferenceIsSeenAndNamed) {
  EXPECT_EQ(difference("a\nb\n", "a\nb\n"), "");
  EXPECT_EQ(difference("a\nb\n", "a\nc\n"), "line 2\n  recorded b\n  now      c");
  EXPECT_NE(difference("a\n", "a\nb\n"), "");
  EXPECT_NE(difference("a\nb", "a\nb\n"), "");
}

TEST(WeightFormats, EveryFormatHasANameAndTheReadersTheirs) {
  for (const SourceFormat format : all_formats()) EXPECT_NE(std::string(name_of(format)), "");
  EXPECT_EQ(reading_of(SourceFormat::hdf5), "");
  EXPECT_EQ(reading_of(SourceFormat::mindspore), "weights by name");
  EXPECT_EQ(reading_of(SourceFormat::onnx), "a graph with its weights");
}

}  // namespace
}  // namespace mien::testing
