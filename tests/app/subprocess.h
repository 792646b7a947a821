// Runs the built command and keeps what it said. Thread-safety: one test at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mien::test {

struct Outcome {
  int code = -1;  // exit code; 128 + signal if it died of one
  std::string out, err;
  int64_t peak_bytes = 0;  // the most memory that was resident; never less than the test program had when it started it
  double seconds = 0;
};
Outcome mien(const std::vector<std::string>& arguments, const char* stdout_path = nullptr);

// The same with this text on standard input.
Outcome mien_reading(const std::string& text, const std::vector<std::string>& arguments);

// The same with standard error on a terminal, and what was written there in err.
Outcome mien_on_terminal(const std::vector<std::string>& arguments);

// The code, nothing on standard output, and exactly one line `mien: error: ...` that contains `what`.
void expect_error(const Outcome& outcome, int code, const std::string& what);

// A folder for the test program's files, removed at its end.
const std::string& folder();
bool exists(const std::string& path);
std::vector<uint8_t> bytes_of(const std::string& path);
void write_bytes(const std::string& path, const std::vector<uint8_t>& bytes);

}  // namespace mien::test
