#include "mustache.h"

#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include <kainjow/mustache.hpp>

namespace mustache = kainjow::mustache;

struct mustache_data {
  mustache::data value;
};

static char *copied(const std::string &text) {
  char *bytes = static_cast<char *>(std::malloc(text.size() + 1));
  if (bytes) std::memcpy(bytes, text.c_str(), text.size() + 1);
  return bytes;
}

mustache_data *mustache_text(const char *bytes, size_t count) {
  return new mustache_data{mustache::data(std::string(bytes, count))};
}

mustache_data *mustache_flag(bool value) { return new mustache_data{mustache::data(value)}; }

mustache_data *mustache_object(void) {
  return new mustache_data{mustache::data(mustache::data::type::object)};
}

mustache_data *mustache_list(void) {
  return new mustache_data{mustache::data(mustache::data::type::list)};
}

mustache_data *mustache_partial(const char *text, size_t count) {
  std::string kept(text, count);
  return new mustache_data{mustache::data(mustache::partial([kept] { return kept; }))};
}

void mustache_set(mustache_data *object, const char *name, mustache_data *value) {
  object->value[name] = std::move(value->value);
  delete value;
}

void mustache_append(mustache_data *list, mustache_data *value) {
  list->value.push_back(value->value);
  delete value;
}

void mustache_free(mustache_data *data) { delete data; }

char *mustache_render(
  const char *text, size_t size, const mustache_data *data, size_t *count, char **problem) {
  mustache::mustache filled{std::string(text, size)};
  std::string result = filled.is_valid() ? filled.render(data->value) : std::string();
  if (!filled.is_valid()) {
    *problem = copied(filled.error_message());
    return nullptr;
  }
  *count = result.size();
  return copied(result);
}
