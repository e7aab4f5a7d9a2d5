#include "libarchive.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

#include <lazy_library.h>

#define FUNCTIONS(USE)                                                                            \
  USE(archive_read_new) USE(archive_read_support_format_tar) USE(archive_read_open)               \
  USE(archive_read_support_format_zip_seekable) USE(archive_read_open_filename)                   \
  USE(archive_read_next_header) USE(archive_read_data) USE(archive_read_free)                     \
  USE(archive_error_string) USE(archive_entry_pathname) USE(archive_entry_filetype)               \
  USE(archive_entry_size) USE(archive_entry_hardlink)
LAZY_LIBRARY("libarchive.so.13", RTLD_LOCAL, FUNCTIONS)

const char *libarchive_load(void) { return load_library(); }

struct source {
  void *context;
  libarchive_source read;
};

static la_ssize_t read_source(struct archive *archive, void *data, const void **bytes) {
  (void)archive;
  struct source *source = data;
  return source->read(source->context, bytes);
}

static int close_source(struct archive *archive, void *data) {
  (void)archive;
  free(data);
  return ARCHIVE_OK;
}

struct archive *libarchive_open(void *context, libarchive_source read) {
  struct archive *archive = loaded.archive_read_new();
  struct source *source = archive ? malloc(sizeof *source) : NULL;
  if (!source) {
    if (archive) loaded.archive_read_free(archive);
    return NULL;
  }
  *source = (struct source){context, read};
  loaded.archive_read_support_format_tar(archive);
  // An error shows at the first member.
  loaded.archive_read_open(archive, source, NULL, read_source, close_source);
  return archive;
}

struct archive *libarchive_open_zip(const char *path) {
  struct archive *archive = loaded.archive_read_new();
  if (!archive) return NULL;
  loaded.archive_read_support_format_zip_seekable(archive);
  // An error shows at the first member.
  loaded.archive_read_open_filename(archive, path, 1 << 16);
  return archive;
}

void libarchive_close(struct archive *archive) { loaded.archive_read_free(archive); }

int libarchive_next(struct archive *archive, libarchive_member *member) {
  struct archive_entry *entry;
  int status = loaded.archive_read_next_header(archive, &entry);
  if (status == ARCHIVE_EOF) return 0;
  // A warning says that a path or an attribute cannot be represented; the member can be read.
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return -1;
  member->path = loaded.archive_entry_pathname(entry);
  member->is_file = loaded.archive_entry_filetype(entry) == AE_IFREG
    && loaded.archive_entry_hardlink(entry) == NULL;
  member->size = loaded.archive_entry_size(entry);
  return 1;
}

ssize_t libarchive_read(struct archive *archive, void *bytes, size_t count) {
  ssize_t read = loaded.archive_read_data(archive, bytes, count);
  return read < 0 ? -1 : read;
}

const char *libarchive_message(struct archive *archive) {
  return loaded.archive_error_string(archive);
}
