// Any bytes as a message of IGMP or MLD: nothing is read beyond it, a message counts once and wholly or not at all,
// what is read of it can be written and read again, and its checksum is what another way to add says.
//
// Input: an octet that says how the message arrives, then a frame, or a message alone.
//   bit 0     MLD
//   bit 1     a frame, as it was captured
//   bit 2     its checksum stays as it is; else it is made right
//   bits 3-5  the sender: a host, one without address, of another network, a router, this router
//   bits 6-7  where to: the group that it is about, the reports' address, all hosts, all routers

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "control/membership/datagram.h"
#include "control/membership/router_part.h"

namespace mgmd::membership {
namespace {

[[noreturn]] void Fail(const char* why) {
  std::fprintf(stderr, "membership_fuzz: %s\n", why);
  std::abort();
}
void Require(bool holds, const char* else_why) {
  if (!holds) Fail(else_why);
}

Ipv4Address Station(int last, Ipv4 /*family*/) { return Ipv4Address(10, 92, 1, static_cast<uint8_t>(last)); }
Ipv6Address Station(int last, Ipv6 /*family*/) {
  return Ipv6Address{{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, static_cast<uint8_t>(last)}};
}
Ipv4Address Foreign(Ipv4 /*family*/) { return Ipv4Address(192, 0, 2, 1); }
Ipv6Address Foreign(Ipv6 /*family*/) { return Ipv6Address{{0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}; }
Ipv4Prefix Network(Ipv4 /*family*/) { return Ipv4Prefix(Ipv4Address(10, 92, 1, 0), 24); }
Ipv6Prefix Network(Ipv6 /*family*/) { return Ipv6Prefix(Station(0, Ipv6()), 64); }

// Octet by octet from the end, each carry at once.
uint16_t SumUp(std::span<const uint8_t> octets, uint16_t sum) {
  for (size_t at = octets.size(); at-- > 0;) {
    const uint16_t word = static_cast<uint16_t>(at % 2 == 0 ? octets[at] << 8 : octets[at]);
    sum = static_cast<uint16_t>(sum + word);
    if (sum < word) ++sum;
  }
  return sum;
}
bool IsRight(const Datagram<Ipv4>& datagram) { return SumUp(datagram.message, 0) == 0xFFFF; }
bool IsRight(const Datagram<Ipv6>& datagram) {
  const size_t size = datagram.message.size();
  const uint8_t rest[] = {0, 0, static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size), 0, 0, 0, 58};
  const auto source = datagram.source.bytes(), destination = datagram.destination.bytes();
  return SumUp(datagram.message, SumUp(source, SumUp(destination, SumUp(rest, 0)))) == 0xFFFF;
}

template <class Family>
struct Taken {
  RecordType type;
  typename Family::Address group;
  std::vector<typename Family::Address> sources;

  bool operator==(const Taken&) const = default;
};
template <class Family>
std::vector<Taken<Family>> RecordsOf(std::span<const uint8_t> message) {
  std::vector<Taken<Family>> records;
  std::vector<typename Family::Address> buffer;
  ForEachRecord<Family>(message, buffer, [&](const Record<Family>& record) {
    Require(std::is_sorted(record.sources.begin(), record.sources.end()), "sources are not in order");
    Require(std::adjacent_find(record.sources.begin(), record.sources.end()) == record.sources.end(),
            "a source is there twice");
    records.push_back({record.type, record.group, {record.sources.begin(), record.sources.end()}});
  });
  return records;
}

template <class Family>
void WriteAndReadAgain(std::span<const uint8_t> message, MessageKind kind) {
  if (kind.type == MessageType::kQuery) {
    const auto query = ReadQuery<Family>(message);
    if (!query) return;
    const auto again = ReadQuery<Family>(WriteQuery(*query));
    Require(again && again->version == query->version && again->group == query->group &&
                again->max_response == query->max_response && again->suppress == query->suppress &&
                again->robustness == query->robustness && again->interval == query->interval &&
                again->sources == query->sources,
            "a query is another when it is written");
  } else if (kind.type == MessageType::kLeave || kind.version != Version::kV3) {
    const auto again = WriteOldMessage<Family>(kind, GroupOf<Family>(message));
    Require(FindKind<Family>(again).kind == kind && GroupOf<Family>(again) == GroupOf<Family>(message),
            "an old message is another when it is written");
  } else if (RecordsAreWhole<Family>(message)) {
    const auto taken = RecordsOf<Family>(message);
    std::vector<Record<Family>> records;
    for (const auto& one : taken) records.push_back({one.type, one.group, one.sources});
    const auto again = WriteReport<Family>(records);
    Require(RecordsAreWhole<Family>(again) && RecordsOf<Family>(again) == taken,
            "a report is another when it is written");
  }
}

template <class Family>
class Silent : public MessageOut<Family>, public RouterObserver<Family> {
  using Address = typename Family::Address;
  bool Send(MessageKind /*kind*/, const Address& /*source*/, const Address& /*destination*/,
            std::span<const uint8_t> message) override {
    Require(FindKind<Family>(message).kind.has_value(), "it sends what it would not read");
    return true;
  }
};

constexpr Counter kOfMessages[] = {
    Counter::kNotEnabled,      Counter::kTtl,          Counter::kRouterAlert,   Counter::kChecksum,
    Counter::kShort,           Counter::kBadLength,    Counter::kOwn,           Counter::kUnknownType,
    Counter::kBadSource,       Counter::kBadQuery,     Counter::kTruncated,     Counter::kVersion,
    Counter::kQueryZeroSource, Counter::kQueryForeign, Counter::kBadDestination};

template <class Family>
class Router {
 public:
  using Address = typename Family::Address;

