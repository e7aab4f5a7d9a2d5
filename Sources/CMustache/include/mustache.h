// Mustache templates for callers in C: a narrow face of kainjow's Mustache, a header in C++ of Debian's
// libkainjow-mustache-dev. Nothing of it is loaded at run time.
#ifndef MODLAB_MUSTACHE_H
#define MODLAB_MUSTACHE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a template is filled with.
typedef struct mustache_data mustache_data;

/// A text in UTF-8 of `count` bytes.
mustache_data *mustache_text(const char *bytes, size_t count);
/// Whether a section is shown.
mustache_data *mustache_flag(bool value);
/// Values by name; none at first.
mustache_data *mustache_object(void);
/// Values one after the other; none at first.
mustache_data *mustache_list(void);
/// A template by the name under which others include it.
mustache_data *mustache_partial(const char *text, size_t count);

/// Gives an object a member, which belongs to it from then on.
void mustache_set(mustache_data *object, const char *name, mustache_data *value);
/// Adds an element to a list, to which it belongs from then on.
void mustache_append(mustache_data *list, mustache_data *value);

/// Frees data that belong to nothing.
void mustache_free(mustache_data *data);

/// Fills a template, `&`, `<`, `>` and quotation marks of all values of `{{name}}` escaped for HTML.
///
/// Returns the bytes and their number, to be freed with `free`; on failure NULL, and `*problem`, to be freed
/// too, says what is wrong with the template.
char *mustache_render(
  const char *text, size_t size, const mustache_data *data, size_t *count, char **problem);

#ifdef __cplusplus
}
#endif

#endif
