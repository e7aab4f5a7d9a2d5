// Hot loops of modlab in single precision.
//
// One source (levels/*.inc) is compiled once per instruction-set level; ml_kernels_at_level gives
// the table of one level. Every kernel computes the same bits at every level: no fused
// multiply-add, fixed order of reductions (16 lanes, then lane 0 to 15), IEEE division and square
// root. Only the speed differs.
//
// Arrays hold `n` floats and need no alignment. Arrays written may not overlap arrays read, except
// that an output may be the very same array as an input.

#ifndef MODLAB_KERNELS_H
#define MODLAB_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "activations.h"

/// Instruction-set levels, slowest first.
enum { ML_LEVEL_BASE = 0, ML_LEVEL_V3 = 1, ML_LEVEL_V4 = 2, ML_LEVEL_COUNT = 3 };

/// Threefry4x32 with 13 rounds of one stream: the key, and the counter words 2 and 3.
/// Counter words 0 and 1 hold the 64-bit index of the element or block.
typedef struct {
  uint32_t key[4];
  uint32_t step;
  uint32_t part;
} ml_stream;

/// Constants of one Adam step. Bias corrections are folded in by the caller:
/// step_size = lr / (1 - beta1^t), inverse_root_correction = 1 / sqrt(1 - beta2^t).
typedef struct {
  float step_size;
  float inverse_root_correction;
  float beta1;
  float beta2;
  float epsilon;
  float weight_decay;
  float gradient_offset;  // added to every element first, then multiplied by gradient_scale
  float gradient_scale;
} ml_adam;

typedef struct {
  float learning_rate;
  float momentum;
  float weight_decay;
  float gradient_scale;
  int is_first_step;
} ml_sgd;

/// More samples than this go the way of materialised masks.
enum { ML_MAXIMUM_SAMPLES = 16 };

/// Square patches of images B x H x W x C, which a convolution multiplies; zeros beyond the edges.
/// Kernel and padding are below 2^16. The elements of a patch are ordered by kernel row, kernel column,
/// channel: the pixels of a kernel row lie side by side in the image too.
typedef struct {
  size_t height;
  size_t width;
  size_t channels;
  size_t kernel;
  size_t stride;
  size_t padding;
  size_t out_height;
  size_t out_width;
} ml_patches;

/// The operand of products: a weight of outputs x inputs under masks, `samples` planes of bits, each
/// row padded to full words of sixteen; or, with bits NULL, `samples` weights one after the other.
/// outputs * inputs is below 2^32. With patches, the rows of inputs are not rows of x but the
/// patches of the images x, ordered by image, output row, output column.
typedef struct {
  size_t outputs;
  size_t inputs;
  size_t samples;
  const float *weights;
  const uint16_t *bits;
  const ml_patches *patches;
} ml_weight_matrix;

/// Words of sixteen mask bits per row.
static inline size_t ml_mask_row_words(size_t inputs) { return (inputs + 15) / 16; }

/// `count` contiguous rows of x and of y that one sample maps.
typedef struct {
  size_t sample;
  size_t input_row;
  size_t output_row;
  size_t count;
} ml_row_block;

/// Where the masks of a weight come from: its logits, and the noise. The noise knows the element at a
/// row and a column by the number row_numbers[row] row_length + column_numbers[column], where the
/// numbers of rows and columns count from 0 when NULL; with column_numbers it is below 2^32.
typedef struct {
  const float *logits;
  ml_stream stream;
  size_t row_length;
  const uint32_t *row_numbers;
  const uint32_t *column_numbers;
} ml_masks;

/// Where the gradient of a weight goes, of which dw_k is that of sample k. Without masks:
///   weight_k (+)= dw_k
/// With masks, each unless NULL:
///   weight (+)= sum_k dw_k m_k,   logits (+)= w sum_k dw_k s_k (1 - s_k)
typedef struct {
  const ml_masks *masks;
  float *weight;
  int adds_to_weight;
  float *logits;
  int adds_to_logits;
} ml_weight_gradient;

/// A matrix of rows x columns that is mostly zero: the elements of row r, in the order of their columns,
/// end before ends[r]; their columns and values.
typedef struct {
  size_t rows;
  size_t columns;
  const uint32_t *ends;
  const uint32_t *places;
  const float *values;
} ml_sparse_matrix;

