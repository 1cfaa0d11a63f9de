# The parser is generated at build time and never checked in. Its code is C++17 (u8 literals).
find_program(ANTLR4 antlr4 REQUIRED)
find_library(ANTLR4_RUNTIME NAMES libantlr4-runtime.a antlr4-runtime REQUIRED)
find_library(ANTLR4_SHARED NAMES antlr4-runtime REQUIRED)
find_path(ANTLR4_INCLUDE antlr4-runtime.h PATH_SUFFIXES antlr4-runtime REQUIRED)

set(generated ${CMAKE_BINARY_DIR}/grammar)
add_custom_command(
  OUTPUT ${generated}/LrcLexer.cpp ${generated}/LrcLexer.h ${generated}/LrcParser.cpp ${generated}/LrcParser.h
  COMMAND ${ANTLR4} -Dlanguage=Cpp -no-listener -no-visitor -o ${generated} Lrc.g4
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/grammar
  DEPENDS ${CMAKE_SOURCE_DIR}/grammar/Lrc.g4
  COMMENT "Generating the parser")
add_library(lrc_grammar STATIC ${generated}/LrcLexer.cpp ${generated}/LrcParser.cpp)
set_target_properties(lrc_grammar PROPERTIES CXX_STANDARD 17)
target_include_directories(lrc_grammar SYSTEM PUBLIC ${generated} ${ANTLR4_INCLUDE})
target_compile_options(lrc_grammar PRIVATE -w)
# Debian's archive is not position-independent: a shared library of ours takes the shared one.
target_link_libraries(lrc_grammar PUBLIC
  $<IF:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>,${ANTLR4_SHARED},${ANTLR4_RUNTIME}>)
find_package(Threads REQUIRED)
target_link_libraries(lrc_grammar PUBLIC Threads::Threads)
