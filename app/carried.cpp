#include "app/carried.h"

#define MIEN_CARRY(symbol, file)                                                                            \
  __asm__(".section .rodata\n.balign 64\n.hidden mien_carried_" #symbol "\n.hidden mien_carried_" #symbol     \
          "_end\n.global mien_carried_" #symbol "\n.global mien_carried_" #symbol "_end\nmien_carried_" #symbol \
          ":\n.incbin \"" MIEN_CARRIED_FOLDER file "\"\nmien_carried_" #symbol "_end:\n.byte 0\n.text\n");       \
  extern "C" {                                                                                              \
  extern const uint8_t mien_carried_##symbol[], mien_carried_##symbol##_end[];                              \
  }
#define MIEN_CARRIED(symbol, file) \
  { file, mien_carried_##symbol, mien_carried_##symbol##_end }

MIEN_CARRY(detector, "detector.mien")
MIEN_CARRY(recogniser, "recogniser.mien")
MIEN_CARRY(a1, "a1.jpg")
MIEN_CARRY(a2, "a2.jpg")
MIEN_CARRY(b1, "b1.jpg")
MIEN_CARRY(b2, "b2.jpg")
MIEN_CARRY(c1, "c1.jpg")
MIEN_CARRY(c2, "c2.jpg")

namespace mien::app {

const Carried kCarriedDetector = MIEN_CARRIED(detector, "detector.mien");
const Carried kCarriedRecogniser = MIEN_CARRIED(recogniser, "recogniser.mien");
const std::array<Carried, 6> kCarriedPortraits = {{MIEN_CARRIED(a1, "a1.jpg"), MIEN_CARRIED(a2, "a2.jpg"),
                                                   MIEN_CARRIED(b1, "b1.jpg"), MIEN_CARRIED(b2, "b2.jpg"),
                                                   MIEN_CARRIED(c1, "c1.jpg"), MIEN_CARRIED(c2, "c2.jpg")}};

}  // namespace mien::app
