# The program that the reader of DOCUMENT copies: cut out, compiled with the document's own line against the mien in
# PREFIX/LIBDIR, and run on what the other examples are run on, in FOLDER.
file(REMOVE_RECURSE ${FOLDER})
file(READ ${DOCUMENT} text)
string(REGEX REPLACE ".*\n```c\n(.*)```.*" "\\1" program "${text}")
file(WRITE ${FOLDER}/build/first.c "${program}")
string(REGEX MATCH "\n    (cc build/first.c[^\n]*)" line "${text}")
set(command "${CMAKE_MATCH_1}")
if(program STREQUAL text OR command STREQUAL "")
  message(FATAL_ERROR "${DOCUMENT} has no program, or no line that compiles it")
endif()

set(ENV{PKG_CONFIG_PATH} ${PREFIX}/${LIBDIR}/pkgconfig)
execute_process(COMMAND sh -c "cc() { ${C} ${C_FLAGS} \"$@\"; }; ${command}"
  WORKING_DIRECTORY ${FOLDER} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND build/first ${INPUTS}/model.mien INPUT_FILE ${INPUTS}/pixels.rgb WORKING_DIRECTORY ${FOLDER}
  OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
file(GLOB answers ${INPUTS}/embedding.*)
foreach(answer IN LISTS answers)
  file(READ ${answer} expected)
  if(printed STREQUAL expected)
    return()
  endif()
endforeach()
message(FATAL_ERROR "what it prints is not what the engine itself gives: ${answers}")
