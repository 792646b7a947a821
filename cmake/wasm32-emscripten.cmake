# Cross build for WebAssembly with SIMD128, by Debian's emscripten; tests run under node.
# Programs read the files of the machine (NODERAWFS); 2 GiB of memory at most.
set(EMSCRIPTEN_ROOT_PATH /usr/share/emscripten CACHE PATH "Folder of emcc")
include(${EMSCRIPTEN_ROOT_PATH}/cmake/Modules/Platform/Emscripten.cmake)
set(CMAKE_C_FLAGS_INIT "-msimd128")
set(CMAKE_CXX_FLAGS_INIT "-msimd128 -fexceptions")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-fexceptions -sENVIRONMENT=node -sNODERAWFS=1 -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=2GB -sEXIT_RUNTIME=1 -sTOTAL_STACK=8MB")
# node 18 and later have a fetch() that emcc 3.1.6 takes for a browser's.
set(CMAKE_CROSSCOMPILING_EMULATOR node --no-experimental-fetch)
# Header-only packages (Eigen, xxhash) are the host's.
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE BOTH)
# One thread: what starts another fails when it runs, not when it is linked.
set(CMAKE_HAVE_LIBC_PTHREAD ON)