  Router() : part_({}, shared_, silent_, silent_, counters_) {
    link_ = {.up = true, .address = Station(254, Family()), .own = {Station(254, Family())}};
    link_.networks = {Network(Family())};
    part_.Start(link_, now_);
  }

  void Take(const Datagram<Family>& datagram) {
    const std::string before = State();
    const PacketCheck check = CheckPacket(datagram, part_.settings().acceptance);
    if (check.fault) {
      counters_.Add(*check.fault);
    } else {
      part_.Take(datagram, check.kind, now_);
    }
    uint64_t dropped = 0, received = 0;
    for (const Counter counter : kOfMessages) dropped += counters_.of(counter);
    for (const MessageType type : {MessageType::kQuery, MessageType::kReport, MessageType::kLeave}) {
      for (const Version version : {Version::kV1, Version::kV2, Version::kV3}) {
        received += counters_.of({type, version}).received;
      }
    }
    Require(dropped + received == 1, "a message counts twice, or not at all");
    Require(dropped == 0 || State() == before, "a message that is dropped changes something");
    // Then nobody says anything any more.
    for (const Time end = now_ + std::chrono::hours(24); part_.groups() > 0;) {
      Require(part_.NextDeadline() <= end, "a group stays for ever");
      part_.Tick(part_.NextDeadline());
    }
    Require(shared_.memberships.used() == 0, "room is lost");
  }

 private:
  std::string State() const {
    std::string state = std::to_string(part_.querier().is_querier());
    part_.ForEachGroup([&](const Address& group) {
      const auto& entry = part_.Find(group)->group;
      state += group.ToString() + std::to_string(entry.expires().time_since_epoch().count());
      for (const auto& [source, timer] : entry.sources()) {
        state += source.ToString() + std::to_string(timer.expires().time_since_epoch().count());
      }
    });
    return state;
  }

  Time now_{std::chrono::hours(1)};
  Silent<Family> silent_;
  SharedByRouters<Family> shared_;
  Counters counters_;
  Link<Family> link_;
  RouterPart<Family> part_;
};

template <class Family>
void Try(uint8_t control, std::span<const uint8_t> input) {
  using P = Protocol<Family>;
  std::vector<uint8_t> packet;
  Datagram<Family> datagram;
  if ((control & 2) != 0) {
    const auto read = ReadDatagram<Family>(input);
    if (!read) return;
    datagram = *read;
  } else {
    if (input.size() < 4) return;
    const typename Family::Address senders[] = {
        Station(1, Family()), {}, Foreign(Family()), Station(5, Family()), Station(254, Family())};
    datagram.source = senders[(control >> 3 & 7) % std::size(senders)];
    const bool has_group = input.size() >= P::kOldMessage && input[0] != P::kReportV3;
    const typename Family::Address about = has_group ? GroupOf<Family>(input) : P::kAllReports;
    const typename Family::Address destinations[] = {about, P::kAllReports, P::kAllHosts, P::kAllRouters};
    datagram.destination = destinations[control >> 6];
    datagram.message = input;
    if ((control & 4) == 0) {
      packet = MakePacket<Family>(datagram.source, datagram.destination, input);
      datagram.message = std::span<const uint8_t>(packet).subspan(P::kIpHeader);
      Require(ChecksumIsRight(datagram), "it writes a wrong checksum");
    }
  }
  // In memory of exactly its size.
  const size_t size = datagram.message.size();
  const auto copy = std::make_unique<uint8_t[]>(size);
  std::copy(datagram.message.begin(), datagram.message.end(), copy.get());
  datagram.message = {copy.get(), size};
  Require(ChecksumIsRight(datagram) == IsRight(datagram), "a checksum is right in one way to add and wrong in another");
  if (const auto kind = FindKind<Family>(datagram.message).kind) WriteAndReadAgain<Family>(datagram.message, *kind);
  Router<Family>().Take(datagram);
}

}  // namespace
}  // namespace mgmd::membership

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  if ((data[0] & 1) != 0) {
    mgmd::membership::Try<mgmd::Ipv6>(data[0], {data + 1, size - 1});
  } else {
    mgmd::membership::Try<mgmd::Ipv4>(data[0], {data + 1, size - 1});
  }
  return 0;
}
