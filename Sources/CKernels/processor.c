// What this processor can do, and the floating-point mode of the calling thread.
#define _GNU_SOURCE
#include <string.h>
#include <time.h>

#include "kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

extern const ml_kernels ml_kernels_base;
#if defined(__x86_64__)
extern const ml_kernels ml_kernels_v3;
extern const ml_kernels ml_kernels_v4;
#endif

#if defined(__x86_64__)
// What the levels of the x86-64 ABI ask for beyond the previous one, as far as a processor has it without the
// rest: clang learned the names of the levels later than those of the features.
static int supports_v3(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}
static int supports_v4(void) {
  return supports_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
}
#endif

const ml_kernels *ml_kernels_at_level(int level) {
  switch (level) {
    case ML_LEVEL_BASE:
      return &ml_kernels_base;
#if defined(__x86_64__)
    case ML_LEVEL_V3:
      return supports_v3() ? &ml_kernels_v3 : NULL;
    case ML_LEVEL_V4:
      return supports_v4() ? &ml_kernels_v4 : NULL;
#endif
    default:
      return NULL;
  }
}

void ml_set_flushes_denormals(int flushes) {
#if defined(__x86_64__)
  const unsigned bits = 0x8040;  // flush-to-zero (bit 15), denormals-are-zero (bit 6)
  _mm_setcsr(flushes ? _mm_getcsr() | bits : _mm_getcsr() & ~bits);
#elif defined(__aarch64__)
  const uint64_t bit = 1ull << 24;
  uint64_t control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  control = flushes ? control | bit : control & ~bit;
  __asm__ volatile("msr fpcr, %0" : : "r"(control));
#else
  (void)flushes;
#endif
}

int ml_flushes_denormals(void) {
#if defined(__x86_64__)
  return (_mm_getcsr() & 0x8040) == 0x8040;
#elif defined(__aarch64__)
  uint64_t control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  return (control >> 24) & 1;
#else
  return 0;
#endif
}

const char *ml_cpu_features(void) {
  static char text[160];
  text[0] = 0;
#if defined(__x86_64__)
#define FEATURE(name) \
  if (__builtin_cpu_supports(name)) strcat(text, text[0] ? " " name : name)
  FEATURE("sse4.2");
  FEATURE("avx");
  FEATURE("avx2");
  FEATURE("fma");
  FEATURE("avx512f");
  FEATURE("avx512bw");
  FEATURE("avx512dq");
  FEATURE("avx512vl");
  FEATURE("avx512vbmi");
  FEATURE("avx512bf16");
#elif defined(__aarch64__)
  strcpy(text, "neon");
#endif
  return text;
}

// Twelve independent chains of fused multiply-adds hide the latency of the unit.
#if defined(__x86_64__)
#define PEAK_LOOP(NAME, TARGET, TYPE, SET, FMA, LANE_COUNT)                              \
  __attribute__((target(TARGET))) static double NAME(long rounds, volatile float *sink) { \
    TYPE a[12], x = SET(0.999999f), y = SET(1e-9f);                                      \
    for (int j = 0; j < 12; j++) a[j] = SET((float)j);                                   \
    for (long r = 0; r < rounds; r++) {                                                  \
      _Pragma("unroll") for (int j = 0; j < 12; j++) a[j] = FMA(a[j], x, y);             \
    }                                                                                    \
    float total = 0;                                                                     \
    for (int j = 0; j < 12; j++) total += ((float *)&a[j])[0];                           \
    *sink = total;                                                                       \
    return 2.0 * 12 * LANE_COUNT * (double)rounds;                                       \
  }
PEAK_LOOP(peak_v4, "avx512f", __m512, _mm512_set1_ps, _mm512_fmadd_ps, 16)
PEAK_LOOP(peak_v3, "avx2,fma", __m256, _mm256_set1_ps, _mm256_fmadd_ps, 8)
#endif

static double peak_base(long rounds, volatile float *sink) {
  typedef float v4 __attribute__((vector_size(16)));
  v4 a[12], x = {0.999999f, 0.999999f, 0.999999f, 0.999999f}, y = {1e-9f, 1e-9f, 1e-9f, 1e-9f};
  for (int j = 0; j < 12; j++) a[j] = x;
  for (long r = 0; r < rounds; r++)
    for (int j = 0; j < 12; j++) a[j] = a[j] * x + y;
  float total = 0;
  for (int j = 0; j < 12; j++) total += a[j][0];
  *sink = total;
  return 2.0 * 12 * 4 * (double)rounds;
}

// Time of the calling thread alone, so that other work on the machine does not make it look slow.
static double thread_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double ml_peak_gflops(void) {
  double (*loop)(long, volatile float *) = peak_base;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f"))
    loop = peak_v4;
  else if (__builtin_cpu_supports("fma"))
    loop = peak_v3;
#endif
  volatile float sink;
  double best = 0;
  for (int attempt = 0; attempt < 5; attempt++) {
    const double start = thread_seconds();
    const double operations = loop(1000000, &sink);
    const double seconds = thread_seconds() - start;
    if (seconds > 0 && operations / seconds > best) best = operations / seconds;
  }
  return best / 1e9;
}
