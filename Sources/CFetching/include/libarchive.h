#pragma once

#include <stdint.h>
#include <stdbool.h>
#include <sys/types.h>

// The readers of libarchive for tar and zip, loaded when it is first needed: linked, it and the libraries behind
// it would add eight milliseconds to the start of every worker process.

/// Loads libarchive; may be called often and by several threads.
///
/// Returns NULL, or why it cannot be loaded. Nothing else here may be called before it was.
const char *libarchive_load(void);

struct archive;

/// Gives the next bytes of the archive; returns how many, 0 at its end, -1 when it cannot.
typedef ssize_t (*libarchive_source)(void *context, const void **bytes);

/// Begins to read a tar archive; NULL without memory. Other formats and packed ones are refused.
struct archive *libarchive_open(void *context, libarchive_source source);
/// Begins to read a zip archive by its directory; NULL without memory.
struct archive *libarchive_open_zip(const char *path);
void libarchive_close(struct archive *archive);

/// A member of an archive.
typedef struct {
  /// The path as the archive has it, NULL when there is none in UTF-8; valid until the next call.
  const char *path;
  /// Whether it is an ordinary file with its own content.
  bool is_file;
  /// Bytes of the content.
  int64_t size;
} libarchive_member;

/// Goes to the next member: 1, 0 after the last one, -1 when the archive is damaged.
int libarchive_next(struct archive *archive, libarchive_member *member);

/// Reads content of the member; returns how many bytes, 0 at its end, -1 when it is damaged.
ssize_t libarchive_read(struct archive *archive, void *bytes, size_t count);

/// What libarchive says about the last error; NULL when it says nothing.
const char *libarchive_message(struct archive *archive);
