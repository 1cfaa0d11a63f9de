# The command line, the runtime behind the C ABI, and what both open at run time beside them. Another project
# finds them by find_package(lrc COMPONENTS runtime torch).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
install(TARGETS lrc RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Optional: a build of the command alone has none of them.
install(TARGETS lrc_abi EXPORT lrc LIBRARY DESTINATION lib OPTIONAL)
install(TARGETS lrc_compiler LIBRARY DESTINATION lib OPTIONAL)
install(FILES runtime/abi/lrc.h runtime/abi/lrc.hpp runtime/abi/lrc_cuda.h runtime/abi/lrc_cuda.hpp
  runtime/cuda/lrc_device.cuh DESTINATION include/lrc)
install(DIRECTORY runtime/torch DESTINATION include/lrc FILES_MATCHING PATTERN "*.h")
install(EXPORT lrc NAMESPACE lrc:: DESTINATION lib/cmake/lrc)
configure_package_config_file(cmake/lrcConfig.cmake.in ${CMAKE_BINARY_DIR}/lrcConfig.cmake
  INSTALL_DESTINATION lib/cmake/lrc)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/lrcConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/lrcConfig.cmake ${CMAKE_BINARY_DIR}/lrcConfigVersion.cmake
  DESTINATION lib/cmake/lrc)
install(FILES LICENSE THIRD_PARTY_NOTICES.md README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
