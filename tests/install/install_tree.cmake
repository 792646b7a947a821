# Installs BUILD into an empty PREFIX, and checks what arrived. CONFIG: the build type.
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX} --config ${CONFIG}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

# A header that is installed includes nothing that is not.
file(GLOB headers ${PREFIX}/include/mien/*)
foreach(header IN LISTS headers)
  file(STRINGS ${header} includes REGEX "^#include [<\"]mien/")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE "^#include [<\"](mien/[^>\"]*).*" "\\1" included "${include}")
    if(NOT EXISTS ${PREFIX}/include/${included})
      message(SEND_ERROR "${header} includes ${included}, which is not installed")
    endif()
  endforeach()
endforeach()

# Nothing that is read by a build system knows where it was built or installed.
file(GLOB_RECURSE texts ${PREFIX}/*.cmake ${PREFIX}/*.pc)
if(NOT texts)
  message(SEND_ERROR "neither a CMake package nor pkg-config files in ${PREFIX}")
endif()
foreach(text IN LISTS texts)
  file(READ ${text} content)
  string(FIND "${content}" "${BUILD}" place)
  if(NOT place EQUAL -1)
    message(SEND_ERROR "${text} names ${BUILD}")
  endif()
endforeach()
