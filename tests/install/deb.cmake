# Packs BUILD into Debian packages in FOLDER, unpacks them into FOLDER/tree and looks at what arrived; lintian must find
# no error. CONFIG: the build type.
file(REMOVE_RECURSE ${FOLDER})
execute_process(COMMAND cpack -G DEB -B ${FOLDER} -C ${CONFIG} WORKING_DIRECTORY ${BUILD}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(GLOB packages ${FOLDER}/*.deb)
foreach(package IN LISTS packages)
  execute_process(COMMAND dpkg-deb -x ${package} ${FOLDER}/tree COMMAND_ERROR_IS_FATAL ANY)
endforeach()

execute_process(COMMAND ${FOLDER}/tree/usr/bin/mien --version OUTPUT_VARIABLE version COMMAND_ERROR_IS_FATAL ANY)
if(NOT version STREQUAL "mien ${VERSION}\n")
  message(SEND_ERROR "the packed command says ${version}")
endif()
foreach(file IN ITEMS man/man1/mien.1.gz doc/mien/copyright doc/mien/changelog.Debian.gz doc/mien/FORMAT.md
    doc/libmien-dev/copyright)
  if(NOT EXISTS ${FOLDER}/tree/usr/share/${file})
    message(SEND_ERROR "no usr/share/${file} in ${packages}")
  endif()
endforeach()

find_program(lintian lintian)
if(NOT lintian)
  message(STATUS "SKIPPED: lintian is not installed")
  return()
endif()
execute_process(COMMAND ${lintian} --allow-root --fail-on error ${packages} COMMAND_ERROR_IS_FATAL ANY)
