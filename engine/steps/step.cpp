#include "engine/steps/step.h"

namespace mien {

int64_t Step::packed_bytes() const {
  int64_t bytes = 0;
  for (const AlignedFloats* array : packed()) bytes += array->bytes();
  return bytes;
}

kernels::Epilogue Tail::epilogue() const {
  kernels::Epilogue e;
  e.act = act;
  e.lo = lo;
  e.hi = hi;
  e.residual_last = residual_last;
  return e;
}

const char* Tail::text() const {
  const bool add = residual != kNoBuffer;
  switch (act) {
    case kernels::Act::none:
      return add ? " +add" : "";
    case kernels::Act::relu:
      return !add ? " +relu" : residual_last ? " +relu +add" : " +add +relu";
    case kernels::Act::prelu:
      return !add ? " +prelu" : residual_last ? " +prelu +add" : " +add +prelu";
    case kernels::Act::clip:
      return !add ? " +clip" : residual_last ? " +clip +add" : " +add +clip";
  }
  return "";
}

}  // namespace mien
