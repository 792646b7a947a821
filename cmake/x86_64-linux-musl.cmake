# Static programs with musl as Debian has it (musl-tools), for MIEN_MINIMAL=ON with mien_runtime. musl's headers and
# library; of gcc's C++ library the headers only, as Debian's libstdc++ is built for glibc and cannot be linked.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER musl-gcc)
set(CMAKE_CXX_COMPILER g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # no C++ program can be linked by itself

# What the kernel's headers say, without those of glibc that lie beside them.
set(kernel_headers ${CMAKE_BINARY_DIR}/kernel-headers)
file(MAKE_DIRECTORY ${kernel_headers})
file(CREATE_LINK /usr/include/linux ${kernel_headers}/linux SYMBOLIC)
file(CREATE_LINK /usr/include/asm-generic ${kernel_headers}/asm-generic SYMBOLIC)
file(CREATE_LINK /usr/include/x86_64-linux-gnu/asm ${kernel_headers}/asm SYMBOLIC)

execute_process(COMMAND g++ -dumpversion OUTPUT_VARIABLE gcc OUTPUT_STRIP_TRAILING_WHITESPACE)
execute_process(COMMAND g++ -print-file-name=include OUTPUT_VARIABLE gcc_headers OUTPUT_STRIP_TRAILING_WHITESPACE)
set(flags -nostdinc)
foreach(folder /usr/include/c++/${gcc} /usr/include/x86_64-linux-gnu/c++/${gcc} /usr/include/x86_64-linux-musl
        ${gcc_headers} ${kernel_headers})
  list(APPEND flags -isystem ${folder})
endforeach()
# Three names of glibc that gcc's configuration of its C++ headers takes for granted; the bits of character classes are
# only ever declared.
list(APPEND flags "'-D__GLIBC_PREREQ(major,minor)=0'" -D__locale_t=locale_t)
set(bit 1)
foreach(class upper lower alpha digit xdigit space print graph cntrl punct alnum blank)
  list(APPEND flags -D_IS${class}=${bit})
  math(EXPR bit "2 * ${bit}")
endforeach()
list(JOIN flags " " CMAKE_CXX_FLAGS_INIT)
string(APPEND CMAKE_CXX_FLAGS_INIT " -DMIEN_NOT_GLIBC")
set(CMAKE_C_FLAGS_INIT "-isystem ${kernel_headers}")
set(CMAKE_ASM_COMPILER musl-gcc)
