# What is required, and what is optional: found here, reported once in the summary.
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost REQUIRED)
find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)
find_library(SODIUM_LIBRARY NAMES libsodium.a sodium REQUIRED)
find_path(SODIUM_INCLUDE sodium.h REQUIRED)

add_library(lrc_sodium INTERFACE)
target_link_libraries(lrc_sodium INTERFACE ${SODIUM_LIBRARY})
target_include_directories(lrc_sodium SYSTEM INTERFACE ${SODIUM_INCLUDE})

# Needed by one sink only.
find_package(prometheus-cpp CONFIG QUIET)

if(LRC_TORCH)
  find_package(Torch REQUIRED)
endif()
