# Builds the example in SOURCE against the mien installed in PREFIX, runs its PROGRAM in INPUTS with ARGUMENTS (separated
# by |) and INPUT as standard input, and compares what it prints with the file EXPECTED.
string(REPLACE "|" ";" arguments "${ARGUMENTS}")
string(REPLACE "|" ";" options "${OPTIONS}")
file(REMOVE_RECURSE ${BUILD})
set(ENV{CCACHE_BASEDIR} "")  # absolute paths of sources are the same in every build folder, relative ones are not

if(EXISTS ${SOURCE}/Makefile)
  file(MAKE_DIRECTORY ${BUILD})
  find_program(make NAMES make gmake REQUIRED)
  set(ENV{PKG_CONFIG_PATH} ${PREFIX}/${LIBDIR}/pkgconfig)
  execute_process(COMMAND ${make} -C ${BUILD} -f ${SOURCE}/Makefile VPATH=${SOURCE} CC=${C} "CFLAGS=${C_FLAGS}" ${options}
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
else()
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD} -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${PREFIX}
      -DCMAKE_BUILD_TYPE=${CONFIG}
      -DCMAKE_C_COMPILER=${C} -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_C_FLAGS=${C_FLAGS} -DCMAKE_CXX_FLAGS=${CXX_FLAGS}
      --no-warn-unused-cli ${options}
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} --target ${PROGRAM} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endif()

if(INPUT)
  set(input INPUT_FILE ${INPUTS}/${INPUT})
endif()
execute_process(COMMAND ${BUILD}/${PROGRAM} ${arguments} WORKING_DIRECTORY ${INPUTS} ${input}
  OUTPUT_FILE ${BUILD}/printed COMMAND_ERROR_IS_FATAL ANY)

# The answer has the bits of one of the instruction sets: a build from sources may have but one.
file(READ ${BUILD}/printed printed)
file(GLOB answers ${INPUTS}/${EXPECTED}.*)
foreach(answer IN LISTS answers)
  file(READ ${answer} expected)
  if(printed STREQUAL expected AND NOT expected STREQUAL "")
    message(STATUS "the embedding of ${answer}")
    return()
  endif()
endforeach()
message(FATAL_ERROR "${BUILD}/printed is not what the engine itself gives: ${answers}")
