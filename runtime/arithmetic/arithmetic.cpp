// The functions of arithmetic.h from their definition; nothing else is here.

#include "arithmetic.h"

#define LRC1_FUNCTION extern "C"
#include "lrc1.h"
