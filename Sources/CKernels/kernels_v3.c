// x86-64-v3: AVX2.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include "kernels.h"
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define REGISTER_LANES 8
#define LEVEL_TABLE ml_kernels_v3
#define LEVEL_NAME "v3"
#include "levels/table.inc"
#pragma clang attribute pop
#endif
