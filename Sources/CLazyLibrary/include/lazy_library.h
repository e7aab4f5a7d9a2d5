#pragma once

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

// A library that is loaded when it is first needed, so that processes that do not need it start
// without it.
//
// FUNCTIONS is a macro that applies its argument to the names of the functions used; each gets the
// type that the header of the library declares. FLAGS are those of `dlopen` besides RTLD_NOW.
// Defines `loaded` with the functions, and `load_library`, which returns NULL or what is wrong. One
// library per source file.
#define LAZY_LIBRARY(FILE_NAME, FLAGS, FUNCTIONS)                                                 \
  static struct {                                                                                 \
    FUNCTIONS(LAZY_MEMBER)                                                                        \
  } loaded;                                                                                       \
  static const char *problem;                                                                     \
  static pthread_once_t once = PTHREAD_ONCE_INIT;                                                 \
  static void load(void) {                                                                        \
    void *library = lazy_library_open(FILE_NAME, FLAGS, &problem);                                \
    if (library) {                                                                                \
      FUNCTIONS(LAZY_LOOKUP)                                                                      \
    }                                                                                             \
  }                                                                                               \
  static const char *load_library(void) {                                                         \
    pthread_once(&once, load);                                                                    \
    return problem;                                                                               \
  }

#define LAZY_MEMBER(name) __typeof__(&name) name;
#define LAZY_LOOKUP(name)                                                                         \
  loaded.name = (__typeof__(&name))dlsym(library, #name);                                         \
  if (!loaded.name) problem = "it has no function " #name;

/// Loads a library; it stays loaded until the process ends.
///
/// Returns its handle, or NULL and in `problem` why it cannot be loaded.
void *lazy_library_open(const char *file_name, int flags, const char **problem);
