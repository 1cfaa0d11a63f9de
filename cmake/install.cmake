# The command line with what it opens at run time beside it, and the runtime for those who embed it.
include(GNUInstallDirs)
install(TARGETS lrc RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS lrc_runtime ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY runtime/arithmetic runtime/artifact runtime/host runtime/torch DESTINATION include/lrc/runtime
  FILES_MATCHING PATTERN "*.h")
install(FILES LICENSE THIRD_PARTY_NOTICES.md README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
