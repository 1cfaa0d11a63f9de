// A schedule in the memory of a GPU (lrc_cuda.h). Streams and addresses are integers, as torch and
// CuPy give them.

#include <stdbool.h>
#include <string.h>

#include "extension.h"
#include "runtime/abi/lrc_cuda.h"

typedef struct DeviceObject {
  PyObject_HEAD lrc_device* device;
} DeviceObject;

static lrc_device* handle(PyObject* self) { return ((DeviceObject*)self)->device; }

static bool read_stream(PyObject* number, void** stream) {
  *stream = PyLong_AsVoidPtr(number);
  return *stream != NULL || !PyErr_Occurred();
}

static PyObject* done(lrc_status status) {
  return status == LRC_FINE ? Py_NewRef(Py_None) : raise_status(status);
}

// ----------------------------------------------------------------------------------- construction

static PyObject* opened(PyObject* type, RunObject* run, const lrc_device_options* options) {
  lrc_device* device = NULL;
  lrc_status status;
  Py_BEGIN_ALLOW_THREADS status = lrc_device_open(run->run, options, &device);
  Py_END_ALLOW_THREADS if (status != LRC_FINE) return raise_status(status);
  DeviceObject* self = (DeviceObject*)PyType_GenericAlloc((PyTypeObject*)type, 0);
  if (self == NULL) {
    lrc_device_close(device);
    return NULL;
  }
  self->device = device;
  return (PyObject*)self;
}

// open(run, device, found_inf, samples, tokens, events)
static PyObject* open_device(PyObject* type, PyObject* arguments) {
  PyObject* run;
  unsigned long long found_inf;
  long long samples, tokens;
  Py_ssize_t events;
  lrc_device_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  if (!PyArg_ParseTuple(arguments, "O!iKLLn", run_type, &run, &options.device, &found_inf, &samples,
                        &tokens, &events))
    return NULL;
  if (events < 0) {
    PyErr_SetString(PyExc_ValueError, "events is a number of events, not below 0");
    return NULL;
  }
  options.found_inf = found_inf;
  options.samples = samples;
  options.tokens = tokens;
  options.events = (size_t)events;
  return opened(type, (RunObject*)run, &options);
}

static void release(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  lrc_device_close(handle(self));
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

// ----------------------------------------------------------------------------------------- updates

static PyObject* update(PyObject* self, PyObject* number) {
  void* stream;
  if (!read_stream(number, &stream)) return NULL;
  return done(lrc_device_update(handle(self), stream));
}

typedef lrc_status (*Move)(lrc_device* device, lrc_run* run, void* stream);

static lrc_status push_run(lrc_device* device, lrc_run* run, void* stream) {
  return lrc_device_push(device, run, stream);
}

// move(run, stream)
static PyObject* moved(PyObject* self, PyObject* arguments, Move move) {
  PyObject *run, *number;
  void* stream;
  if (!PyArg_ParseTuple(arguments, "O!O", run_type, &run, &number)) return NULL;
  if (!read_stream(number, &stream)) return NULL;
  lrc_status status;
  Py_BEGIN_ALLOW_THREADS status = move(handle(self), ((RunObject*)run)->run, stream);
  Py_END_ALLOW_THREADS return done(status);
}

static PyObject* pull(PyObject* self, PyObject* arguments) {
  return moved(self, arguments, lrc_device_pull);
}

static PyObject* push(PyObject* self, PyObject* arguments) {
  return moved(self, arguments, push_run);
}

// ----------------------------------------------------------------------------- addresses, events

// address(place, index)
static PyObject* address(PyObject* self, PyObject* arguments) {
  int place;
  Py_ssize_t index;
  if (!PyArg_ParseTuple(arguments, "in", &place, &index)) return NULL;
  const uint64_t found =
      index < 0 ? 0 : lrc_device_address(handle(self), (lrc_device_place)place, (size_t)index);
  if (found != 0) return PyLong_FromUnsignedLongLong(found);
  PyErr_Format(PyExc_IndexError, "the schedule has no place %d with an entry %zd", place, index);
  return NULL;
}

static size_t next_line(const void* self, size_t unused, char* buffer, size_t size) {
  (void)unused;
  return lrc_device_next_event((lrc_device*)self, buffer, size);
}

// An event that does not fit stays: asked with no room at all, it tells its size.
static PyObject* next_event(PyObject* self, PyObject* unused) {
  (void)unused;
  PyObject* line = text_of(next_line, handle(self), 0);
  if (line == NULL || PyUnicode_GetLength(line) > 0) return line;
  Py_DECREF(line);
  return Py_NewRef(Py_None);
}

// agreement(stream)
static PyObject* agreement(PyObject* self, PyObject* number) {
  void* stream;
  if (!read_stream(number, &stream)) return NULL;
  size_t size = lrc_device_agreement(handle(self), stream, NULL, 0);
  if (size == 0) return raise_status(LRC_ENVIRONMENT);
  char* buffer = PyMem_Malloc(size + 1);
  if (buffer == NULL) return PyErr_NoMemory();
  const size_t written = lrc_device_agreement(handle(self), stream, buffer, size + 1);
  PyObject* text = written == 0 ? raise_status(LRC_ENVIRONMENT)
                                : PyUnicode_DecodeUTF8(buffer, (Py_ssize_t)size, "replace");
  PyMem_Free(buffer);
  return text;
}

static size_t origin_text(const void* self, size_t unused, char* buffer, size_t size) {
  (void)unused;
  return lrc_device_origin(self, buffer, size);
}

static PyObject* get_origin(PyObject* self, void* unused) {
  (void)unused;
  return text_of(origin_text, handle(self), 0);
}

static PyMethodDef methods[] = {{"open", open_device, METH_VARARGS | METH_CLASS, NULL},
                                {"update", update, METH_O, NULL},
                                {"pull", pull, METH_VARARGS, NULL},
                                {"push", push, METH_VARARGS, NULL},
                                {"address", address, METH_VARARGS, NULL},
                                {"next_event", next_event, METH_NOARGS, NULL},
                                {"agreement", agreement, METH_O, NULL},
                                {NULL, NULL, 0, NULL}};

static PyGetSetDef properties[] = {{"origin", get_origin, NULL, NULL, NULL},
                                   {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot slots[] = {
    {Py_tp_methods, methods}, {Py_tp_getset, properties}, {Py_tp_dealloc, release}, {0, NULL}};

PyType_Spec device_spec = {"lrc._lrc.Device", sizeof(DeviceObject), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
