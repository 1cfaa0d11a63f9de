# embed(OUT NAMESPACE FUNCTION TYPE HEADER FILES…): a .cpp whose FUNCTION() lists the files by stem and
# text, as std::vector<TYPE> of {name, text}.
set(EMBED_SCRIPT ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake)
function(embed out namespace function type header)
  string(JOIN "|" files ${ARGN})
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAMESPACE=${namespace} -DFUNCTION=${function} -DTYPE=${type}
            -DHEADER=${header} "-DFILES=${files}" -P ${EMBED_SCRIPT}
    DEPENDS ${ARGN} ${EMBED_SCRIPT}
    COMMENT "Embedding ${function}"
    VERBATIM)
endfunction()
