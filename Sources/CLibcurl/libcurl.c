#include "libcurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

// The functions used, each with the type that the header of libcurl declares.
#define FUNCTIONS(USE)                                                                            \
  USE(curl_global_init)                                                                           \
  USE(curl_easy_init) USE(curl_easy_cleanup)                                                      \
  USE(curl_easy_setopt) USE(curl_easy_getinfo) USE(curl_easy_perform) USE(curl_easy_strerror)

#undef curl_easy_setopt
#undef curl_easy_getinfo

static struct {
#define USE(name) __typeof__(&name) name;
  FUNCTIONS(USE)
#undef USE
} loaded;

static const char *problem;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    problem = dlerror();
    return;
  }
#define USE(name)                                                                                 \
  loaded.name = (__typeof__(&name))dlsym(library, #name);                                         \
  if (!loaded.name) problem = "it has no function " #name;
  FUNCTIONS(USE)
#undef USE
  if (!problem && loaded.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    problem = "it cannot be started";
  }
}

const char *libcurl_load(void) {
  pthread_once(&once, load);
  return problem;
}

CURL *libcurl_open(void) { return loaded.curl_easy_init(); }

void libcurl_close(CURL *handle) { loaded.curl_easy_cleanup(handle); }

CURLcode libcurl_set_number(CURL *handle, CURLoption option, long value) {
  return loaded.curl_easy_setopt(handle, option, value);
}

CURLcode libcurl_set_size(CURL *handle, CURLoption option, int64_t value) {
  return loaded.curl_easy_setopt(handle, option, (curl_off_t)value);
}

CURLcode libcurl_set_text(CURL *handle, CURLoption option, const char *value) {
  return loaded.curl_easy_setopt(handle, option, value);
}

CURLcode libcurl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return loaded.curl_easy_setopt(handle, option, value);
}

CURLcode libcurl_set_receiver(
  CURL *handle, size_t (*receive)(char *bytes, size_t size, size_t count, void *context)) {
  return loaded.curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
}

CURLcode libcurl_set_observer(
  CURL *handle,
  int (*observe)(
    void *context, curl_off_t total, curl_off_t now, curl_off_t uploadTotal,
    curl_off_t uploadNow)) {
  return loaded.curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, observe);
}

CURLcode libcurl_perform(CURL *handle) { return loaded.curl_easy_perform(handle); }

long libcurl_status(CURL *handle) {
  long status = 0;
  loaded.curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

const char *libcurl_message(CURLcode code) { return loaded.curl_easy_strerror(code); }
