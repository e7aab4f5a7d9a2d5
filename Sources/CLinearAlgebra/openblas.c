#include "openblas.h"

#if __has_include(<cblas-openblas.h>)
// Under this name Debian has OpenBLAS's header even when <cblas.h> is that of another library.
#include <cblas-openblas.h>
#else
#include <cblas.h>
#endif
#include <lazy_library.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "linear_algebra.h"

#define FUNCTIONS(USE)                                                                            \
  USE(cblas_sgemm) USE(cblas_dgemm) USE(cblas_dgemv) USE(openblas_get_config) USE(openblas_get_corename)           \
  USE(openblas_get_parallel) USE(openblas_get_num_threads) USE(openblas_set_num_threads)
// LAPACKE, and the LAPACK behind it, take the functions of this library.
LAZY_LIBRARY("libopenblas.so.0", RTLD_GLOBAL, FUNCTIONS)

const char *openblas_load(void) {
  // One thread is the rule, since the number of threads changes bits; and further threads would be
  // started at once, whether or not they are needed.
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  setenv("OMP_NUM_THREADS", "1", 1);
  return load_library();
}

// Exported, but declared in no header.
typedef void (*choose_function)(void);
typedef void *(*allocate_function)(int);
typedef void (*free_function)(void *);

bool openblas_choose_kernels(void) {
  choose_function quit = (choose_function)dlsym(RTLD_DEFAULT, "gotoblas_dynamic_quit");
  choose_function init = (choose_function)dlsym(RTLD_DEFAULT, "gotoblas_dynamic_init");
  if (!quit || !init) return false;
  quit();
  init();
  return true;
}

// OpenBLAS takes 128 MiB or less per thread, aligned to 2 MiB.
const size_t openblas_reserved_bytes = (size_t)130 << 20;

bool openblas_reserve(int threads) {
  allocate_function allocate = (allocate_function)dlsym(RTLD_DEFAULT, "blas_memory_alloc");
  free_function release = (free_function)dlsym(RTLD_DEFAULT, "blas_memory_free");
  void **buffers = calloc((size_t)threads, sizeof *buffers);
  int count = 0;
  bool is_granted = buffers != NULL;
  while (is_granted && count < threads) {
    void *probe = mmap(
      NULL, openblas_reserved_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    is_granted = probe != MAP_FAILED;
    if (!is_granted) break;
    munmap(probe, openblas_reserved_bytes);
    if (!allocate || !release) break;
    buffers[count++] = allocate(1);
  }
  // What was freed stays with the library, for the next product.
  while (count > 0) release(buffers[--count]);
  free(buffers);
  return is_granted;
}

const char *openblas_configuration(void) { return loaded.openblas_get_config(); }
const char *openblas_core_name(void) { return loaded.openblas_get_corename(); }
int openblas_parallel_kind(void) { return loaded.openblas_get_parallel(); }
int openblas_threads(void) { return loaded.openblas_get_num_threads(); }
void openblas_set_threads(int count) { loaded.openblas_set_num_threads(count); }

void openblas_sgemm(
  bool a_transposed, bool b_transposed, int m, int n, int k, float alpha, const float *a,
  int lda, const float *b, int ldb, float beta, float *c, int ldc) {
  loaded.cblas_sgemm(
    CblasRowMajor, a_transposed ? CblasTrans : CblasNoTrans,
    b_transposed ? CblasTrans : CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void openblas_dgemm(
  bool a_transposed, bool b_transposed, int m, int n, int k, double alpha, const double *a,
  int lda, const double *b, int ldb, double beta, double *c, int ldc) {
  loaded.cblas_dgemm(
    CblasRowMajor, a_transposed ? CblasTrans : CblasNoTrans,
    b_transposed ? CblasTrans : CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void openblas_dgemv(
  bool transposed, int m, int n, const double *a, const double *x, double *y) {
  loaded.cblas_dgemv(
    CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, m, n, 1, a, n, x, 1, 1, y, 1);
}
