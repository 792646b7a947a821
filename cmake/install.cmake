# cmake --install: the components runtime (the command), lib (shared libraries), dev (headers, libraries to link with,
# the CMake package, pkg-config) and docs. docs/EMBEDDING.md says how they are used.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mien)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# mien_install_library(TARGET NAME): the library, and its CMake targets in a file of their own, mien-NAME-targets.cmake,
# so that a program which asks for the engine alone needs nothing of what the others link.
function(mien_install_library target name)
  install(TARGETS ${target} EXPORT mien-${name}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT lib NAMELINK_COMPONENT dev
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
  install(EXPORT mien-${name} NAMESPACE mien:: FILE mien-${name}-targets.cmake
    DESTINATION ${package_dir} COMPONENT dev)
endfunction()

# mien_install_pkg_config(NAME TARGET DESCRIPTION REQUIRES PRIVATE_REQUIRES PRIVATE_LIBS): NAME.pc. What is private is
# needed to link a static library; where only that is installed, a plain `pkg-config --libs` has to say it too.
function(mien_install_pkg_config name target description requires private_requires private_libs)
  get_target_property(library ${target} OUTPUT_NAME)
  if(NOT library)
    set(library ${target})
  endif()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    string(APPEND requires " ${private_requires}")
    string(APPEND public_libs " ${private_libs}")
    set(private_requires "")
    set(private_libs "")
  endif()
  # Paths from where the file lies: the tree may be installed anywhere, and moved.
  file(RELATIVE_PATH prefix /prefix/${pkgconfig_dir} /prefix)
  string(REGEX REPLACE "/$" "" prefix "${prefix}")
  configure_file(cmake/pkgconfig.pc.in ${PROJECT_BINARY_DIR}/pkgconfig/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/${name}.pc DESTINATION ${pkgconfig_dir} COMPONENT dev)
endfunction()

# mien_joined(OUT ITEM...): "a b c" without empty items.
function(mien_joined out)
  list(REMOVE_ITEM ARGN "")
  list(JOIN ARGN " " text)
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

# The C++ runtime, for C programs that link the static library: the C compiler does not add it.
set(MIEN_CXX_RUNTIME ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
list(FILTER MIEN_CXX_RUNTIME INCLUDE REGEX "^(stdc\\+\\+|c\\+\\+|c\\+\\+abi|m)$")
list(REMOVE_DUPLICATES MIEN_CXX_RUNTIME)
list(TRANSFORM MIEN_CXX_RUNTIME PREPEND -l OUTPUT_VARIABLE runtime_flags)
mien_joined(runtime_flags ${runtime_flags})

install(FILES engine/include/mien/mien.h engine/include/mien/mien.hpp
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mien COMPONENT dev)
# Static, or shared with BUILD_SHARED_LIBS=ON. The shared mien_face holds the engine too.
set(engine mien)
set(face mien_face)
set(face_requires mien)
if(BUILD_SHARED_LIBS)
  set(engine mien_shared)
  set(face mien_face_shared)
  set(face_requires "")
endif()
mien_install_library(${engine} mien)
mien_install_pkg_config(mien ${engine} "${PROJECT_DESCRIPTION}" "" "" "${runtime_flags}")

get_target_property(MIEN_LIBRARY_TYPE ${engine} TYPE)
set(MIEN_FACE_DEPENDENCIES "")
if(TARGET mien_face)
  install(FILES face/include/mien/face.h face/include/mien/face.hpp
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mien COMPONENT dev)
  mien_install_library(${face} face)
  # Those of JPEG and PNG that face/CMakeLists.txt found and linked.
  get_target_property(linked mien_face LINK_LIBRARIES)
  set(decoders "")
  foreach(decoder JPEG PNG)
    if("${decoder}::${decoder}" IN_LIST linked)
      string(TOLOWER lib${decoder} module)
      list(APPEND MIEN_FACE_DEPENDENCIES ${decoder})
      list(APPEND decoders ${module})
    endif()
  endforeach()
  mien_joined(decoders ${decoders})
  mien_install_pkg_config(mien-face ${face} "Faces in photographs: decode, detect, align, embed, search"
    "${face_requires}" "${decoders}" "")
endif()

# It calls what a shared engine does not export.
if(TARGET mien_tbb AND NOT BUILD_SHARED_LIBS)
  install(FILES engine/include/mien/tbb.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mien COMPONENT dev)
  mien_install_library(mien_tbb tbb)
  mien_install_pkg_config(mien-tbb mien_tbb "oneTBB's threads for mien" mien tbb "")
endif()

configure_package_config_file(cmake/mien-config.cmake.in ${PROJECT_BINARY_DIR}/mien-config.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/mien-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/mien-config.cmake ${PROJECT_BINARY_DIR}/mien-config-version.cmake
  DESTINATION ${package_dir} COMPONENT dev)

if(TARGET mien_command)
  install(TARGETS mien_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
  install(FILES docs/mien.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT runtime)
  install(FILES models/default/detector.mien models/default/recogniser.mien
    DESTINATION ${CMAKE_INSTALL_DATADIR}/mien COMPONENT runtime)
endif()
file(GLOB documents docs/*.md)
install(FILES models/default/detector.md models/default/recogniser.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/models/default
  COMPONENT docs)
install(FILES LICENSE README.md CHANGELOG.md ${documents} DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT docs)
