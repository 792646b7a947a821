// Runs the built command and keeps what it said. Thread-safety: one test at a time.
#pragma once

#include <string>
#include <vector>

namespace mien::test {

struct Outcome {
  int code = -1;  // exit code; 128 + signal if it died of one
  std::string out, err;
};
Outcome mien(const std::vector<std::string>& arguments, const char* stdout_path = nullptr);

// The code, nothing on standard output, and exactly one line `mien: error: ...` that contains `what`.
void expect_error(const Outcome& outcome, int code, const std::string& what);

// A folder for the test program's files, removed at its end.
const std::string& folder();
bool exists(const std::string& path);
std::vector<uint8_t> bytes_of(const std::string& path);
void write_bytes(const std::string& path, const std::vector<uint8_t>& bytes);

}  // namespace mien::test
