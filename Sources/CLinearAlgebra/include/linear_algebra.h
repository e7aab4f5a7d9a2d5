#pragma once

// OpenBLAS and LAPACKE, loaded when something is first computed. Linked, OpenBLAS would start a
// thread for every core in every process, also in those that only read or write files, and would
// wait for ever, or raise SIGINT, where the system grants no threads or no memory for them.

#include <stdbool.h>
#include <stddef.h>

/// Loads both libraries, OpenBLAS with one thread; may be called often and by several threads.
///
/// Returns NULL, or why they cannot be loaded. Nothing else here may be called before it was.
const char *linear_algebra_load(void);

/// Chooses the kernels of OpenBLAS again, following the variable OPENBLAS_CORETYPE. No product may
/// be under way. Returns false when the library has been built with one set of kernels.
bool openblas_choose_kernels(void);

/// Makes OpenBLAS allocate the memory that products on `threads` threads at the same time work in.
///
/// It would try again for ever if the memory were refused later. Returns false when the system does
/// not grant it.
bool openblas_reserve(int threads);

/// Bytes of address space that `openblas_reserve` asks for per thread.
extern const size_t openblas_reserved_bytes;

const char *openblas_configuration(void);
const char *openblas_core_name(void);
int openblas_parallel_kind(void);
int openblas_threads(void);
void openblas_set_threads(int count);

/// C = alpha op(A) op(B) + beta C, matrices by rows, as `cblas_sgemm` and `cblas_dgemm`.
void openblas_sgemm(
  bool a_transposed, bool b_transposed, int m, int n, int k, float alpha, const float *a,
  int lda, const float *b, int ldb, float beta, float *c, int ldc);
void openblas_dgemm(
  bool a_transposed, bool b_transposed, int m, int n, int k, double alpha, const double *a,
  int lda, const double *b, int ldb, double beta, double *c, int ldc);

/// QR of a matrix by rows, as `LAPACKE_sgeqrf` and `LAPACKE_sorgqr`; returns 0 when all is well.
int lapacke_sgeqrf_rows(int m, int n, float *a, int lda, float *tau);
int lapacke_sorgqr_rows(int m, int n, int k, float *a, int lda, const float *tau);

/// y += op(A) x for an m×n matrix by rows, as `cblas_dgemv`.
void openblas_dgemv(
  bool transposed, int m, int n, const double *a, const double *x, double *y);

/// Eigenvalues, ascending, and eigenvectors of a symmetric matrix, as `LAPACKE_dsyev`: vector j
/// becomes column j of a. Returns 0 when all is well.
int lapacke_dsyev_rows(int n, double *a, double *values);

/// Loads ARPACK, and OpenBLAS before it. Returns NULL, or why it cannot be loaded.
const char *arpack_load(void);

/// The `count` largest eigenvalues, ascending, of a symmetric operator of order n, and their
/// eigenvectors, one behind the other, by ARPACK's implicitly restarted Lanczos iteration with a
/// basis of `basis` vectors; to the precision of the machine.
///
/// count < basis ≤ n. `product` computes y = A x. Returns 0, ARPACK's status (1: no convergence),
/// or -9999 when there is no memory. One iteration runs at a time; others wait.
int arpack_largest(
  int n, int count, int basis, int max_iterations, const double *start,
  void (*product)(void *context, const double *x, double *y), void *context, double *values,
  double *vectors, int *iterations);
