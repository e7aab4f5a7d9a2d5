#include "libcurl.h"

#include <lazy_library.h>

// These are macros too, which would keep their arguments from being passed on.
#undef curl_easy_setopt
#undef curl_easy_getinfo

#define FUNCTIONS(USE)                                                                            \
  USE(curl_easy_init) USE(curl_easy_cleanup) USE(curl_easy_setopt) USE(curl_easy_getinfo)         \
  USE(curl_easy_perform) USE(curl_easy_strerror) USE(curl_global_init)
LAZY_LIBRARY("libcurl.so.4", RTLD_LOCAL, FUNCTIONS)

static const char *start_problem;
static pthread_once_t started = PTHREAD_ONCE_INIT;

static void start(void) {
  if (loaded.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    start_problem = "it cannot be started";
  }
}

const char *libcurl_load(void) {
  const char *problem = load_library();
  if (problem) return problem;
  pthread_once(&started, start);
  return start_problem;
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
