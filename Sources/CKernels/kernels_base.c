// The level that every processor of the architecture runs (SSE2 on x86-64, NEON on arm64).
#define REGISTER_LANES 4
#define LEVEL_TABLE ml_kernels_base
#define LEVEL_NAME "base"
#include "levels/table.inc"
