#include "png_reader.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <lazy_library.h>

#define FUNCTIONS(USE)                                                                            \
  USE(png_create_read_struct) USE(png_create_info_struct) USE(png_destroy_read_struct)            \
  USE(png_set_read_fn) USE(png_get_io_ptr) USE(png_get_error_ptr) USE(png_error)                  \
  USE(png_set_user_limits) USE(png_set_chunk_malloc_max) USE(png_set_chunk_cache_max)             \
  USE(png_read_info) USE(png_read_update_info) USE(png_read_row) USE(png_read_end)                \
  USE(png_get_image_width) USE(png_get_image_height) USE(png_get_bit_depth)                       \
  USE(png_get_channels) USE(png_get_rowbytes) USE(png_set_expand) USE(png_set_interlace_handling)
LAZY_LIBRARY("libpng16.so.16", RTLD_LOCAL, FUNCTIONS)

const char *png_reader_load(void) { return load_library(); }

// Rows and columns of an image, and bytes that a chunk besides the pixels may ask for.
enum { LARGEST_SIDE = 16384, LARGEST_CHUNK = 1 << 20, MOST_CHUNKS = 100 };

struct png_reader {
  png_structp png;
  png_infop info;
  const uint8_t *bytes;
  size_t count;
  size_t place;
  int passes;
  jmp_buf jump;
  char message[128];
};

static void fail(png_structp png, png_const_charp message) {
  struct png_reader *reader = loaded.png_get_error_ptr(png);
  strncpy(reader->message, message, sizeof reader->message - 1);
  longjmp(reader->jump, 1);
}

// What libpng warns of changes no pixel.
static void ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void supply(png_structp png, png_bytep bytes, size_t count) {
  struct png_reader *reader = loaded.png_get_io_ptr(png);
  if (count > reader->count - reader->place) loaded.png_error(png, "the file ends early");
  memcpy(bytes, reader->bytes + reader->place, count);
  reader->place += count;
}

struct png_reader *png_reader_open(const uint8_t *bytes, size_t count) {
  struct png_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  reader->bytes = bytes;
  reader->count = count;
  if (setjmp(reader->jump) == 0) {
    reader->png = loaded.png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, fail, ignore);
    if (reader->png) reader->info = loaded.png_create_info_struct(reader->png);
  }
  if (!reader->info) {
    png_reader_close(reader);
    return NULL;
  }
  return reader;
}

void png_reader_close(struct png_reader *reader) {
  if (reader->png) loaded.png_destroy_read_struct(&reader->png, &reader->info, NULL);
  free(reader);
}

const char *png_reader_begin(struct png_reader *reader, png_reader_header *header) {
  if (setjmp(reader->jump)) return reader->message;
  png_structp png = reader->png;
  loaded.png_set_read_fn(png, reader, supply);
  loaded.png_set_user_limits(png, LARGEST_SIDE, LARGEST_SIDE);
  loaded.png_set_chunk_malloc_max(png, LARGEST_CHUNK);
  loaded.png_set_chunk_cache_max(png, MOST_CHUNKS);
  loaded.png_read_info(png, reader->info);
  header->bits = loaded.png_get_bit_depth(png, reader->info);
  // Palettes become colours, one to four bits eight, and a transparent colour a channel.
  loaded.png_set_expand(png);
  reader->passes = loaded.png_set_interlace_handling(png);
  loaded.png_read_update_info(png, reader->info);
  header->width = loaded.png_get_image_width(png, reader->info);
  header->height = loaded.png_get_image_height(png, reader->info);
  header->channels = loaded.png_get_channels(png, reader->info);
  return NULL;
}

const char *png_reader_finish(struct png_reader *reader, uint8_t *pixels) {
  if (setjmp(reader->jump)) return reader->message;
  png_structp png = reader->png;
  size_t stride = loaded.png_get_rowbytes(png, reader->info);
  uint32_t height = loaded.png_get_image_height(png, reader->info);
  for (int pass = 0; pass < reader->passes; pass++)
    for (uint32_t row = 0; row < height; row++)
      loaded.png_read_row(png, pixels + row * stride, NULL);
  loaded.png_read_end(png, NULL);
  return NULL;
}
