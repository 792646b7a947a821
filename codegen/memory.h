// Where the pointers of a plan point to, in terms of the arrays that the generated code has.
// Thread-safety: one Memory per thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mien::codegen {

// A place in one of the arrays.
struct Place {
  int space = -1;  // -1: not in any of them
  int64_t offset = 0;
};

class Memory {
 public:
  // Weights are copied into the generated code; all other memory is there without its contents.
  static constexpr int kWeights = 0, kArena = 1, kFirstInput = 2;

  explicit Memory(int inputs) : inputs_(inputs) {}
  int input(int i) const { return kFirstInput + i; }
  int output(int i) const { return kFirstInput + inputs_ + i; }
  // The C++ expression for the beginning of a space: "weights", "arena", "in[0]", "out[0]".
  std::string name_of(int space) const;

  // floats from `begin` on are `space` from its beginning. REQUIRES: no overlap with what was mapped before.
  void map(const float* begin, int64_t floats, int space);
  // The same for weights, which get the next aligned place among the weights. Again: nothing happens.
  void map_weights(const float* begin, int64_t floats);
  // A single number as a weight of one float.
  Place number(float value);
  // n numbers as part of the table of integers.
  int64_t integers(const int32_t* values, int64_t n);

  // The place of a pointer; one just behind an array counts as in it.
  Place place(const float* p) const;
  // The place of a pointer that may point beyond the array in which `inside` is.
  Place place_near(const float* p, const float* inside) const;

  struct Piece {
    const float* data;
    int64_t floats, offset;
  };
  const std::vector<Piece>& weights() const { return weights_; }
  int64_t weight_floats() const { return weight_floats_; }
  const std::vector<int32_t>& integer_table() const { return integers_; }

 private:
  struct Area {
    int64_t floats;
    Place place;
  };
  const std::pair<const float* const, Area>* area_of(const float* p) const;

  int inputs_;
  std::map<const float*, Area> areas_;
  std::vector<Piece> weights_;
  int64_t weight_floats_ = 0;
  std::map<uint32_t, float> numbers_;  // by bits; the map keeps their addresses
  std::vector<int32_t> integers_;
};

}  // namespace mien::codegen
