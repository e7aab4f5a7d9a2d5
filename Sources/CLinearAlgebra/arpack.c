#include <arpack/arpack.h>
#include <lazy_library.h>
#include <stdlib.h>
#include <string.h>

#include "linear_algebra.h"
#include "openblas.h"

#define FUNCTIONS(USE) USE(dsaupd_c) USE(dseupd_c)
// The BLAS and LAPACK behind it are those of the library that is loaded already.
LAZY_LIBRARY("libarpack.so.2", RTLD_LOCAL, FUNCTIONS)

const char *arpack_load(void) {
  const char *openblas_problem = openblas_load();
  return openblas_problem ? openblas_problem : load_library();
}

// ARPACK keeps its state in static variables: one iteration at a time in a process.
static pthread_mutex_t iteration = PTHREAD_MUTEX_INITIALIZER;

int arpack_largest(
  int n, int count, int basis, int max_iterations, const double *start,
  void (*product)(void *context, const double *x, double *y), void *context, double *values,
  double *vectors, int *iterations) {
  const int work_length = basis * (basis + 8);
  double *memory =
    calloc((size_t)n * (size_t)(basis + 4) + (size_t)work_length, sizeof *memory);
  int *selected = calloc((size_t)basis, sizeof *selected);
  if (!memory || !selected) {
    free(memory);
    free(selected);
    return -9999;
  }
  double *residual = memory, *workspace = residual + n, *basis_vectors = workspace + 3 * (size_t)n;
  double *work = basis_vectors + (size_t)n * (size_t)basis;
  memcpy(residual, start, (size_t)n * sizeof *start);

  pthread_mutex_lock(&iteration);
  int parameters[11] = {1, 0, max_iterations, 1, 0, 0, 1, 0, 0, 0, 0};
  int pointers[14] = {0};
  int wish = 0, status = 1;  // 1: the start is given
  do {
    loaded.dsaupd_c(
      &wish, "I", n, "LA", count, 0, residual, basis, basis_vectors, n, parameters, pointers,
      workspace, work, work_length, &status);
    if (wish == 1 || wish == -1)
      product(context, workspace + pointers[0] - 1, workspace + pointers[1] - 1);
  } while (wish == 1 || wish == -1);
  *iterations = parameters[2];
  if (status == 0) {
    loaded.dseupd_c(
      1, "A", selected, values, vectors, n, 0, "I", n, "LA", count, 0, residual, basis,
      basis_vectors, n, parameters, pointers, workspace, work, work_length, &status);
  }
  pthread_mutex_unlock(&iteration);
  free(memory);
  free(selected);
  return status;
}
