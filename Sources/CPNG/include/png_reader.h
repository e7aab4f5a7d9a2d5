#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reads images by libpng, loaded when it is first needed. Its errors jump over the caller's functions,
// which only C may be jumped over: here they become texts.

/// Loads libpng; may be called often and by several threads.
///
/// Returns NULL, or why it cannot be loaded. Nothing else here may be called before it was.
const char *png_reader_load(void);

struct png_reader;

/// Begins to read the bytes of a file, which must stay where they are; NULL without memory.
struct png_reader *png_reader_open(const uint8_t *bytes, size_t count);
void png_reader_close(struct png_reader *reader);

/// What the header of an image says.
typedef struct {
  uint32_t width;
  uint32_t height;
  /// Bits of a channel, or of a number of a palette, in the file.
  uint8_t bits;
  /// Channels of the pixels: grey 1, grey and alpha 2, colours 3, colours and alpha 4.
  uint8_t channels;
} png_reader_header;

/// Reads what stands before the pixels: NULL, or what is wrong.
const char *png_reader_begin(struct png_reader *reader, png_reader_header *header);

/// Reads the pixels, width × height × channels bytes row by row, and everything behind them: NULL, or what
/// is wrong. Only for images of up to eight bits per channel.
const char *png_reader_finish(struct png_reader *reader, uint8_t *pixels);
