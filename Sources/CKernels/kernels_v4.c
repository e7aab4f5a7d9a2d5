// x86-64-v4: AVX-512. The feature list instead of "arch=x86-64-v4" makes the compiler use full
// registers.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include "kernels.h"
#pragma clang attribute push(                                                                     \
  __attribute__((target("avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx2,fma,bmi,bmi2,lzcnt"))), \
  apply_to = function)
#define REGISTER_LANES 16
#define LEVEL_TABLE ml_kernels_v4
#define LEVEL_NAME "v4"
#include "levels/table.inc"
#pragma clang attribute pop
#endif
