// lld sets all of LLVM's targets up, for optimisation at link time, which nobody asks of it here.
// Those that this library goes without do nothing, so that they need not be linked.

#define LRC_ABSENT(target)                                \
  extern "C" void LLVMInitialize##target##TargetInfo();   \
  extern "C" void LLVMInitialize##target##Target();       \
  extern "C" void LLVMInitialize##target##TargetMC();     \
  extern "C" void LLVMInitialize##target##AsmPrinter();   \
  extern "C" void LLVMInitialize##target##AsmParser();    \
  extern "C" void LLVMInitialize##target##TargetInfo() {} \
  extern "C" void LLVMInitialize##target##Target() {}     \
  extern "C" void LLVMInitialize##target##TargetMC() {}   \
  extern "C" void LLVMInitialize##target##AsmPrinter() {} \
  extern "C" void LLVMInitialize##target##AsmParser() {}

LRC_ABSENT(AMDGPU)
LRC_ABSENT(ARM)
LRC_ABSENT(AVR)
LRC_ABSENT(BPF)
LRC_ABSENT(Hexagon)
LRC_ABSENT(Lanai)
LRC_ABSENT(LoongArch)
LRC_ABSENT(M68k)
LRC_ABSENT(MSP430)
LRC_ABSENT(Mips)
LRC_ABSENT(PowerPC)
LRC_ABSENT(RISCV)
LRC_ABSENT(Sparc)
LRC_ABSENT(SystemZ)
LRC_ABSENT(VE)
LRC_ABSENT(WebAssembly)
LRC_ABSENT(XCore)
LRC_ABSENT(Xtensa)
