#ifndef MGMD_TESTS_SUPPORT_TELEMETRY_VALUE_H_
#define MGMD_TESTS_SUPPORT_TELEMETRY_VALUE_H_

#include <gtest/gtest.h>

#include <string_view>
#include <variant>

#include "control/plane/telemetry_answer.h"

namespace mgmd::support {

// What a member of an answer holds; the test fails where there is none of that name.
template <class T>
T Value(const plane::TelemetryAnswer& answer, std::string_view name) {
  for (const plane::TelemetryAnswer::Member& member : answer.members()) {
    if (member.name == name) return std::get<T>(member.value);
  }
  ADD_FAILURE() << "no member " << name;
  return {};
}

}  // namespace mgmd::support

#endif  // MGMD_TESTS_SUPPORT_TELEMETRY_VALUE_H_
