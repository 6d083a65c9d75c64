#ifndef MGMD_CONTROL_API_EVENT_RECORD_H_
#define MGMD_CONTROL_API_EVENT_RECORD_H_

// Events on their way from control to the thread that writes them: values one after the other as they are in memory,
// of this process alone. Names and text come at the other end (event_text.h).
//
//   kDeleted     RecordHead, then keys to the end
//   kWritten     RecordHead, then for each MFE: key, WrittenMfe, its iif if it has one, its oifs
//   kMembership  RecordHead, MembershipRecord, the client's name to the end
//   kRefused     RecordHead, key
//   kGroup       RecordHead, GroupRecord, why it has ended to the end; nothing: it has been joined
//   kText        the line
//
// Keys and interfaces are of one family. An interface takes 4 octets unless the MFE names one whose next hop is not
// zero. Times are microseconds since 1970.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/fib_key.h"
#include "common/interface.h"

namespace mgmd::api {

enum class RecordKind : uint8_t { kDeleted, kWritten, kMembership, kRefused, kGroup, kText };

// After the kind.
struct RecordHead {
  int64_t time = 0;
  uint16_t family = 0;  // Family::kSlotBit
};

struct WrittenMfe {
  uint32_t oifs = 0;
  bool added = false;
  bool has_iif = false;
  bool next_hops = false;  // interfaces are InterfaceIds, otherwise indices
};

template <class Family>
struct MembershipRecord {
  FibKey<Family> key;
  InterfaceIdOf<Family> interface;
  bool added = false;
};

template <class Family>
struct GroupRecord {
  InterfaceIdOf<Family> interface;
  typename Family::Address group;
  typename Family::Address reporter;
};

template <class Value>
void Put(std::string& record, const Value& value) {
  static_assert(std::is_trivially_copyable_v<Value>);
  record.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// What was put, in the same order.
template <class Value>
Value Next(std::string_view& record) {
  static_assert(std::is_trivially_copyable_v<Value>);
  Value value;
  std::memcpy(static_cast<void*>(&value), record.data(), sizeof(value));
  record.remove_prefix(sizeof(value));
  return value;
}

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_EVENT_RECORD_H_
