# Fails if the object of one ISA defines anything that the linker could give to another: NM, ISA, OBJECT.
# An inline function that is compiled in two ISA files under one name is kept once, with the instructions of either:
# an old CPU then stops on AVX-512 code. Weak symbols (W, V, u) must therefore name the ISA's namespace or its xsimd
# architecture; the only strong one is the table.
execute_process(COMMAND ${NM} -C --defined-only ${OBJECT} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
set(arch_sse41 "sse4_1")
set(arch_avx2 "fma3<xsimd::avx2>")
set(arch_avx512 "avx512f")
set(arch_generic "none: has no xsimd")
set(arch_neon "neon64")
set(arch_neon32 "neon>")
string(REPLACE ";" "," symbols "${symbols}")
string(REPLACE "\n" ";" symbols "${symbols}")
set(table_found FALSE)
foreach(symbol IN LISTS symbols)
  string(FIND "${symbol}" "mien::kernels::${ISA}::" in_namespace)
  string(FIND "${symbol}" "xsimd::${arch_${ISA}}" in_arch)
  # xsimd's own wrappers of NEON intrinsics: templates on nothing, but there is one ISA on that architecture.
  string(FIND "${symbol}" "xsimd::kernel::wrap::" in_wrap)
  if(ISA MATCHES "^neon" AND NOT in_wrap EQUAL -1)
    continue()
  elseif(symbol MATCHES " [WVvwu] " AND in_namespace EQUAL -1 AND in_arch EQUAL -1)
    message(SEND_ERROR "shared weak symbol in ${ISA}: ${symbol}")
  elseif(symbol MATCHES " [A-Z] mien::kernels::${ISA}::table$")
    set(table_found TRUE)
  elseif(symbol MATCHES " [TDBRGSC] " AND NOT symbol MATCHES "__odr_asan")
    message(SEND_ERROR "exported symbol in ${ISA}: ${symbol}")
  elseif(symbol MATCHES "_GLOBAL__sub_I_" AND NOT symbol MATCHES "_sub_I_0009")
    message(SEND_ERROR "dynamic initialiser in ${ISA}: ${symbol}")  # 00099 is AddressSanitizer's own
  endif()
endforeach()
if(NOT table_found)
  message(SEND_ERROR "no table in ${OBJECT}")
endif()
