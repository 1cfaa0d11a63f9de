// The functions of arithmetic.h from their definition; nothing else is here.

#include "arithmetic.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif
#define LRC1_FUNCTION extern "C"
#include "lrc1.h"