typedef struct {
  const char *name;

  // out = a (op) b, out = s a, y += s x
  void (*add)(size_t n, const float *a, const float *b, float *out);
  void (*subtract)(size_t n, const float *a, const float *b, float *out);
  void (*multiply)(size_t n, const float *a, const float *b, float *out);
  void (*scale)(size_t n, float s, const float *a, float *out);
  void (*add_scaled)(size_t n, float s, const float *x, float *y);

  // y = activation of x
  void (*activate)(ml_activation activation, size_t n, const float *x, float *y);
  // dx (+)= the gradient. Of an activation whose gradient uses only one of x and y, the other may
  // be any n floats.
  void (*activation_gradient)(
    ml_activation activation, size_t n, const float *x, const float *y, const float *dy, float *dx,
    int adds);

  // y = the transposes of `count` matrices of rows x columns that follow each other
  void (*transpose)(size_t count, size_t rows, size_t columns, const float *x, float *y);

  // Reductions accumulate in double.
  double (*sum)(size_t n, const float *x);
  double (*sum_of_squares)(size_t n, const float *x, float offset);  // of x + offset
  int (*is_finite)(size_t n, const float *x);

  // Matrices of rows x columns.
  void (*add_row_vector)(size_t rows, size_t columns, const float *v, float *x);
  void (*sum_rows)(size_t rows, size_t columns, const float *x, float *out, int adds);
  // y = softmax of each row; log_sum[r] = log of the sum of exponentials of row r (may be NULL).
  void (*softmax_rows)(size_t rows, size_t columns, const float *x, float *y, float *log_sum);

  // Optimisers; parameters and moments are updated in place.
  void (*adam)(size_t n, const ml_adam *c, const float *g, float *p, float *m, float *v);
  void (*sgd)(size_t n, const ml_sgd *c, const float *g, float *p, float *velocity);

  // Random numbers: element i is word i % 4 of block i / 4.
  void (*uniform)(size_t n, const ml_stream *s, float low, float high, float *out);

  // Masks (Gumbel-sigmoid in the one-uniform form). Sample k of weight i uses word k % 4 of the
  // block with index i, k / 4 parts after the stream's. out and dw hold `samples` arrays, `stride`
  // floats apart.
  //   out_k[i] = w[i] m_k[i]
  void (*mask_sample)(
    size_t n, const float *logits, const float *w, size_t samples, const ml_stream *s, float *out,
    size_t stride);
  // The gradients of masked weights of rows x columns from dw_k.
  void (*mask_gradient)(
    size_t rows, size_t columns, const float *w, size_t samples, const float *dw, size_t stride,
    const ml_weight_gradient *to);
  // The masks of a weight of rows x columns as bits; see ml_weight_matrix.
  void (*mask_bits)(
    size_t rows, size_t columns, size_t samples, const ml_masks *masks, uint16_t *bits);

  // Products with a weight or with samples of it, for blocks of rows. Unlike the other kernels, these
  // use fused multiply-adds where the level has them. Floats of workspace that they ask for:
  size_t (*product_workspace)(
    const ml_weight_matrix *m, size_t count, const ml_row_block *blocks);
  // y (+)= x w^T, x being rows or patches
  void (*product)(
    const ml_weight_matrix *m, size_t count, const ml_row_block *blocks, const float *x, float *y,
    int adds, float *workspace);
  // dx (+)= dy w; of patches, each element is added to the pixel of dx that it came from, and dx
  // must hold numbers: adds is taken for granted.
  void (*input_gradient)(
    const ml_weight_matrix *m, size_t count, const ml_row_block *blocks, const float *dy, float *dx,
    int adds, float *workspace);
  // dw_k = dy^T x over the rows of sample k, x being rows or patches, or what follows from it.
  void (*weight_gradient)(
    const ml_weight_matrix *m, size_t count, const ml_row_block *blocks, const float *x,
    const float *dy, const ml_weight_gradient *to, float *workspace);
  // y = a x for `slices` matrices x of as many rows as a has columns, `width` numbers each.
  void (*sparse_product)(
    const ml_sparse_matrix *a, size_t slices, size_t width, const float *x, float *y);

  // One step of an LSTM layer for `rows` sequences. gates: rows x 4 units in the order i, f, g, o;
  // before the call the recurrent products, to which projection (rows x 4 units, or NULL) and bias
  // (4 units, or NULL) are added, after it the activated gates. previous: the cells before the
  // step, NULL for zeros; may be the same as cells.
  void (*lstm_forward)(
    size_t rows, size_t units, float *gates, const float *projection, const float *bias,
    const float *previous, float *cells, float *tanh_cells, float *hidden);
  // dcells: in, the gradient from later steps; out, that for the previous cells. The gradient of
  // the hidden rows is dhidden + dhidden_later.
  void (*lstm_backward)(
    size_t rows, size_t units, const float *gates, const float *previous, const float *tanh_cells,
    const float *dhidden, const float *dhidden_later, float *dcells, float *dgates);

  // y = gamma (x - mean) / (std + epsilon) + beta with the unbiased std; columns >= 2. stats: three
  // numbers per row for the gradient functions, of which the second adds to dgamma and dbeta.
  void (*layer_norm)(
    size_t rows, size_t columns, const float *x, const float *gamma, const float *beta,
    float epsilon, float *y, float *stats);
  void (*layer_norm_gradient)(
    size_t rows, size_t columns, const float *x, const float *stats, const float *gamma,
    const float *dy, float *dx, int adds);
  void (*layer_norm_parameter_gradient)(
    size_t rows, size_t columns, const float *x, const float *stats, const float *dy,
    float *dgamma, float *dbeta);

  // Patches as rows: one for every output pixel.
  void (*image_columns)(const ml_patches *p, size_t images, const float *x, float *columns);
  // The adjoint: adds every element to the pixel that it came from.
  void (*add_image_columns)(const ml_patches *p, size_t images, const float *columns, float *x);

  // The largest of every 2 x 2 pixels, a last odd row or column left out; the gradient goes to the
  // first of equals.
  void (*max_pool)(
    size_t images, size_t height, size_t width, size_t channels, const float *x, float *y);
  void (*max_pool_gradient)(
    size_t images, size_t height, size_t width, size_t channels, const float *x, const float *dy,
    float *dx, int adds);

  // x = 0 where x < bound, value elsewhere: factors of dropout from uniform numbers
  void (*threshold)(size_t n, float bound, float value, float *x);

  // Columns of a matrix: mean and variance (over rows, not rows - 1).
  void (*channel_moments)(
    size_t rows, size_t columns, const float *x, float *mean, float *variance);
  // y = z gamma + beta with z = (x - mean) inverse
  void (*normalize_channels)(
    size_t rows, size_t columns, const float *x, const float *mean, const float *inverse,
    const float *gamma, const float *beta, float *y);
  // dgamma = sum of dy z, dbeta = sum of dy
  void (*channel_gradients)(
    size_t rows, size_t columns, const float *x, const float *mean, const float *inverse,
    const float *dy, float *dgamma, float *dbeta);
  // dx (+)= scale dy - shift - (x - mean) tilt
  void (*normalize_channels_gradient)(
    size_t rows, size_t columns, const float *x, const float *mean, const float *scale,
    const float *shift, const float *tilt, const float *dy, float *dx, int adds);
} ml_kernels;

/// The kernel table of a level, or NULL when this processor cannot run it.
const ml_kernels *ml_kernels_at_level(int level);

/// One Threefry4x32-13 block (Salmon et al., SC 2011), for single draws and tests.
void ml_threefry(const uint32_t counter[4], const uint32_t key[4], uint32_t out[4]);

/// Whether denormal results and operands become zero in the calling thread from now on (FTZ and
/// DAZ). Without it Adam on decayed moments is up to 60 times slower.
void ml_set_flushes_denormals(int flushes);

/// Whether denormals are flushed in the calling thread.
int ml_flushes_denormals(void);

/// Fused multiply-adds of one core at the highest level, in GFLOP per second of the calling thread's
/// CPU time: the best of five attempts of twelve million vector instructions each.
double ml_peak_gflops(void);

/// Instruction-set features of interest, as a static text such as "avx2 fma avx512f".
const char *ml_cpu_features(void);

#endif
