#ifndef MGMD_TESTS_UNIT_MEMBERSHIP_MESSAGE_TEXT_H_
#define MGMD_TESTS_UNIT_MEMBERSHIP_MESSAGE_TEXT_H_

// Messages as a line for a reader.

#include <span>
#include <string>
#include <vector>

#include "control/membership/message.h"

namespace mgmd::membership {

std::string ListText(const auto& sources) {
  std::string text = " {";
  for (const auto& source : sources) text += " " + source.ToString();
  return text + " }";
}

template <class Family>
std::string MessageText(std::span<const uint8_t> message, MessageKind kind) {
  const std::string version = std::to_string(static_cast<int>(kind.version));
  if (kind.type == MessageType::kQuery) {
    const auto query = *ReadQuery<Family>(message);
    return "query " + version + " of " + query.group.ToString() + ListText(query.sources) +
           (query.suppress ? " S" : "");
  }
  if (kind.type == MessageType::kLeave) return "leave of " + GroupOf<Family>(message).ToString();
  if (kind.version != Version::kV3) return "report " + version + " of " + GroupOf<Family>(message).ToString();
  std::string text = "report";
  std::vector<typename Family::Address> buffer;
  ForEachRecord<Family>(message, buffer, [&](const Record<Family>& record) {
    constexpr const char* kTypes[] = {"", "IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW", "BLOCK"};
    text += " " + record.group.ToString() + " " + kTypes[static_cast<int>(record.type)] + ListText(record.sources);
  });
  return text;
}

}  // namespace mgmd::membership

#endif  // MGMD_TESTS_UNIT_MEMBERSHIP_MESSAGE_TEXT_H_
