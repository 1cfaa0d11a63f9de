// Writes a run's coming values into the dicts that are an optimizer's parameter groups.

#include <stdbool.h>
#include <string.h>

#include "extension.h"

// One entry of one parameter group: a number, or a pair of numbers (Adam's betas).
typedef struct Target {
  Py_ssize_t group;  // of the optimizer
  PyObject* key;     // interned
  Py_ssize_t
      slots[2];  // of the run's values; [1] is -1 for a number; -1 in a pair: its own number stays
  PyObject* written;  // what stands in the dict, if nobody else wrote
  bool pair;
} Target;

typedef struct WriterObject {
  PyObject_HEAD RunObject* run;
  PyObject* groups;  // tuple of dicts
  size_t slot_count;
  double* values;
  PyObject** numbers;  // of each slot: the float of its value, or NULL
  bool* changed;       // of each slot, by the last read
  size_t target_count;
  Target* targets;
} WriterObject;

// --------------------------------------------------------------------------------------- writing

// The numbers of the coming update. Equal values keep their float, so that a constant is not
// written again.
static int read_values(WriterObject* self) {
  double before;
  double* fresh = PyMem_Malloc(self->slot_count * sizeof *fresh);
  if (fresh == NULL) return PyErr_NoMemory(), -1;
  lrc_values(self->run->run, fresh);
  for (size_t slot = 0; slot < self->slot_count; ++slot) {
    before = self->values[slot];
    self->values[slot] = fresh[slot];
    self->changed[slot] =
        self->numbers[slot] == NULL || memcmp(&before, &fresh[slot], sizeof before) != 0;
    if (!self->changed[slot]) continue;
    Py_XDECREF(self->numbers[slot]);
    self->numbers[slot] = PyFloat_FromDouble(fresh[slot]);
    if (self->numbers[slot] == NULL) break;
  }
  PyMem_Free(fresh);
  return PyErr_Occurred() ? -1 : 0;
}

static PyObject* new_pair(WriterObject* self, const Target* target, PyObject* dict) {
  PyObject* present = PyDict_GetItemWithError(dict, target->key);
  if (present == NULL) return NULL;
  PyObject* pair = PyTuple_New(2);
  for (Py_ssize_t k = 0; pair != NULL && k < 2; ++k) {
    const Py_ssize_t slot = target->slots[k];
    PyObject* item = slot >= 0 ? Py_NewRef(self->numbers[slot]) : PySequence_GetItem(present, k);
    if (item == NULL || PyTuple_SetItem(pair, k, item) < 0) Py_CLEAR(pair);
  }
  return pair;
}

static bool slot_changed(const WriterObject* self, Py_ssize_t slot) {
  return slot >= 0 && self->changed[slot];
}

static int write_target(WriterObject* self, Target* target, bool all) {
  if (!all && !slot_changed(self, target->slots[0]) && !slot_changed(self, target->slots[1]))
    return 0;
  PyObject* dict = PyTuple_GetItem(self->groups, target->group);
  PyObject* item =
      target->pair ? new_pair(self, target, dict) : Py_NewRef(self->numbers[target->slots[0]]);
  if (item == NULL || PyDict_SetItem(dict, target->key, item) < 0) {
    Py_XDECREF(item);
    return -1;
  }
  Py_XDECREF(target->written);
  target->written = item;
  return 0;
}

static PyObject* write_all(WriterObject* self, bool all) {
  if (read_values(self) < 0) return NULL;
  for (size_t k = 0; k < self->target_count; ++k) {
    if (write_target(self, &self->targets[k], all) < 0) return NULL;
  }
  return Py_NewRef(Py_None);
}

// Every target, whatever stands there.
static PyObject* write_values(PyObject* self, PyObject* unused) {
  (void)unused;
  return write_all((WriterObject*)self, true);
}

// An update was applied: the next one's values, where they differ.
static PyObject* advance(PyObject* object, PyObject* unused) {
  (void)unused;
  WriterObject* self = (WriterObject*)object;
  lrc_advance(self->run->run);
  return write_all(self, false);
}

static PyObject* value(PyObject* object, PyObject* number) {
  const WriterObject* self = (const WriterObject*)object;
  const Py_ssize_t slot = PyLong_AsSsize_t(number);
  if (slot == -1 && PyErr_Occurred()) return NULL;
  if (slot < 0 || (size_t)slot >= self->slot_count) {
    PyErr_SetString(PyExc_IndexError, "the run has no such value");
    return NULL;
  }
  return PyFloat_FromDouble(self->values[slot]);
}

// All numbers of the coming update, as lrc_values orders them.
static PyObject* values(PyObject* object, PyObject* unused) {
  (void)unused;
  const WriterObject* self = (const WriterObject*)object;
  PyObject* list = PyList_New((Py_ssize_t)self->slot_count);
  for (size_t slot = 0; list != NULL && slot < self->slot_count; ++slot)
    PyList_SetItem(list, (Py_ssize_t)slot, Py_NewRef(self->numbers[slot]));
  return list;
}

// -------------------------------------------------------------------------------------- conflicts

