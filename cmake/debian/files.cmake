# Run by cpack on the files to be packed, one folder per package below CPACK_TEMPORARY_INSTALL_DIRECTORY: adds what the
# Debian policy asks of every package (copyright, changelog), packs what it wants packed, strips static libraries.
cmake_policy(VERSION 3.25)

function(pack file packed)
  execute_process(COMMAND gzip -9nc ${file} OUTPUT_FILE ${packed} COMMAND_ERROR_IS_FATAL ANY)
  file(REMOVE ${file})
endfunction()

# Debug sections and the compiler's comments; the symbols stay.
function(strip_static folder)
  file(GLOB_RECURSE archives ${folder}/*.a)
  foreach(archive IN LISTS archives)
    execute_process(COMMAND ${CPACK_MIEN_STRIP} --strip-debug --remove-section=.comment --remove-section=.note
      --enable-deterministic-archives ${archive} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
endfunction()

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH, where that is set
foreach(group IN ITEMS command development shared)
  set(folder ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/${group})
  if(NOT EXISTS ${folder})
    continue()
  endif()
  string(TOUPPER ${group} upper)
  set(documents ${folder}/usr/share/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  file(COPY ${CMAKE_CURRENT_LIST_DIR}/copyright DESTINATION ${documents})
  configure_file(${CMAKE_CURRENT_LIST_DIR}/changelog.in ${documents}/changelog.Debian @ONLY)
  pack(${documents}/changelog.Debian ${documents}/changelog.Debian.gz)
  if(EXISTS ${documents}/CHANGELOG.md)
    pack(${documents}/CHANGELOG.md ${documents}/changelog.gz)
  endif()
  file(REMOVE ${documents}/LICENSE)  # copyright says where it is
  file(GLOB pages ${folder}/usr/share/man/man1/*.1)
  foreach(page IN LISTS pages)
    pack(${page} ${page}.gz)
  endforeach()
  strip_static(${folder})
endforeach()
