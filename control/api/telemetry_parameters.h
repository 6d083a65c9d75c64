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
#include "absl/strings/str_split.h"
#include "control/api/route_text.h"

namespace mgmd::api {

// "a,b,c" as its parts; none for "".
inline std::vector<std::string> Parts(std::string_view parameters) {
  if (parameters.empty()) return {};
  return absl::StrSplit(absl::string_view(parameters.data(), parameters.size()), ',');
}

inline std::optional<uint64_t> Number(std::string_view text) {
  uint64_t number = 0;
  if (!absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &number)) return std::nullopt;
  return number;
}

template <class Family>
std::string RouteParameters(const FibKey<Family>& key) {
  return absl::StrCat(GroupText(key), ",", SourceText(key));
}

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_TELEMETRY_PARAMETERS_H_