// 1: what stands there is what was written, or is equal to it. -1 with an exception.
static int unchanged(const Target* target, PyObject* dict) {
  PyObject* present = PyDict_GetItemWithError(dict, target->key);
  if (present == target->written) return 1;
  if (PyErr_Occurred()) return -1;
  if (present == NULL || target->written == NULL) return 0;
  return PyObject_RichCompareBool(present, target->written, Py_EQ);
}

// check(param_groups): None, or which target another hand wrote; -1 when the groups are others.
static PyObject* check(PyObject* object, PyObject* groups) {
  WriterObject* self = (WriterObject*)object;
  const Py_ssize_t count = PyTuple_Size(self->groups);
  if (PyList_Size(groups) != count) return PyErr_Occurred() ? NULL : PyLong_FromLong(-1);
  for (Py_ssize_t k = 0; k < count; ++k) {
    if (PyList_GetItem(groups, k) != PyTuple_GetItem(self->groups, k)) return PyLong_FromLong(-1);
  }
  for (size_t k = 0; k < self->target_count; ++k) {
    const Target* target = &self->targets[k];
    const int same = unchanged(target, PyTuple_GetItem(self->groups, target->group));
    if (same < 0) return NULL;
    if (!same) return PyLong_FromSize_t(k);
  }
  return Py_NewRef(Py_None);
}

// ----------------------------------------------------------------------------------- construction

static bool good_slot(const WriterObject* self, Py_ssize_t slot) {
  return slot >= -1 && slot < (Py_ssize_t)self->slot_count;
}

// (group, key, slot) or (group, key, slot, slot), -1 for a number of a pair that stays.
static bool read_target(WriterObject* self, PyObject* item, Target* target) {
  target->slots[1] = -1;
  PyObject* key;
  if (!PyArg_ParseTuple(item, "nUn|n", &target->group, &key, &target->slots[0], &target->slots[1]))
    return false;
  target->pair = PyTuple_Size(item) == 4;
  target->key = Py_NewRef(key);
  PyUnicode_InternInPlace(&target->key);
  const bool number = target->pair || target->slots[0] >= 0;
  if (number && good_slot(self, target->slots[0]) && good_slot(self, target->slots[1]) &&
      target->group >= 0 && target->group < PyTuple_Size(self->groups) &&
      PyDict_Check(PyTuple_GetItem(self->groups, target->group)))
    return true;
  PyErr_SetString(PyExc_ValueError, "a target names a group or a value that is not there");
  return false;
}

static bool read_targets(WriterObject* self, PyObject* targets) {
  const Py_ssize_t count = PyList_Size(targets);
  self->targets = PyMem_Calloc((size_t)count + 1, sizeof *self->targets);
  self->values = PyMem_Calloc(self->slot_count, sizeof *self->values);
  self->numbers = PyMem_Calloc(self->slot_count, sizeof(PyObject*));
  self->changed = PyMem_Calloc(self->slot_count, sizeof *self->changed);
  if (!self->targets || !self->values || !self->numbers || !self->changed)
    return PyErr_NoMemory(), false;
  for (Py_ssize_t k = 0; k < count; ++k) {
    self->target_count = (size_t)k + 1;
    if (!read_target(self, PyList_GetItem(targets, k), &self->targets[k])) return false;
  }
  return true;
}

// Writer(run, groups: list of dicts, targets: list of tuples)
static PyObject* create(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
  PyObject *run, *groups, *targets;
  (void)keywords;
  if (!PyArg_ParseTuple(arguments, "O!O!O!", run_type, &run, &PyList_Type, &groups, &PyList_Type,
                        &targets))
    return NULL;
  WriterObject* self = (WriterObject*)PyType_GenericAlloc(type, 0);
  if (self == NULL) return NULL;
  self->run = (RunObject*)Py_NewRef(run);
  self->slot_count = lrc_outputs(self->run->run) * lrc_groups(self->run->run);
  self->groups = PyList_AsTuple(groups);
  if (self->groups == NULL || !read_targets(self, targets)) Py_CLEAR(self);
  return (PyObject*)self;
}

static void release(PyObject* object) {
  PyTypeObject* type = Py_TYPE(object);
  WriterObject* self = (WriterObject*)object;
  for (size_t k = 0; k < self->target_count; ++k) {
    Py_XDECREF(self->targets[k].key);
    Py_XDECREF(self->targets[k].written);
  }
  for (size_t k = 0; self->numbers != NULL && k < self->slot_count; ++k)
    Py_XDECREF(self->numbers[k]);
  PyMem_Free(self->targets);
  PyMem_Free(self->values);
  PyMem_Free(self->numbers);
  PyMem_Free(self->changed);
  Py_XDECREF(self->groups);
  Py_XDECREF((PyObject*)self->run);
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
  Py_DECREF(type);
}

static PyMethodDef methods[] = {{"write", write_values, METH_NOARGS, NULL},
                                {"advance", advance, METH_NOARGS, NULL},
                                {"value", value, METH_O, NULL},
                                {"values", values, METH_NOARGS, NULL},
                                {"check", check, METH_O, NULL},
                                {NULL, NULL, 0, NULL}};

static PyType_Slot slots[] = {
    {Py_tp_new, create}, {Py_tp_methods, methods}, {Py_tp_dealloc, release}, {0, NULL}};

PyType_Spec writer_spec = {"lrc._lrc.Writer", sizeof(WriterObject), 0, Py_TPFLAGS_DEFAULT, slots};
