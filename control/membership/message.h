#ifndef MGMD_CONTROL_MEMBERSHIP_MESSAGE_H_
#define MGMD_CONTROL_MEMBERSHIP_MESSAGE_H_

// The messages of IGMP and MLD, as octets and as values.
//
// A message that arrives is taken apart in steps, since whatever is wrong with it is counted under the first thing that
// is: FindKind() looks at type and length, validity.h at addresses, ReadQuery() and RecordsAreWhole() at what lies
// behind. A report is all or nothing: its records are read only where all of them are whole.
//
// Pure. Any thread. Cost: FindKind() and ForEachRecord() allocate nothing but the buffer they are given; records are
// walked twice, once to see that they are whole.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "control/local/ip_packet.h"
#include "control/membership/protocol.h"

namespace mgmd::membership {

enum class MessageType : uint8_t { kQuery, kReport, kLeave };  // MLD's "Done" is a leave

struct MessageKind {
  MessageType type = MessageType::kQuery;
  Version version = Version::kV3;

  constexpr bool operator==(const MessageKind&) const = default;
};

// Why a message is of no kind.
enum class NoKind : uint8_t {
  kShort,        // for any message of its type
  kBadLength,    // a query's, between those of two versions
  kUnknownType,  // DVMRP, PIM version 1, traceroute, router discovery, ...
};

struct KindOrNot {
  std::optional<MessageKind> kind;
  NoKind why = NoKind::kUnknownType;  // where there is none
};

template <class Family>
KindOrNot FindKind(std::span<const uint8_t> message);

// Of a message of a kind, all but a report of version 3: the group that it is about. Zero: a general query, which each
// of version 1 is, since whoever receives it ignores its group (RFC 1112 appendix I).
template <class Family>
typename Family::Address GroupOf(std::span<const uint8_t> message);

template <class Family>
struct Query {
  using Address = typename Family::Address;

  Version version = Version::kV3;
  Address group{};  // zero: general
  std::chrono::milliseconds max_response{10000};
  // Of version 3 alone.
  bool suppress = false;             // "S": routers shall not lower timers for it
  uint8_t robustness = 0;            // 0: not said
  std::chrono::seconds interval{0};  // 0: not said
  std::vector<Address> sources{};    // none: about the group

  bool is_general() const { return group.is_zero(); }
};

// Of a query. Nothing: a general one has sources, or more sources than it is long for, or its group is not multicast.
template <class Family>
std::optional<Query<Family>> ReadQuery(std::span<const uint8_t> message);

// Without checksum: MakePacket() of datagram.h fills it in.
template <class Family>
std::vector<uint8_t> WriteQuery(const Query<Family>& query);

// A report of version 1 or 2, or a leave.
template <class Family>
std::vector<uint8_t> WriteOldMessage(MessageKind kind, const typename Family::Address& group);

// Of records (RFC 9776 section 4.2.14).
enum class RecordType : uint8_t {
  kIsInclude = 1,
  kIsExclude = 2,
  kToInclude = 3,
  kToExclude = 4,
  kAllow = 5,
  kBlock = 6,
};

template <class Family>
struct Record {
  using Address = typename Family::Address;

  RecordType type = RecordType::kIsInclude;  // read: any number
  Address group{};
  std::span<const Address> sources{};  // read: ascending, each once
};

// Of a report of version 3: whether none of its records is cut off.
template <class Family>
bool RecordsAreWhole(std::span<const uint8_t> message);

// Calls the visitor with each record of a report whose records are whole, in order. `buffer` holds the sources of the
// record at hand, and is kept by the caller so that it need not grow again.
template <class Family, class Visitor>
void ForEachRecord(std::span<const uint8_t> message, std::vector<typename Family::Address>& buffer, Visitor&& visit);

// A report of version 3. Its caller sees to it that it is not longer than fits (MessageRoom()).
template <class Family>
std::vector<uint8_t> WriteReport(std::span<const Record<Family>> records);

// How many octets of a message fit into a packet on a link of that MTU, and how many sources into a query, and into a
// report of one record. At least one, whatever the MTU.
template <class Family>
constexpr size_t MessageRoom(size_t mtu) {
  return std::max(mtu, Protocol<Family>::kShortestMtu) - Protocol<Family>::kIpHeader;
}
template <class Family>
constexpr size_t SourcesThatFit(size_t mtu, size_t header) {
  return (MessageRoom<Family>(mtu) - header) / Protocol<Family>::kAddress;
}

// --- Only implementation below.

namespace internal {

template <class Family>
typename Family::Address LoadAddress(const uint8_t* from) {
  if constexpr (Protocol<Family>::kAddress == 4) {
    return typename Family::Address(from[0], from[1], from[2], from[3]);
  } else {
    return Family::Address::FromNetwork(from);
  }
}

struct RecordLayout {
  size_t sources = 0;
  size_t end = 0;  // octets of it, its auxiliary data included
};
template <class Family>
RecordLayout LayoutOf(const uint8_t* record) {
  const size_t sources = local::LoadBig2(record + 2);
  return {sources, kRecordHeader<Family> + sources * Protocol<Family>::kAddress + size_t{record[1]} * 4};
}

}  // namespace internal

template <class Family, class Visitor>
void ForEachRecord(std::span<const uint8_t> message, std::vector<typename Family::Address>& buffer, Visitor&& visit) {
  const uint8_t* at = message.data() + kReportHeader;
  for (size_t left = local::LoadBig2(message.data() + 6); left > 0; --left) {
    const internal::RecordLayout layout = internal::LayoutOf<Family>(at);
    buffer.clear();
    for (size_t source = 0; source < layout.sources; ++source) {
      buffer.push_back(internal::LoadAddress<Family>(at + kRecordHeader<Family> + source * Protocol<Family>::kAddress));
    }
    if (!std::is_sorted(buffer.begin(), buffer.end())) std::sort(buffer.begin(), buffer.end());
    buffer.erase(std::unique(buffer.begin(), buffer.end()), buffer.end());
    visit(Record<Family>{
        .type = static_cast<RecordType>(at[0]), .group = internal::LoadAddress<Family>(at + 4), .sources = buffer});
    at += layout.end;
  }
}

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_MESSAGE_H_
