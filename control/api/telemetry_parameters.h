#ifndef MGMD_CONTROL_API_TELEMETRY_PARAMETERS_H_
#define MGMD_CONTROL_API_TELEMETRY_PARAMETERS_H_

// What stands after a command's name: "GROUP,SOURCE,12".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "control/api/route_text.h"

namespace mgmd::api {

// "a,b,c" as its parts; none for "".
inline std::vector<std::string_view> Parts(std::string_view parameters) {
  std::vector<std::string_view> parts;
  if (parameters.empty()) return parts;
  for (size_t at = 0; at != std::string_view::npos;) {
    const size_t comma = parameters.find(',', at);
    parts.push_back(parameters.substr(at, comma - at));
    at = comma == std::string_view::npos ? comma : comma + 1;
  }
  return parts;
}

inline std::optional<uint64_t> Number(std::string_view text) {
  uint64_t number = 0;
  if (!absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &number)) return std::nullopt;
  return number;
}

inline std::string RouteParameters(const Ipv4FibKey& key) { return absl::StrCat(GroupText(key), ",", SourceText(key)); }

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_TELEMETRY_PARAMETERS_H_
