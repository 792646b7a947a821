// Damaged and hostile PyTorch and safetensors files: an error or a valid set of tensors, never a crash, and little
// memory.
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "tests/converters/damage.h"
#include "tests/converters/pytorch_writer.h"
#include "tests/fuzz/read_weights.h"

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;  // its shadow and its quarantine are memory too
#else
constexpr bool kSanitized = false;
#endif

namespace mien::testing {
namespace {

Result<Checkpoint> read(const std::string& name, const std::vector<uint8_t>& file) {
  if (name.find("safetensors") != std::string::npos) return read_safetensors(file.data(), file.size());
  return read_pytorch(file.data(), file.size());
}
Result<Checkpoint> read(const std::string& name, const std::string& file) {
  return read(name, std::vector<uint8_t>(file.begin(), file.end()));
}

struct Sample {
  std::string name;
  std::vector<uint8_t> bytes;
};

// In every layout.
std::vector<Sample> samples() {
  std::vector<Sample> out;
  const std::vector<NamedTensor> tensors = {{"a.weight", {2, 1, 1, 2}, "float32", {1, -2, 3.5f, 4}},
                                            {"a.count", {}, "int64", {}}};
  for (const auto& [name, layout] :
       std::vector<std::pair<const char*, PytorchLayout>>{{"zip", PytorchLayout::zip},
                                                          {"stream", PytorchLayout::zip_stream},
                                                          {"zip64", PytorchLayout::zip64},
                                                          {"legacy", PytorchLayout::legacy}})
    out.push_back({name, write_pytorch(tensors, layout)});
  const std::string header = "{\"w\":{\"dtype\":\"F16\",\"shape\":[2,2],\"data_offsets\":[0,8]}}";
  const std::string own = number_bytes<uint64_t>(header.size()) + header + "abcdefgh";
  out.push_back({"own.safetensors", {own.begin(), own.end()}});
  return out;
}

TEST(WeightsDamage, EveryTruncationIsAnError) {
  for (const Sample& s : samples()) {
    for_each_truncation(s.bytes, [&](const std::vector<uint8_t>& cut, size_t length) {
      const Result<Checkpoint> r = read(s.name, cut);
      ASSERT_FALSE(r.ok()) << s.name << " cut to " << length;
      ASSERT_FALSE(r.status().message().empty());
    });
  }
}

TEST(WeightsDamage, EveryBit) {
  for (const Sample& s : samples()) {
    for (size_t i = 0; i < 8 * s.bytes.size(); ++i) {
      std::vector<uint8_t> edited = s.bytes;
      edited[i / 8] ^= static_cast<uint8_t>(1 << i % 8);
      ASSERT_EQ(fault_of(read(s.name, edited)), "") << s.name << " bit " << i;
    }
  }
}

TEST(WeightsDamage, RandomBytes) {
  for (const Sample& s : samples()) {
    for_each_flip(s.bytes, 5000, [&](const std::vector<uint8_t>& edited, size_t at) {
      ASSERT_EQ(fault_of(read(s.name, edited)), "") << s.name << " byte " << at;
    });
  }
}

// Damage to the object of a zip file is caught by its checksum: here the checksum is made right again.
TEST(WeightsDamage, ObjectsWithARightChecksum) {
  const std::string tensor = pkl::tensor(pkl::storage("FloatStorage", "0", 4), 0, {2, 2}, {1, 2});
  const std::string object = pkl::dict({{"state_dict", pkl::dict({{"w", tensor}, {"b", tensor}})}});
  int accepted = 0;
  for (uint64_t round = 0; round < 20000; ++round) {
    std::string edited = object;
    for (uint64_t edit = 0; edit <= round % 3; ++edit) {
      const uint64_t draw = mix(3 * round + edit);
      // Any byte, or one that the object has elsewhere: that is an opcode more often.
      edited[draw % edited.size()] = static_cast<char>(round % 2 ? draw >> 32 : object[(draw >> 32) % object.size()]);
    }
    const Result<Checkpoint> r = read("zip", zip_file(edited, {{"0", std::string(16, 'x')}}));
    ASSERT_EQ(fault_of(r), "") << round;
    accepted += r.ok();
  }
  EXPECT_GT(accepted, 100);  // else nothing behind the pickle was reached
}

TEST(WeightsDamage, RealFile) {
  const std::string path = std::string(MIEN_SHARED_DIR) + "/data/models/retinaface_mobilenet025.pth";
  const std::vector<uint8_t> whole = bytes_of_file(path);
  if (whole.empty()) GTEST_SKIP() << "no " << path;
  for (uint64_t round = 0; round < 100; ++round) {
    const auto cut = static_cast<std::ptrdiff_t>(mix(round) % whole.size());
    EXPECT_FALSE(read("legacy", std::vector<uint8_t>(whole.begin(), whole.begin() + cut)).ok());
    std::vector<uint8_t> edited = whole;
    edited[mix(~round) % 60000] ^= static_cast<uint8_t>(1 + round);  // in the head and the object
    EXPECT_EQ(fault_of(read("legacy", edited)), "") << round;
  }
}

// Gives free memory back and forgets the peak so far, so that what comes next is seen.
void forget_peak() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

// Peak resident memory, in bytes, of this process.
int64_t peak() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

// Reads a file in a process of its own, which fails if it is no error or valid set, or takes more memory than 3 files
// and 64 MiB (of which this process has one file already), or longer than 5 s.
void expect_small(const std::string& name, const std::string& text) {
  const std::vector<uint8_t> file(text.begin(), text.end());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    forget_peak();
    const int64_t before = peak();
    const auto start = std::chrono::steady_clock::now();
    const bool fine = fault_of(read(name, file)).empty();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    const int64_t grown = peak() - before;
    if (!fine) _exit(1);
    if (!kSanitized && grown > static_cast<int64_t>(2 * file.size()) + (int64_t{64} << 20)) _exit(2);
    _exit(!kSanitized && took.count() > 5 ? 3 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << name << ": signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0) << name << ": 1 invalid, 2 memory, 3 time";
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  out.reserve(text.size() * static_cast<size_t>(times));
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(WeightsBombs, Pickles) {
  const std::vector<std::pair<std::string, std::string>> objects = {
      {"lists", std::string(5000000, ']')},
      {"tuples", repeated(")0", 2000000)},
      {"marks", std::string(5000000, '(')},
      {"large list", "]" + repeated("(" + std::string(900000, 'N') + "e", 4)},
      {"memo", "Nr\x3f\x42\x0f" + std::string(1, '\0')},
      {"dicts of dicts", pkl::global("collections", "OrderedDict") + "q\1}(" + std::string(900000, 'N') + "u" +
                             repeated("\x85q\2h\1h\2R", 40)},
      {"globals", repeated("ctorch\nfloat32\n0", 400000)},
      {"storages", repeated(pkl::storage("FloatStorage", "0", 1) + "0", 60000)},
  };
  for (const auto& [name, opcodes] : objects) {
    expect_small("zip " + name, zip_file(opcodes, {}));
    expect_small("legacy " + name, legacy_file(opcodes, {}));
  }
}

TEST(WeightsBombs, Tensors) {
  const StorageList storage = {{"0", std::string(1 << 20, 'x')}};
  const auto tensor = [](const std::vector<int64_t>& shape, const std::vector<int64_t>& strides) {
    return pkl::tensor(pkl::storage("FloatStorage", "0", 1 << 18), 0, shape, strides);
  };
  expect_small("expanded", zip_file(pkl::dict({{"w", tensor({1 << 20, 1 << 20}, {0, 0})}}), storage));
  std::vector<std::pair<std::string, std::string>> views, scalars;
  for (int i = 0; i < 1000; ++i) views.emplace_back(std::to_string(i), "h\1");
  expect_small("views", zip_file(tensor({1 << 18}, {1}) + "q\1" + "0" + pkl::dict(views), storage));
  for (int i = 0; i < 60000; ++i) scalars.emplace_back(std::to_string(i), "h\1");
  expect_small("scalars", zip_file(tensor({}, {}) + "q\1" + "0" + pkl::dict(scalars), storage));
  expect_small("long names",
               zip_file(tensor({}, {}) + "q\1" + "0" + pkl::dict({{std::string(1 << 20, 'n'), "h\1"}}), storage));
}

TEST(WeightsBombs, Zips) {
  ZipWriter members;
  for (int i = 0; i < 60000; ++i) members.add(std::to_string(i), "");
  expect_small("members", members.bytes());
}

TEST(WeightsBombs, Headers) {
  const auto file = [](const std::string& header) { return number_bytes<uint64_t>(header.size()) + header; };
  std::string many = "{", metadata = "{\"__metadata__\":{";
  for (int i = 0; i < 200000; ++i) {
    many += "\"" + std::to_string(i) + "\":{\"dtype\":\"U8\",\"shape\":[0,1,1,1],\"data_offsets\":[0,0]},";
    metadata += "\"" + std::to_string(i) + "\":\"\",";
  }
  many.back() = '}', metadata.back() = '}';
  expect_small("many.safetensors", file(many));
  expect_small("metadata.safetensors", file(metadata + "}"));
  expect_small("text.safetensors", file("{\"__metadata__\":{\"a\":\"" + std::string(40 << 20, 'x') + "\"}}"));
  expect_small("name.safetensors", file("{\"" + std::string(40 << 20, 'x') + "\":{}}"));
  expect_small("digits.safetensors", file("{\"a\":" + std::string(40 << 20, '1') + "}"));
  expect_small("types.safetensors", file("{\"a\":{\"dtype\":\"" + std::string(3 << 20, 'x') + "\"}}"));
  expect_small("lists.safetensors", file("{\"a\":" + std::string(40 << 20, '[')));
}

}  // namespace
}  // namespace mien::testing
