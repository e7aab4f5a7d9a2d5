// How fast counter-based generators make 32-bit words on one core: the one of the kernels, Threefry4x32
// with 13 rounds, beside ARS and Philox of the same paper (Salmon, Moraes, Dror, Shaw: Parallel random
// numbers: as easy as 1, 2, 3. SC 2011). Compiled and run by noise.py, once for each instruction set.
//
// All of them give what the kernels need: of sixteen elements four words each, sorted by word, so that
// a vector holds the words of one sample. ARS makes the four words of an element side by side; that they
// are put in order is part of its time.

#include <immintrin.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "kernels.h"

#pragma clang diagnostic ignored "-Wpsabi"

#include "levels/vector.inc"
#include "levels/random.inc"

#define VECTORS 16  // of sixteen elements each, for which noise is drawn at a time
#define ATTEMPTS 15
#define CALLS 5000

typedef vu words_of_vector[4];

static void threefry(uint32_t first, const ml_stream *s, words_of_vector *out) {
  for (size_t v = 0; v < VECTORS; v += ABREAST)
    block_vectors(ABREAST, first + v * LANES, s, s->part, out + v);
}

// MARK: ARS: rounds of AES with round keys that form an arithmetic progression

#if REGISTER_LANES == 16
typedef __m512i cipher;
#define WIDE(name) _mm512_##name
#define ELEMENTS 4  // of a register
static cipher four_words(const uint32_t *w) {
  return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)w));
}
static cipher mix(cipher a, cipher b) { return _mm512_xor_si512(a, b); }
static cipher aes_round(cipher x, cipher key) { return _mm512_aesenc_epi128(x, key); }
static cipher last_round(cipher x, cipher key) { return _mm512_aesenclast_epi128(x, key); }
static cipher counters(uint32_t first) {
  return _mm512_add_epi32(
    _mm512_set_epi32(0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0),
    _mm512_maskz_set1_epi32(0x1111, (int)first));
}
#else
typedef __m128i cipher;
#define WIDE(name) _mm_##name
#define ELEMENTS 1
static cipher four_words(const uint32_t *w) { return _mm_loadu_si128((const __m128i *)w); }
static cipher mix(cipher a, cipher b) { return _mm_xor_si128(a, b); }
static cipher aes_round(cipher x, cipher key) { return _mm_aesenc_si128(x, key); }
static cipher last_round(cipher x, cipher key) { return _mm_aesenclast_si128(x, key); }
static cipher counters(uint32_t first) { return _mm_cvtsi32_si128((int)first); }
#endif

static cipher add_keys(cipher a, cipher b) { return WIDE(add_epi64)(a, b); }
static cipher add_counters(cipher a, cipher b) { return WIDE(add_epi32)(a, b); }
// Registers of elements to registers of words; the order of the elements does not matter for speed.
static void sort_words(cipher x[4]) {
  const cipher a = WIDE(unpacklo_epi32)(x[0], x[1]), b = WIDE(unpackhi_epi32)(x[0], x[1]);
  const cipher c = WIDE(unpacklo_epi32)(x[2], x[3]), d = WIDE(unpackhi_epi32)(x[2], x[3]);
  x[0] = WIDE(unpacklo_epi64)(a, c);
  x[1] = WIDE(unpackhi_epi64)(a, c);
  x[2] = WIDE(unpacklo_epi64)(b, d);
  x[3] = WIDE(unpackhi_epi64)(b, d);
}

// Registers whose rounds are computed side by side: what waits for each other takes four cycles.
#define REGISTERS 8

INLINE void ars(int rounds, uint32_t first, const ml_stream *s, words_of_vector *out) {
  static const uint32_t golden[4] = {0x7F4A7C15u, 0x9E3779B9u, 0x84CAA73Bu, 0xBB67AE85u};
  const uint32_t rest[4] = {0, 0, s->step, s->part};
  const cipher weyl = four_words(golden);
  cipher *to = (cipher *)out;
  for (uint32_t i = 0; i < VECTORS * LANES; i += REGISTERS * ELEMENTS, to += REGISTERS) {
    cipher x[REGISTERS], key = four_words(s->key);
#pragma unroll
    for (uint32_t r = 0; r < REGISTERS; r++)
      x[r] = mix(add_counters(counters(first + i + r * ELEMENTS), four_words(rest)), key);
#pragma unroll
    for (int round = 0; round < rounds; round++) {
      key = add_keys(key, weyl);
#pragma unroll
      for (uint32_t r = 0; r < REGISTERS; r++)
        x[r] = round + 1 < rounds ? aes_round(x[r], key) : last_round(x[r], key);
    }
#pragma unroll
    for (uint32_t r = 0; r < REGISTERS; r += 4) {
      sort_words(x + r);
      for (uint32_t j = 0; j < 4; j++) to[r + j] = x[r + j];
    }
  }
}
static void ars5(uint32_t first, const ml_stream *s, words_of_vector *out) { ars(5, first, s, out); }
static void ars7(uint32_t first, const ml_stream *s, words_of_vector *out) { ars(7, first, s, out); }

