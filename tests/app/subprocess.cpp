#include "tests/app/subprocess.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/files.h"

namespace mien::test {
namespace {

std::string text_of(const std::string& path) {
  const auto bytes = bytes_of(path);
  return {bytes.begin(), bytes.end()};
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const char* out, const char* err) {
  std::vector<char*> argv{const_cast<char*>("mien")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  dup2(open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
  dup2(open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
  execv(MIEN_COMMAND, argv.data());
  _exit(127);
}

}  // namespace

Outcome mien(const std::vector<std::string>& arguments, const char* stdout_path) {
  const std::string out = stdout_path != nullptr ? stdout_path : folder() + "/.stdout", err = folder() + "/.stderr";
  const pid_t child = fork();
  if (child == 0) become(arguments, out.c_str(), err.c_str());
  int status = 0;
  waitpid(child, &status, 0);
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (stdout_path == nullptr) outcome.out = text_of(out);
  outcome.err = text_of(err);
  return outcome;
}

void expect_error(const Outcome& outcome, int code, const std::string& what) {
  EXPECT_EQ(outcome.code, code) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err.rfind("mien: error: ", 0), 0u) << outcome.err;
  EXPECT_EQ(outcome.err.find('\n'), outcome.err.size() - 1) << "one line: " << outcome.err;
  EXPECT_NE(outcome.err.find(what), std::string::npos) << outcome.err << "lacks: " << what;
}

const std::string& folder() {
  static const auto held = app::TemporaryFolder::create();
  return held.value().path();
}

bool exists(const std::string& path) { return std::filesystem::exists(path); }

std::vector<uint8_t> bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const std::string& path, const std::vector<uint8_t>& bytes) {
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()),
                                              static_cast<std::streamsize>(bytes.size()));
}

}  // namespace mien::test
