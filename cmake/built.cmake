# What the Python package is made of, from another build of the same tree.
function(built name file)
  if(EXISTS ${LRC_BUILT}/lib/${file})
    file(REAL_PATH ${LRC_BUILT}/lib/${file} location)  # a link would be installed as one
    add_library(${name} SHARED IMPORTED GLOBAL)
    set_target_properties(${name} PROPERTIES IMPORTED_LOCATION ${location} IMPORTED_SONAME ${file})
  endif()
endfunction()
built(lrc_abi liblrc.so.1)
built(lrc_compiler liblrc_compiler.so)
built(lrc_jit liblrc_jit.so)
