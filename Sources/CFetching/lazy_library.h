#pragma once

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

// A library that is loaded when it is first needed. FUNCTIONS is a macro that applies its argument
// to the names of the functions used; each gets the type that the header of the library declares.
// Defines `loaded` with the functions, and `load_library`, which returns NULL or what is wrong.
#define LAZY_LIBRARY(FILE_NAME, FUNCTIONS)                                                        \
  static struct {                                                                                 \
    FUNCTIONS(LAZY_MEMBER)                                                                        \
  } loaded;                                                                                       \
  static const char *problem;                                                                     \
  static pthread_once_t once = PTHREAD_ONCE_INIT;                                                 \
  static void load(void) {                                                                        \
    void *library = dlopen(FILE_NAME, RTLD_NOW | RTLD_LOCAL);                                     \
    if (library) {                                                                                \
      FUNCTIONS(LAZY_LOOKUP)                                                                      \
    } else {                                                                                      \
      problem = dlerror();                                                                        \
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
