#ifndef MGMD_CONTROL_API_JSON_TEXT_H_
#define MGMD_CONTROL_API_JSON_TEXT_H_

// The one way from JSON values to text. Paths, prefixes and clients' names are bytes of any kind; JSON is UTF-8: what
// is not becomes U+FFFD, so that every line and file parses, whatever was in a string.

#include <nlohmann/json.hpp>
#include <string>

namespace mgmd::api {

// `indent` -1: on one line.
inline std::string JsonText(const nlohmann::ordered_json& value, int indent = -1) {
  return value.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_JSON_TEXT_H_
