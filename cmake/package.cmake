# cpack: Debian packages of what cmake --install installs: mien (the command, documents), libmien-dev (headers and
# libraries to link with) and, of a shared build, libmien<n>. cpack -G DEB in the build folder, or scripts/deb.sh, which
# has the paths of a distribution. What Debian asks of a package beyond its files is in debian/files.cmake.
set(MIEN_MAINTAINER "mien developers <mien@example.org>" CACHE STRING "Maintainer of the packages, NAME <ADDRESS>")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME mien)
set(CPACK_PACKAGE_VENDOR mien)
set(CPACK_PACKAGE_CONTACT "${MIEN_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "face-recognition networks on the CPU")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian/files.cmake)
set(CPACK_MIEN_STRIP ${CMAKE_STRIP})

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 0mien1)  # below what Debian itself would call its first
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)

set(about "mien runs face-recognition networks on a CPU without a machine-learning
runtime: weights are converted once into one flat file, which a small engine
maps and runs with SIMD kernels.")
set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME mien)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION science)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMMAND_DESCRIPTION "${about}

This package has the command, which converts, inspects, runs and measures
networks, finds and compares faces, and keeps galleries of them.")

set(dev_depends "")
if(TARGET mien_face)
  list(APPEND dev_depends libjpeg-dev libpng-dev)
endif()
if(TARGET mien_tbb)
  list(APPEND dev_depends libtbb-dev)
endif()
if(BUILD_SHARED_LIBS)
  get_target_property(soversion mien_shared SOVERSION)
  set(CPACK_DEBIAN_SHARED_PACKAGE_NAME libmien${soversion})
  set(CPACK_DEBIAN_SHARED_PACKAGE_SECTION libs)
  set(CPACK_DEBIAN_SHARED_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
  set(CPACK_DEBIAN_SHARED_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/cmake/debian/triggers)
  set(CPACK_DEBIAN_SHARED_DESCRIPTION "${about}

This package has the shared libraries.")
  list(APPEND dev_depends "libmien${soversion} (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")
endif()
list(JOIN dev_depends ", " dev_depends)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libmien-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${dev_depends}")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "${about}

This package has the C and C++ headers, the libraries to link with, a CMake
package and pkg-config files.")

include(CPack)
cpack_add_component_group(command)
cpack_add_component_group(development)
cpack_add_component(runtime GROUP command)
cpack_add_component(docs GROUP command)
cpack_add_component(dev GROUP development)
set(CPACK_COMPONENTS_ALL runtime docs dev)
if(type STREQUAL "SHARED_LIBRARY")
  cpack_add_component_group(shared)
  cpack_add_component(lib GROUP shared)
endif()
