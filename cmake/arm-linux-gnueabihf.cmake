# Cross build for 32-bit ARM Linux (ARMv7-A, hard float) with Debian's g++-arm-linux-gnueabihf; tests run under qemu-user.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR armv7)
set(CMAKE_C_COMPILER arm-linux-gnueabihf-gcc)
set(CMAKE_CXX_COMPILER arm-linux-gnueabihf-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-arm -L /usr/arm-linux-gnueabihf)
# No word about parameters that gcc 7 began to pass in another way.
set(CMAKE_CXX_FLAGS_INIT -Wno-psabi)
# Programs of the host; libraries of the target. Header-only packages (xsimd, Eigen, xxhash) are the host's.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
