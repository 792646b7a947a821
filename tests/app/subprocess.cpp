#include "tests/app/subprocess.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
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

[[noreturn]] void become(const std::vector<std::string>& arguments, int out, int err) {
  std::vector<char*> argv{const_cast<char*>("mien")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  execv(MIEN_COMMAND, argv.data());
  _exit(127);
}

int created(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

using Clock = std::chrono::steady_clock;

// Waits for the child's end.
Outcome outcome_of(pid_t child, Clock::time_point start) {
  int status = 0;
  struct rusage usage = {};
  wait4(child, &status, 0, &usage);
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.peak_bytes = int64_t{usage.ru_maxrss} * 1024;
  outcome.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return outcome;
}

// All that is written to the terminal until its other end is closed everywhere.
std::string read_terminal(int terminal) {
  std::string text;
  char some[4096];
  for (ssize_t n; (n = read(terminal, some, sizeof some)) > 0;) text.append(some, static_cast<size_t>(n));
  return text;
}

}  // namespace

Outcome mien(const std::vector<std::string>& arguments, const char* stdout_path) {
  const std::string out = stdout_path != nullptr ? stdout_path : folder() + "/.stdout", err = folder() + "/.stderr";
  const auto start = Clock::now();
  const pid_t child = fork();
  if (child == 0) become(arguments, created(out), created(err));
  Outcome outcome = outcome_of(child, start);
  if (stdout_path == nullptr) outcome.out = text_of(out);
  outcome.err = text_of(err);
  return outcome;
}

Outcome mien_reading(const std::string& text, const std::vector<std::string>& arguments) {
  const std::string path = folder() + "/.stdin";
  write_bytes(path, {text.begin(), text.end()});
  const int own = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_TRUE(own >= 0 && file >= 0 && dup2(file, STDIN_FILENO) == STDIN_FILENO);
  Outcome outcome = mien(arguments);
  dup2(own, STDIN_FILENO);
  close(own);
  close(file);
  return outcome;
}

Outcome mien_on_terminal(const std::vector<std::string>& arguments) {
  const std::string out = folder() + "/.stdout";
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  EXPECT_TRUE(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
  const int terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  const auto start = Clock::now();
  const pid_t child = fork();
  if (child == 0) become(arguments, created(out), terminal);
  close(terminal);
  const std::string err = read_terminal(master);
  Outcome outcome = outcome_of(child, start);
  close(master);
  outcome.out = text_of(out);
  outcome.err = err;
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
