"""A kernel of a user's that calls lrc_eval, linked with a policy's code by the driver, against the run on the host."""
import ctypes
import struct

from driver import Driver
from part import Result
from schedule import Library

TITLE = "a user's own kernel calls lrc_eval"
EVERY, LAST = 9973, 1_000_000  # steps that are looked at; a prime, so that no cycle hides

# What nvcc makes of a kernel that stores NAME_eval(step, slot, 0).
KERNEL = """.version 7.8
.target sm_75
.address_size 64
.extern .func (.param .b64 result) NAME_eval(.param .b64 step, .param .b32 slot, .param .b64 factors);
.visible .entry KERNEL(.param .u64 out, .param .u64 step, .param .u32 slot)
{
  .reg .b32 %r<2>;
  .reg .b64 %rd<4>;
  .reg .f64 %fd<2>;
  ld.param.u64 %rd1, [out];
  ld.param.u64 %rd2, [step];
  ld.param.u32 %r1, [slot];
  mov.u64 %rd3, 0;
  {
  .param .b64 param0;
  .param .b32 param1;
  .param .b64 param2;
  .param .b64 retval0;
  st.param.b64 [param0], %rd2;
  st.param.b32 [param1], %r1;
  st.param.b64 [param2], %rd3;
  call (retval0), NAME_eval, (param0, param1, param2);
  ld.param.f64 %fd1, [retval0];
  }
  st.global.f64 [%rd1], %fd1;
  ret;
}
"""


def kernel(name, policy="lrc"):
    return KERNEL.replace("KERNEL", name).replace("NAME", policy)


def host_values(library, artifact):
    """By steps: the bits of all slots, where no rule has fired."""
    run = library.run(artifact)
    values = (ctypes.c_double * run.slots)()
    for step in range(LAST):
        if step % EVERY == 0:
            library.lrc_values(run.handle, values)
            yield step, bytes(values)
        library.lrc_advance(run.handle)


def run(place):
    driver, result = Driver(), Result()
    module = driver.linked(kernel("mine", "replay"), place.file("replay.ptx").read_text())
    mine, out = driver.kernel(module, "mine"), driver.allocate(8)
    compared = wrong = 0
    for step, values in host_values(Library(place.prepared), place.file("replay.lrpc")):
        for slot, (wanted,) in enumerate(struct.iter_unpack("8s", values)):
            driver.launch(mine, [out, ctypes.c_int64(step), ctypes.c_uint32(slot)])
            driver.synchronize()
            compared, wrong = compared + 1, wrong + (driver.to_host(out, 8) != wanted)
    result.figure("values that the kernel was given", f"{compared:,}, {wrong:,} with other bits than the host's")
    result.claim("the bits of the host", compared > 0 and wrong == 0)
    return result
