#include <stdbool.h>

#include "extension.h"
#include "runtime/abi/lrc_cuda.h"

static lrc_run* handle(PyObject* self) { return ((RunObject*)self)->run; }

// ------------------------------------------------------------------------------------------ texts

static size_t run_text(const void* self, size_t what, char* buffer, size_t size) {
  return lrc_run_get(self, (lrc_run_text)what, buffer, size);
}

static size_t output_name(const void* self, size_t index, char* buffer, size_t size) {
  return lrc_output_name(self, index, buffer, size);
}

static size_t group_name(const void* self, size_t index, char* buffer, size_t size) {
  return lrc_group_name(self, index, buffer, size);
}

static size_t metric_name(const void* self, size_t index, char* buffer, size_t size) {
  return lrc_metric_name(self, index, buffer, size);
}

static size_t saved_text(const void* self, size_t unused, char* buffer, size_t size) {
  (void)unused;
  return lrc_save(self, buffer, size);
}

static size_t explain_text(const void* self, size_t step, char* buffer, size_t size) {
  return lrc_explain(self, (int64_t)step, buffer, size);
}

static PyObject* names_of(TextFunction function, const lrc_run* run, size_t count) {
  PyObject* names = PyTuple_New((Py_ssize_t)count);
  for (size_t k = 0; names != NULL && k < count; ++k) {
    PyObject* name = text_of(function, run, k);
    if (name != NULL) PyUnicode_InternInPlace(&name);
    if (name == NULL || PyTuple_SetItem(names, (Py_ssize_t)k, name) < 0) Py_CLEAR(names);
  }
  return names;
}

// ----------------------------------------------------------------------------------- construction

static size_t find_lr(PyObject* outputs) {
  const Py_ssize_t count = PyTuple_Size(outputs);
  for (Py_ssize_t k = 0; k < count; ++k) {
    if (PyUnicode_CompareWithASCIIString(PyTuple_GetItem(outputs, k), "lr") == 0) return (size_t)k;
  }
  return (size_t)count;
}

PyObject* new_run(PyTypeObject* type, lrc_run* run) {
  RunObject* self = (RunObject*)PyType_GenericAlloc(type, 0);
  if (self == NULL) {
    lrc_run_release(run);
    return NULL;
  }
  self->run = run;
  self->outputs = names_of(output_name, run, lrc_outputs(run));
  self->groups = names_of(group_name, run, lrc_groups(run));
  if (self->outputs == NULL || self->groups == NULL) {
    Py_DECREF(self);
    return NULL;
  }
  self->lr = find_lr(self->outputs);
  return (PyObject*)self;
}

