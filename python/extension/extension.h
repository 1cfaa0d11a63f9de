// The extension `lrc._lrc`: the C ABI as Python types, and the loop over an optimizer's parameter
// groups. Only the stable ABI of Python 3.11, so that one wheel serves every later Python.
#ifndef LRC_PYTHON_EXTENSION_H
#define LRC_PYTHON_EXTENSION_H

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "runtime/abi/lrc.h"

typedef struct PolicyObject {
  PyObject_HEAD lrc_policy* policy;
} PolicyObject;

typedef struct RunObject {
  PyObject_HEAD lrc_run* run;
  PyObject* outputs;  // tuple of str, interned
  PyObject* groups;
  size_t lr;  // the output of that name; lrc_outputs(run) where there is none
} RunObject;

extern PyType_Spec policy_spec;
extern PyType_Spec run_spec;
extern PyType_Spec writer_spec;
extern PyType_Spec device_spec;
// Base classes of what the package shows; set once by the module.
extern PyTypeObject* run_type;

// Raises the class of lrc.errors for a status, with the text of lrc_last_error. Gives NULL.
PyObject* raise_status(lrc_status status);
// Takes the classes out of lrc.errors. 0, or -1 with an exception.
int find_errors(void);

// Takes the handle over, on failure too.
PyObject* new_run(PyTypeObject* type, lrc_run* run);

typedef size_t (*TextFunction)(const void* self, size_t what, char* buffer, size_t size);
// A str of what a function of the ABI writes into a buffer.
PyObject* text_of(TextFunction function, const void* self, size_t what);

#endif