// MARK: Philox: rounds of multiplications

#if REGISTER_LANES == 16
INLINE void multiply(vu a, uint32_t b, vu *high, vu *low) {
  const __m512i x = (__m512i)a, y = _mm512_set1_epi32((int)b);
  const __m512i even = _mm512_mul_epu32(x, y), odd = _mm512_mul_epu32(_mm512_srli_epi64(x, 32), y);
  *low = (vu)_mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
  *high = (vu)_mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
}
#else
INLINE void multiply(vu a, uint32_t b, vu *high, vu *low) {
  __m256i halves[2], lows[2], highs[2];
  const __m256i y = _mm256_set1_epi32((int)b);
  __builtin_memcpy(halves, &a, sizeof a);
#pragma unroll
  for (int h = 0; h < 2; h++) {
    const __m256i even = _mm256_mul_epu32(halves[h], y);
    const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(halves[h], 32), y);
    lows[h] = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
    highs[h] = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
  }
  __builtin_memcpy(low, lows, sizeof lows);
  __builtin_memcpy(high, highs, sizeof highs);
}
#endif

static void philox7(uint32_t first, const ml_stream *s, words_of_vector *out) {
  for (size_t v = 0; v < VECTORS; v++) {
    uint32_t k0 = s->key[0], k1 = s->key[1];
    vu a = lane_numbers + (uint32_t)(first + v * LANES), b = splat_word(0);
    vu c = splat_word(s->step), d = splat_word(s->part);
#pragma unroll
    for (int round = 0; round < 7; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
      vu high0, low0, high1, low1;
      multiply(a, 0xD2511F53u, &high0, &low0);
      multiply(c, 0xCD9E8D57u, &high1, &low1);
      a = high1 ^ b ^ k0;
      b = low1;
      c = high0 ^ d ^ k1;
      d = low0;
    }
    out[v][0] = a;
    out[v][1] = b;
    out[v][2] = c;
    out[v][3] = d;
  }
}

// MARK: Measurement

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// A dependent addition takes one cycle.
static double cycles_per_second(void) {
  double best = 0;
  for (int i = 0; i < ATTEMPTS; i++) {
    const long count = 4000000;
    unsigned long x = 0;
    const double start = seconds();
    for (long n = 0; n < count; n++) __asm__ volatile("add $1, %0" : "+r"(x));
    const double rate = (double)count / (seconds() - start);
    if (rate > best) best = rate;
  }
  return best;
}

static void measure(
  const char *name, void (*draw)(uint32_t, const ml_stream *, words_of_vector *), double cycles) {
  ml_stream stream = {{1, 2, 3, 4}, 5, 6};
  words_of_vector words[VECTORS] __attribute__((aligned(64)));
  vu sum = {0};
  double best = 1e9;
  for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
    const double start = seconds();
    for (uint32_t call = 0; call < CALLS; call++) {
      draw(call * VECTORS * LANES, &stream, words);
      sum ^= words[call % VECTORS][call % 4];
    }
    const double taken = seconds() - start;
    if (taken < best) best = taken;
  }
  stream.step = sum[0];
  const double count = 4.0 * LANES * VECTORS * CALLS;
  printf(
    "%s\t%.2f\t%.3f\t%08x\n", name, count / (best * cycles), 1e9 * best / count,
    (unsigned)stream.step);
}

int main(void) {
  const double cycles = cycles_per_second();
  measure("Threefry4x32-13", threefry, cycles);
  measure("Philox4x32-7", philox7, cycles);
  measure("ARS-5", ars5, cycles);
  measure("ARS-7", ars7, cycles);
  return 0;
}
