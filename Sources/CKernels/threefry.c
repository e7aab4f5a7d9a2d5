// Scalar form of the generator in levels/random.inc, for single draws.
#include "kernels.h"

static uint32_t rotate(uint32_t x, int r) { return (x << r) | (x >> (32 - r)); }

void ml_threefry(const uint32_t counter[4], const uint32_t key[4], uint32_t out[4]) {
  static const int rotation[8][2] = {
    {10, 26}, {11, 21}, {13, 27}, {23, 5}, {6, 20}, {17, 11}, {25, 10}, {18, 20}};
  const uint32_t schedule[5] = {
    key[0], key[1], key[2], key[3], 0x1BD11BDAu ^ key[0] ^ key[1] ^ key[2] ^ key[3]};
  uint32_t x[4];
  for (int j = 0; j < 4; j++) x[j] = counter[j] + schedule[j];
  for (int round = 0; round < 13; round++) {
    const int *r = rotation[round % 8];
    const int first = round % 2 == 0 ? 1 : 3;
    x[0] += x[first];
    x[first] = rotate(x[first], r[0]) ^ x[0];
    x[2] += x[4 - first];
    x[4 - first] = rotate(x[4 - first], r[1]) ^ x[2];
    if (round % 4 == 3) {
      const uint32_t injection = (uint32_t)(round / 4 + 1);
      for (uint32_t j = 0; j < 4; j++) x[j] += schedule[(injection + j) % 5];
      x[3] += injection;
    }
  }
  for (int j = 0; j < 4; j++) out[j] = x[j];
}