static void release(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  lrc_run_release(handle(self));
  Py_XDECREF(((RunObject*)self)->outputs);
  Py_XDECREF(((RunObject*)self)->groups);
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

// -------------------------------------------------------------------------------------- arguments

// The index of a name, or of an index. -1 with an exception.
static Py_ssize_t index_of(PyObject* names, PyObject* wanted, const char* kind) {
  const Py_ssize_t count = PyTuple_Size(names);
  if (PyLong_Check(wanted)) {
    const Py_ssize_t index = PyLong_AsSsize_t(wanted);
    if (index == -1 && PyErr_Occurred()) return -1;
    if (index >= 0 && index < count) return index;
  }
  for (Py_ssize_t k = 0; k < count; ++k) {
    PyObject* name = PyTuple_GetItem(names, k);
    if (name == wanted) return k;
    if (PyUnicode_Check(wanted) && PyUnicode_Compare(name, wanted) == 0) return k;
  }
  if (!PyErr_Occurred())
    PyErr_Format(PyExc_KeyError, "the run has no %s %R; it has %R", kind, wanted, names);
  return -1;
}

typedef struct Place {
  Py_ssize_t output;
  Py_ssize_t group;
} Place;

// From `count` arguments, of which the first is the output and the second the group.
static bool read_place(PyObject* self, PyObject* const* arguments, Py_ssize_t count, Place* place) {
  RunObject* run = (RunObject*)self;
  place->group = 0;
  place->output = (Py_ssize_t)run->lr;
  if (count > 0) place->output = index_of(run->outputs, arguments[0], "output");
  if (place->output >= PyTuple_Size(run->outputs)) {
    PyErr_Format(PyExc_KeyError, "the run has no output 'lr'; it has %R", run->outputs);
    return false;
  }
  if (place->output >= 0 && count > 1) place->group = index_of(run->groups, arguments[1], "group");
  return place->output >= 0 && place->group >= 0;
}

static bool read_step(PyObject* number, int64_t* step) {
  *step = PyLong_AsLongLong(number);
  return *step != -1 || !PyErr_Occurred();
}

static bool expect(Py_ssize_t count, Py_ssize_t least, Py_ssize_t most, const char* signature) {
  if (count >= least && count <= most) return true;
  PyErr_Format(PyExc_TypeError, "the call is %s", signature);
  return false;
}

// ------------------------------------------------------------------------------------- evaluation

static PyObject* evaluated(PyObject* self, Place place, int64_t step) {
  double value;
  const lrc_status status = lrc_evaluate_range(handle(self), (size_t)place.output,
                                               (size_t)place.group, step, 1, 1, &value);
  return status == LRC_FINE ? PyFloat_FromDouble(value) : raise_status(status);
}

// evaluate(step, output=lr, group=0)
static PyObject* evaluate(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  Place place;
  int64_t step;
  if (!expect(count, 1, 3, "evaluate(step, output, group)")) return NULL;
  if (!read_step(arguments[0], &step)) return NULL;
  if (!read_place(self, arguments + 1, count - 1, &place)) return NULL;
  return evaluated(self, place, step);
}

static PyObject* call(PyObject* self, PyObject* arguments, PyObject* keywords) {
  Place place;
  int64_t step;
  if (keywords != NULL && PyDict_Size(keywords) > 0) {
    PyErr_SetString(PyExc_TypeError, "run(step) takes one number; run.evaluate names the output");
    return NULL;
  }
  if (!expect(PyTuple_Size(arguments), 1, 1, "run(step)")) return NULL;
  if (!read_step(PyTuple_GetItem(arguments, 0), &step)) return NULL;
  if (!read_place(self, NULL, 0, &place)) return NULL;
  return evaluated(self, place, step);
}

// value(output=lr, group=0): of the coming update, as rules have it.
static PyObject* value(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  Place place;
  if (!expect(count, 0, 2, "value(output, group)")) return NULL;
  if (!read_place(self, arguments, count, &place)) return NULL;
  return PyFloat_FromDouble(lrc_value(handle(self), (size_t)place.output, (size_t)place.group));
}

static bool view_of(PyObject* array, Py_buffer* view, int flags, size_t items) {
  if (PyObject_GetBuffer(array, view, flags | PyBUF_C_CONTIGUOUS) < 0) return false;
  if (view->itemsize == 8 && (size_t)view->len == items * 8) return true;
  PyBuffer_Release(view);
  PyErr_SetString(PyExc_ValueError, "an array has another size or type than the call says");
  return false;
}

// fill_range(output, group, first, stride, count, float64 array)
static PyObject* fill_range(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  Place place;
  int64_t first, stride, items;
  Py_buffer values;
  if (!expect(count, 6, 6, "fill_range(output, group, first, stride, count, values)")) return NULL;
  if (!read_place(self, arguments, 2, &place)) return NULL;
  if (!read_step(arguments[2], &first) || !read_step(arguments[3], &stride) ||
      !read_step(arguments[4], &items) || items < 0 ||
      !view_of(arguments[5], &values, PyBUF_WRITABLE, (size_t)items))
    return NULL;
  lrc_status status;
  Py_BEGIN_ALLOW_THREADS status =
      lrc_evaluate_range(handle(self), (size_t)place.output, (size_t)place.group, first, stride,
                         (size_t)items, values.buf);
  Py_END_ALLOW_THREADS PyBuffer_Release(&values);
  if (status != LRC_FINE) return raise_status(status);
  return Py_NewRef(Py_None);
}

// fill_at(output, group, int64 array, float64 array of the same size)
static PyObject* fill_at(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  Place place;
  Py_buffer steps, values;
  if (!expect(count, 4, 4, "fill_at(output, group, steps, values)")) return NULL;
  if (!read_place(self, arguments, 2, &place)) return NULL;
  const Py_ssize_t items = PyObject_Size(arguments[2]);
  if (items < 0 || !view_of(arguments[2], &steps, 0, (size_t)items)) return NULL;
  if (!view_of(arguments[3], &values, PyBUF_WRITABLE, (size_t)items)) {
    PyBuffer_Release(&steps);
    return NULL;
  }
  lrc_status status = LRC_FINE;
  for (Py_ssize_t k = 0; k < items && status == LRC_FINE; ++k) {
    status = lrc_evaluate_range(handle(self), (size_t)place.output, (size_t)place.group,
                                ((const int64_t*)steps.buf)[k], 1, 1, (double*)values.buf + k);
  }
  PyBuffer_Release(&steps);
  PyBuffer_Release(&values);
  if (status != LRC_FINE) return raise_status(status);
  return Py_NewRef(Py_None);
}

// -------------------------------------------------------------------------- updates and reactions

static PyObject* advance(PyObject* self, PyObject* unused) {
  (void)unused;
  lrc_advance(handle(self));
  return Py_NewRef(Py_None);
}

// observe_outcome(metric, value, evaluation) -> (outcome, how many rules fired)
static PyObject* observe(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  int64_t evaluation;
  size_t fired = 0;
  if (!expect(count, 3, 3, "observe(metric, value, evaluation)")) return NULL;
  const char* metric = PyUnicode_AsUTF8AndSize(arguments[0], NULL);
  if (metric == NULL) return NULL;
  const double measured = PyFloat_AsDouble(arguments[1]);
  if (PyErr_Occurred() || !read_step(arguments[2], &evaluation)) return NULL;
  const lrc_outcome outcome = lrc_observe(handle(self), metric, measured, evaluation, &fired);
  return Py_BuildValue("in", (int)outcome, (Py_ssize_t)fired);
}

// disagree(rank, what): an event for whoever listens
static PyObject* disagree(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  int64_t rank;
  if (!expect(count, 2, 2, "disagree(rank, what)")) return NULL;
  const char* what = PyUnicode_AsUTF8AndSize(arguments[1], NULL);
  if (what == NULL || !read_step(arguments[0], &rank)) return NULL;
  lrc_disagree(handle(self), rank, what);
  return Py_NewRef(Py_None);
}

static PyObject* next_event(PyObject* self, PyObject* unused) {
  (void)unused;
  char line[4096];
  size_t size = lrc_next_event(handle(self), line, sizeof line);
  if (size == 0) return Py_NewRef(Py_None);
  if (size < sizeof line) return PyUnicode_DecodeUTF8(line, (Py_ssize_t)size, "replace");
  char* longer = PyMem_Malloc(size + 1);  // it did not fit and still waits
  if (longer == NULL) return PyErr_NoMemory();
  size = lrc_next_event(handle(self), longer, size + 1);
  PyObject* text = PyUnicode_DecodeUTF8(longer, (Py_ssize_t)size, "replace");
  PyMem_Free(longer);
  return text;
}

// ------------------------------------------------------------------------------------------ state

static PyObject* save(PyObject* self, PyObject* unused) {
  (void)unused;
  PyObject* text = text_of(saved_text, handle(self), 0);
  if (text == NULL || PyUnicode_GetLength(text) > 0) return text;
  Py_DECREF(text);
  return raise_status(LRC_BUG);
}

static PyObject* load(PyObject* self, PyObject* arguments) {
  const char *record, *word;
  Py_ssize_t size;
  if (!PyArg_ParseTuple(arguments, "s#z", &record, &size, &word)) return NULL;
  const lrc_status status = lrc_load(handle(self), record, (size_t)size, word);
  if (status != LRC_FINE) return raise_status(status);
  return Py_NewRef(Py_None);
}

static PyObject* save_file(PyObject* self, PyObject* path) {
  PyObject* bytes = NULL;
  if (!PyUnicode_FSConverter(path, &bytes)) return NULL;
  const lrc_status status = lrc_save_file(handle(self), PyBytes_AsString(bytes));
  Py_DECREF(bytes);
  if (status != LRC_FINE) return raise_status(status);
  return Py_NewRef(Py_None);
}

static PyObject* load_file(PyObject* self, PyObject* arguments) {
  PyObject* path = NULL;
  const char* word;
  if (!PyArg_ParseTuple(arguments, "O&z", PyUnicode_FSConverter, &path, &word)) return NULL;
  const lrc_status status = lrc_load_file(handle(self), PyBytes_AsString(path), word);
  Py_DECREF(path);
  if (status != LRC_FINE) return raise_status(status);
  return Py_NewRef(Py_None);
}

static PyObject* explain(PyObject* self, PyObject* number) {
  int64_t step;
  if (!read_step(number, &step)) return NULL;
  return text_of(explain_text, handle(self), (size_t)step);
}

static PyObject* get(PyObject* self, PyObject* what) {
  int64_t number;
  if (!read_step(what, &number)) return NULL;
  return text_of(run_text, handle(self), (size_t)number);
}

// -------------------------------------------------------------------------------- what it consists
// of

static PyObject* group_of_name(PyObject* self, PyObject* number) {
  int64_t name;
  if (!read_step(number, &name)) return NULL;
  return PyLong_FromSize_t(lrc_group_of_name(handle(self), (size_t)name));
}

static PyObject* frozen_until(PyObject* self, PyObject* number) {
  int64_t group;
  if (!read_step(number, &group)) return NULL;
  return PyLong_FromLongLong(lrc_frozen_until(handle(self), (size_t)group));
}

// is_constant(output, group, from=0)
static PyObject* is_constant(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  Place place;
  int64_t from = 0;
  if (!expect(count, 2, 3, "is_constant(output, group, from)")) return NULL;
  if (!read_place(self, arguments, 2, &place)) return NULL;
  if (count == 3 && !read_step(arguments[2], &from)) return NULL;
  return PyBool_FromLong(
      lrc_is_constant_from(handle(self), (size_t)place.output, (size_t)place.group, from));
}

static PyObject* get_step(PyObject* self, void* unused) {
  (void)unused;
  return PyLong_FromLongLong(lrc_step(handle(self)));
}

static PyObject* get_updates(PyObject* self, void* unused) {
  (void)unused;
  const int64_t updates = lrc_updates(handle(self));
  return updates == INT64_MAX ? Py_NewRef(Py_None) : PyLong_FromLongLong(updates);
}

static PyObject* get_outputs(PyObject* self, void* unused) {
  (void)unused;
  return Py_NewRef(((RunObject*)self)->outputs);
}

// That rules observe.
static PyObject* get_metrics(PyObject* self, void* unused) {
  (void)unused;
  return names_of(metric_name, handle(self), lrc_metrics(handle(self)));
}

static PyObject* get_groups(PyObject* self, void* unused) {
  (void)unused;
  return Py_NewRef(((RunObject*)self)->groups);
}

#define FAST(function) ((PyCFunction)(void (*)(void))(function))
static PyMethodDef methods[] = {{"evaluate", FAST(evaluate), METH_FASTCALL, NULL},
                                {"value", FAST(value), METH_FASTCALL, NULL},
                                {"fill_range", FAST(fill_range), METH_FASTCALL, NULL},
                                {"fill_at", FAST(fill_at), METH_FASTCALL, NULL},
                                {"advance", advance, METH_NOARGS, NULL},
                                {"observe_outcome", FAST(observe), METH_FASTCALL, NULL},
                                {"disagree", FAST(disagree), METH_FASTCALL, NULL},
                                {"next_event", next_event, METH_NOARGS, NULL},
                                {"save", save, METH_NOARGS, NULL},
                                {"load_record", load, METH_VARARGS, NULL},
                                {"save_file", save_file, METH_O, NULL},
                                {"load_record_file", load_file, METH_VARARGS, NULL},
                                {"explain_update", explain, METH_O, NULL},
                                {"get", get, METH_O, NULL},
                                {"group_of_name", group_of_name, METH_O, NULL},
                                {"frozen_until", frozen_until, METH_O, NULL},
                                {"is_constant", FAST(is_constant), METH_FASTCALL, NULL},
                                {NULL, NULL, 0, NULL}};

static PyGetSetDef properties[] = {
    {"step", get_step, NULL, NULL, NULL},       {"updates", get_updates, NULL, NULL, NULL},
    {"outputs", get_outputs, NULL, NULL, NULL}, {"groups", get_groups, NULL, NULL, NULL},
    {"metrics", get_metrics, NULL, NULL, NULL}, {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot slots[] = {{Py_tp_methods, methods},
                              {Py_tp_getset, properties},
                              {Py_tp_call, call},
                              {Py_tp_dealloc, release},
                              {0, NULL}};

PyType_Spec run_spec = {
    "lrc._lrc.Run", sizeof(RunObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
