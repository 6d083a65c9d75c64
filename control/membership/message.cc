#include "control/membership/message.h"

#include "control/local/octets.h"
#include "control/membership/response_code.h"

namespace mgmd::membership {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kResponseOfV1{10000};  // RFC 2236 section 4
constexpr uint8_t kSuppress = 0x08;
constexpr uint8_t kRobustness = 0x07;

template <class Family>
constexpr size_t kFlagsAt = Protocol<Family>::kOldMessage;  // S and QRV; QQIC and the number of sources follow

uint32_t CodeOfResponse(std::span<const uint8_t> message, Ipv4 /*family*/) { return message[1]; }
uint32_t CodeOfResponse(std::span<const uint8_t> message, Ipv6 /*family*/) {
  return static_cast<uint32_t>(local::LoadBig2(message.data() + 4));
}
uint32_t DecodeResponse(uint32_t code, Ipv4 /*family*/) { return Code8::Decode(code); }
uint32_t DecodeResponse(uint32_t code, Ipv6 /*family*/) { return Code16::Decode(code); }

// Its largest where it is more than a linear field can say.
uint32_t EncodeResponse(uint32_t units, Version version, Ipv4 /*family*/) {
  if (version == Version::kV1) return 0;
  return version == Version::kV3 ? Code8::Encode(units) : std::min<uint32_t>(units, 0xFF);
}
uint32_t EncodeResponse(uint32_t units, Version version, Ipv6 /*family*/) {
  return version == Version::kV3 ? Code16::Encode(units) : std::min<uint32_t>(units, 0xFFFF);
}

template <class Family>
Version VersionOfQuery(std::span<const uint8_t> message) {
  if (message.size() > Protocol<Family>::kOldMessage) return Version::kV3;
  const bool has_v1 = Protocol<Family>::kOldest == Version::kV1;
  return has_v1 && CodeOfResponse(message, Family()) == 0 ? Version::kV1 : Version::kV2;
}

void Append(std::vector<uint8_t>& to, Ipv4Address address) { local::Append4(to, address.host_order()); }
void Append(std::vector<uint8_t>& to, const Ipv6Address& address) { local::Append(to, address.bytes()); }

// Up to the group and with it.
std::vector<uint8_t> Begin(uint8_t type, uint32_t response, Ipv4Address group) {
  std::vector<uint8_t> message{type, static_cast<uint8_t>(response), 0, 0};
  Append(message, group);
  return message;
}
std::vector<uint8_t> Begin(uint8_t type, uint32_t response, const Ipv6Address& group) {
  std::vector<uint8_t> message{type, 0, 0, 0, static_cast<uint8_t>(response >> 8), static_cast<uint8_t>(response),
                               0,    0};
  Append(message, group);
  return message;
}

uint8_t TypeOf(MessageKind kind, Ipv4 /*family*/) {
  if (kind.type == MessageType::kLeave) return Protocol<Ipv4>::kLeave;
  return kind.version == Version::kV1 ? Protocol<Ipv4>::kReportV1 : Protocol<Ipv4>::kReportV2;
}
uint8_t TypeOf(MessageKind kind, Ipv6 /*family*/) {
  return kind.type == MessageType::kLeave ? Protocol<Ipv6>::kLeave : Protocol<Ipv6>::kReportV2;
}

}  // namespace

template <class Family>
KindOrNot FindKind(std::span<const uint8_t> message) {
  using P = Protocol<Family>;
  if (message.size() < kReportHeader) return {std::nullopt, NoKind::kShort};
  const uint8_t type = message[0];
  if (type == P::kReportV3) return {MessageKind{MessageType::kReport, Version::kV3}};
  MessageKind kind;
  if (type == P::kReportV2) {
    kind = {MessageType::kReport, Version::kV2};
  } else if (type == P::kLeave) {
    kind = {MessageType::kLeave, Version::kV2};
  } else if (type != P::kQuery) {
    if constexpr (P::kOldest == Version::kV1) {
      if (type == P::kReportV1) return {MessageKind{MessageType::kReport, Version::kV1}};
    }
    return {std::nullopt, NoKind::kUnknownType};
  }
  if (message.size() < P::kOldMessage) return {std::nullopt, NoKind::kShort};
  if (type == P::kQuery) {
    if (message.size() > P::kOldMessage && message.size() < kQueryHeader<Family>) {
      return {std::nullopt, NoKind::kBadLength};
    }
    kind = {MessageType::kQuery, VersionOfQuery<Family>(message)};
  }
  return {kind};
}

