#include "lazy_library.h"

#include <stdlib.h>
#include <string.h>

void *lazy_library_open(const char *file_name, int flags, const char **problem) {
  void *library = dlopen(file_name, RTLD_NOW | flags);
  if (!library) {
    // The message belongs to the thread and to the next call of dlerror.
    const char *message = dlerror();
    *problem = message ? strdup(message) : NULL;
    if (!*problem) *problem = "it cannot be loaded";
  }
  return library;
}
