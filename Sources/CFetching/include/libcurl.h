#pragma once

#include <curl/curl.h>
#include <stdint.h>

// libcurl, loaded when it is first needed: linked, it and the thirty libraries behind it would add
// more than ten milliseconds to the start of every worker process.

/// Loads libcurl; may be called often and by several threads.
///
/// Returns NULL, or why it cannot be loaded. Nothing else here may be called before it was.
const char *libcurl_load(void);

CURL *libcurl_open(void);
void libcurl_close(CURL *handle);

// `curl_easy_setopt` and `curl_easy_getinfo` with one type of argument each.
CURLcode libcurl_set_number(CURL *handle, CURLoption option, long value);
CURLcode libcurl_set_size(CURL *handle, CURLoption option, int64_t value);
CURLcode libcurl_set_text(CURL *handle, CURLoption option, const char *value);
CURLcode libcurl_set_pointer(CURL *handle, CURLoption option, void *value);
CURLcode libcurl_set_receiver(
  CURL *handle, size_t (*receive)(char *bytes, size_t size, size_t count, void *context));
CURLcode libcurl_set_observer(
  CURL *handle,
  int (*observe)(
    void *context, curl_off_t total, curl_off_t now, curl_off_t uploadTotal, curl_off_t uploadNow));
CURLcode libcurl_perform(CURL *handle);
long libcurl_status(CURL *handle);
const char *libcurl_message(CURLcode code);
