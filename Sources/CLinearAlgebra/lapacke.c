#include <lapacke.h>
#include <lazy_library.h>

#include "linear_algebra.h"
#include "openblas.h"

#define FUNCTIONS(USE) USE(LAPACKE_sgeqrf) USE(LAPACKE_sorgqr) USE(LAPACKE_dsyev)
LAZY_LIBRARY("liblapacke.so.3", RTLD_LOCAL, FUNCTIONS)

const char *linear_algebra_load(void) {
  const char *openblas_problem = openblas_load();
  return openblas_problem ? openblas_problem : load_library();
}

int lapacke_sgeqrf_rows(int m, int n, float *a, int lda, float *tau) {
  return loaded.LAPACKE_sgeqrf(LAPACK_ROW_MAJOR, m, n, a, lda, tau);
}

int lapacke_sorgqr_rows(int m, int n, int k, float *a, int lda, const float *tau) {
  return loaded.LAPACKE_sorgqr(LAPACK_ROW_MAJOR, m, n, k, a, lda, tau);
}

int lapacke_dsyev_rows(int n, double *a, double *values) {
  return loaded.LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'V', 'U', n, a, n, values);
}
