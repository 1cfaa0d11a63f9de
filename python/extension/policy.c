#include <string.h>

#include "extension.h"

static size_t policy_text(const void* self, size_t what, char* buffer, size_t size) {
  return lrc_policy_get(self, (lrc_policy_text)what, buffer, size);
}

static PyObject* get(PyObject* self, PyObject* what) {
  const long number = PyLong_AsLong(what);
  if (number == -1 && PyErr_Occurred()) return NULL;
  return text_of(policy_text, ((PolicyObject*)self)->policy, (size_t)number);
}

static PyObject* made(PyObject* type, lrc_status status, lrc_policy* policy) {
  if (status != LRC_FINE) return raise_status(status);
  PolicyObject* self = (PolicyObject*)PyType_GenericAlloc((PyTypeObject*)type, 0);
  if (self == NULL) {
    lrc_policy_release(policy);
    return NULL;
  }
  self->policy = policy;
  return (PyObject*)self;
}

static PyObject* open_file(PyObject* type, PyObject* path) {
  PyObject* bytes = NULL;
  if (!PyUnicode_FSConverter(path, &bytes)) return NULL;
  const char* name = PyBytes_AsString(bytes);
  lrc_policy* policy = NULL;
  lrc_status status;
  Py_BEGIN_ALLOW_THREADS status = lrc_policy_open(name, &policy);
  Py_END_ALLOW_THREADS Py_DECREF(bytes);
  return made(type, status, policy);
}

static PyObject* read_bytes(PyObject* type, PyObject* bytes) {
  char* data = NULL;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(bytes, &data, &size) < 0) return NULL;
  lrc_policy* policy = NULL;
  lrc_status status;
  Py_BEGIN_ALLOW_THREADS status = lrc_policy_read(data, (size_t)size, &policy);
  Py_END_ALLOW_THREADS return made(type, status, policy);
}

// `texts` is a sequence of str, which keeps what the result points to.
static const char** borrowed_texts(PyObject* texts, size_t* count) {
  const Py_ssize_t size = PySequence_Size(texts);
  if (size < 0) return NULL;
  const char** result = PyMem_Calloc((size_t)size + 1, sizeof *result);
  if (result == NULL) PyErr_NoMemory();
  for (Py_ssize_t k = 0; result != NULL && k < size; ++k) {
    PyObject* item = PyTuple_GetItem(texts, k);
    result[k] = item == NULL ? NULL : PyUnicode_AsUTF8AndSize(item, NULL);
    if (result[k] != NULL) continue;
    PyMem_Free(result);
    result = NULL;
  }
  *count = (size_t)size;
  return result;
}

static PyObject* bound(PolicyObject* self, PyTypeObject* type, lrc_facts* facts) {
  lrc_run* run = NULL;
  lrc_status status;
  Py_BEGIN_ALLOW_THREADS status = lrc_bind(self->policy, facts, &run);
  Py_END_ALLOW_THREADS return status == LRC_FINE ? new_run(type, run) : raise_status(status);
}

// bind(type, run, peak, batch, rates, parameters, names, backend): None or str, tuples of str, int.
static PyObject* bind(PyObject* self, PyObject* arguments) {
  PyObject *type, *rates, *parameters, *names;
  int backend = 0;
  lrc_facts facts;
  memset(&facts, 0, sizeof facts);
  facts.size = sizeof facts;
  if (!PyArg_ParseTuple(arguments, "O!zzzO!O!O!i", &PyType_Type, &type, &facts.run, &facts.peak,
                        &facts.batch, &PyTuple_Type, &rates, &PyTuple_Type, &parameters,
                        &PyTuple_Type, &names, &backend))
    return NULL;
  if (!PyType_IsSubtype((PyTypeObject*)type, run_type)) {
    PyErr_SetString(PyExc_TypeError, "a run is made of a subclass of lrc._lrc.Run");
    return NULL;
  }
  facts.backend = (lrc_backend)backend;
  const char** rate_texts = borrowed_texts(rates, &facts.rate_count);
  const char** settings = rate_texts ? borrowed_texts(parameters, &facts.parameter_count) : NULL;
  const char** name_texts = settings ? borrowed_texts(names, &facts.name_count) : NULL;
  facts.rates = rate_texts;
  facts.parameters = settings;
  facts.names = name_texts;
  PyObject* run = name_texts ? bound((PolicyObject*)self, (PyTypeObject*)type, &facts) : NULL;
  PyMem_Free((void*)rate_texts);
  PyMem_Free((void*)settings);
  PyMem_Free((void*)name_texts);
  return run;
}

static void release(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  lrc_policy_release(((PolicyObject*)self)->policy);
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

static PyMethodDef methods[] = {{"open_file", open_file, METH_O | METH_CLASS, NULL},
                                {"read_bytes", read_bytes, METH_O | METH_CLASS, NULL},
                                {"get", get, METH_O, NULL},
                                {"bind_texts", bind, METH_VARARGS, NULL},
                                {NULL, NULL, 0, NULL}};

static PyType_Slot slots[] = {{Py_tp_methods, methods}, {Py_tp_dealloc, release}, {0, NULL}};

PyType_Spec policy_spec = {
    "lrc._lrc.Policy", sizeof(PolicyObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
