#include <stdbool.h>

#include "extension.h"

PyTypeObject* run_type = NULL;

// By lrc_status; LRC_BUG is the last.
static const char* const error_names[] = {NULL,          "Refused",    "WrongCall",
                                          "Unavailable", "LimitError", "Bug"};
static PyObject* errors[6];

int find_errors(void) {
  PyObject* module = PyImport_ImportModule("lrc.errors");
  if (module == NULL) return -1;
  for (size_t k = 1; k < 6; ++k) {
    errors[k] = PyObject_GetAttrString(module, error_names[k]);
    if (errors[k] == NULL) break;
  }
  Py_DECREF(module);
  return PyErr_Occurred() ? -1 : 0;
}

static size_t last_error(const void* self, size_t what, char* buffer, size_t size) {
  (void)self;
  (void)what;
  return lrc_last_error(buffer, size);
}

PyObject* raise_status(lrc_status status) {
  const size_t known = status >= LRC_REFUSED && status <= LRC_LIMIT ? (size_t)status : 5;
  PyObject* text = text_of(last_error, NULL, 0);
  if (text != NULL) PyErr_SetObject(errors[known], text);
  Py_XDECREF(text);
  return NULL;
}

PyObject* text_of(TextFunction function, const void* self, size_t what) {
  const size_t size = function(self, what, NULL, 0);
  char* buffer = PyMem_Malloc(size + 1);
  if (buffer == NULL) return PyErr_NoMemory();
  buffer[0] = '\0';
  size_t written = function(self, what, buffer, size + 1);
  if (written > size) written = size;
  PyObject* text = PyUnicode_DecodeUTF8(buffer, (Py_ssize_t)written, "replace");
  PyMem_Free(buffer);
  return text;
}

static PyObject* version(PyObject* module, PyObject* unused) {
  (void)module;
  (void)unused;
  return PyUnicode_FromString(lrc_version());
}

// canary(run_id, share, salt="")
static PyObject* canary(PyObject* self, PyObject* arguments) {
  (void)self;
  const char *run_id, *share, *salt = "";
  int chosen = 0;
  if (!PyArg_ParseTuple(arguments, "ss|s", &run_id, &share, &salt)) return NULL;
  const lrc_status status = lrc_canary(run_id, share, salt, &chosen);
  return status == LRC_FINE ? PyBool_FromLong(chosen) : raise_status(status);
}

static PyMethodDef functions[] = {{"version", version, METH_NOARGS, NULL},
                                  {"canary", canary, METH_VARARGS, NULL},
                                  {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "lrc._lrc", NULL, -1, functions, NULL, NULL, NULL, NULL};

static PyTypeObject* add_type(PyObject* module, PyType_Spec* spec) {
  PyTypeObject* type = (PyTypeObject*)PyType_FromSpec(spec);
  if (type != NULL && PyModule_AddType(module, type) < 0) Py_CLEAR(type);
  return type;
}

static int fill(PyObject* module) {
  if (lrc_abi_version() != LRC_ABI_VERSION) {
    PyErr_Format(PyExc_ImportError, "liblrc has version %u of its interface, this package needs %u",
                 (unsigned)lrc_abi_version(), (unsigned)LRC_ABI_VERSION);
    return -1;
  }
  if (find_errors() < 0) return -1;
  run_type = add_type(module, &run_spec);
  PyTypeObject* policy_type = add_type(module, &policy_spec);
  PyTypeObject* writer_type = add_type(module, &writer_spec);
  PyTypeObject* device_type = add_type(module, &device_spec);
  const bool whole =
      run_type != NULL && policy_type != NULL && writer_type != NULL && device_type != NULL;
  return whole ? 0 : -1;
}

PyMODINIT_FUNC PyInit__lrc(void);
PyMODINIT_FUNC PyInit__lrc(void) {
  PyObject* module = PyModule_Create(&definition);
  if (module != NULL && fill(module) < 0) Py_CLEAR(module);
  return module;
}
