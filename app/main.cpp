// The command `mien`.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

#include "app/command_line.h"
#include "app/exit_code.h"
#include "app/table.h"

namespace {

using mien::Code;
using mien::Status;

// Libraries of the command may throw; nothing of it gets further than here.
Status run(int argc, char** argv) {
  try {
    return mien::app::run_command_line(argc, argv);
  } catch (const std::bad_alloc&) {
    return {Code::out_of_memory, "not enough memory"};
  } catch (const std::exception& error) {
    return {Code::io, error.what()};
  }
}

}  // namespace

int main(int argc, char** argv) {
  Status status = run(argc, argv);
  if ((std::fflush(stdout) != 0 || std::ferror(stdout) != 0) && status.ok())
    status = {Code::io, std::string("standard output: ") + std::strerror(errno)};
  if (!status.ok() && !status.message().empty())
    std::fprintf(stderr, "mien: error: %s\n", mien::app::printable(status.message()).c_str());
  return mien::app::exit_code(status.code());
}