template <class Family>
typename Family::Address GroupOf(std::span<const uint8_t> message) {
  if (message[0] == Protocol<Family>::kQuery && VersionOfQuery<Family>(message) == Version::kV1) return {};
  return internal::LoadAddress<Family>(message.data() + Protocol<Family>::kGroupAt);
}

template <class Family>
std::optional<Query<Family>> ReadQuery(std::span<const uint8_t> message) {
  Query<Family> query{.version = VersionOfQuery<Family>(message), .group = GroupOf<Family>(message)};
  if (!query.is_general() && !query.group.is_multicast()) return std::nullopt;
  const uint32_t code = CodeOfResponse(message, Family());
  query.max_response = query.version == Version::kV1 ? kResponseOfV1
                       : query.version == Version::kV2
                           ? code * Protocol<Family>::kResponseUnit
                           : DecodeResponse(code, Family()) * Protocol<Family>::kResponseUnit;
  if (query.version != Version::kV3) return query;

  const uint8_t* const flags = message.data() + kFlagsAt<Family>;
  query.suppress = (flags[0] & kSuppress) != 0;
  query.robustness = flags[0] & kRobustness;
  query.interval = seconds(Code8::Decode(flags[1]));
  const size_t sources = local::LoadBig2(flags + 2);
  if (sources > 0 && query.is_general()) return std::nullopt;
  if (kQueryHeader<Family> + sources * Protocol<Family>::kAddress > message.size()) return std::nullopt;
  query.sources.reserve(sources);
  for (size_t source = 0; source < sources; ++source) {
    query.sources.push_back(
        internal::LoadAddress<Family>(message.data() + kQueryHeader<Family> + source * Protocol<Family>::kAddress));
  }
  return query;
}

template <class Family>
std::vector<uint8_t> WriteQuery(const Query<Family>& query) {
  const auto units = static_cast<uint32_t>(query.max_response / Protocol<Family>::kResponseUnit);
  std::vector<uint8_t> message =
      Begin(Protocol<Family>::kQuery, EncodeResponse(units, query.version, Family()), query.group);
  if (query.version != Version::kV3) return message;
  const uint8_t robustness = query.robustness > kRobustness ? 0 : query.robustness;  // RFC 9776 section 4.1.6
  message.push_back(static_cast<uint8_t>((query.suppress ? kSuppress : 0) | robustness));
  message.push_back(static_cast<uint8_t>(Code8::Encode(static_cast<uint32_t>(query.interval.count()))));
  local::Append2(message, query.sources.size());
  for (const auto& source : query.sources) Append(message, source);
  return message;
}

template <class Family>
std::vector<uint8_t> WriteOldMessage(MessageKind kind, const typename Family::Address& group) {
  return Begin(TypeOf(kind, Family()), 0, group);
}

template <class Family>
bool RecordsAreWhole(std::span<const uint8_t> message) {
  size_t at = kReportHeader;
  for (size_t left = local::LoadBig2(message.data() + 6); left > 0; --left) {
    if (message.size() - at < kRecordHeader<Family>) return false;
    const size_t octets = internal::LayoutOf<Family>(message.data() + at).end;
    if (message.size() - at < octets) return false;
    at += octets;
  }
  return true;
}

template <class Family>
std::vector<uint8_t> WriteReport(std::span<const Record<Family>> records) {
  std::vector<uint8_t> message{Protocol<Family>::kReportV3, 0, 0, 0, 0, 0};
  local::Append2(message, records.size());
  for (const Record<Family>& record : records) {
    message.push_back(static_cast<uint8_t>(record.type));
    message.push_back(0);
    local::Append2(message, record.sources.size());
    Append(message, record.group);
    for (const auto& source : record.sources) Append(message, source);
  }
  return message;
}

#define MGMD_MESSAGES_OF(Family)                                                              \
  template KindOrNot FindKind<Family>(std::span<const uint8_t>);                              \
  template Family::Address GroupOf<Family>(std::span<const uint8_t>);                         \
  template std::optional<Query<Family>> ReadQuery<Family>(std::span<const uint8_t>);          \
  template std::vector<uint8_t> WriteQuery<Family>(const Query<Family>&);                     \
  template std::vector<uint8_t> WriteOldMessage<Family>(MessageKind, const Family::Address&); \
  template bool RecordsAreWhole<Family>(std::span<const uint8_t>);                            \
  template std::vector<uint8_t> WriteReport<Family>(std::span<const Record<Family>>);
MGMD_MESSAGES_OF(Ipv4)
MGMD_MESSAGES_OF(Ipv6)
#undef MGMD_MESSAGES_OF

}  // namespace mgmd::membership
