#ifndef MGMD_TESTS_CONFORMANCE_MEMBERSHIP_WORLD_H_
#define MGMD_TESTS_CONFORMANCE_MEMBERSHIP_WORLD_H_

// IGMP, or MLD, whole, as the router runs it, beside protocols in a Group Manager, on a virtual clock: a test says what
// arrives on interfaces, and reads what leaves by them.
//
//   Router(4), Join(5, {"G"}), Start();
//   Report(4, RecordType::kToExclude, "G");
//   EXPECT_EQ(Said(5), "TO_EX(G)");
//
// Interface n has the addresses 10.n.0.254/24, 2001:db8:n::fe/64 and fe80::n. Said: "GQ", "Q(G)", "Q(G:S)", "TO_EX(G)",
// "ALLOW(G:S,S2)", "report(G)", "leave(G)"; R is the group of reports. Records of one message stand without a semicolon
// between.

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/boundaries.h"
#include "control/local/octets.h"
#include "control/protocols/membership/membership_protocol.h"
#include "tests/conformance/conformance.h"
#include "tests/fakes/protocol_surroundings.h"

namespace mgmd::conformance {

using membership::RecordType;
using namespace std::chrono_literals;  // NOLINT(google-global-names-in-headers)

template <class Family>
class MembershipWorld : public Streams<Family>, private Boundaries<Family> {
 protected:
  using Address = typename Family::Address;
  using Interface = InterfaceIdOf<Family>;
  using Numbers = membership::Protocol<Family>;
  using Values = mgm::CValues<Family>;
  using Names = std::vector<std::string>;

  static constexpr uint32_t kInterfaces = 9;
  static constexpr LocalClass kClass = Family::kAddressBits == 32 ? LocalClass::kIgmp : LocalClass::kMld;

  MembershipWorld() {
    for (uint32_t n = 1; n <= kInterfaces; ++n) surroundings_.links.push_back(LinkOf(n));
  }
  ~MembershipWorld() override { protocol_.reset(); }

  // --- The configuration, before Start().
  config::MembershipInterface<Family>& On(uint32_t number) {
    for (auto& interface : config_.interfaces) {
      if (interface.id.index == number) return interface;
    }
    config::MembershipInterface<Family>& made = config_.interfaces.emplace_back();
    made.id = {.index = number, .next_hop = {}};
    made.name = "i" + std::to_string(number);
    made.has_router = false;
    return made;
  }
  config::MembershipInterface<Family>& Router(uint32_t number) {
    On(number).has_router = true;
    return On(number);
  }
  // "G", "S@G".
  void Join(uint32_t number, const Names& groups) {
    for (const std::string& text : groups) {
      const size_t at = text.find('@');
      membership::StaticMember<Family> join{Named(text.substr(at == text.npos ? 0 : at + 1)), std::nullopt};
      if (at != text.npos) join.source = Named(text.substr(0, at));
      On(number).join.push_back(join);
    }
  }
  void Start() {
    auto started =
        protocols::MembershipProtocol<Family>::Start(config_, *this, surroundings_.around, [this] { return now_; });
    ASSERT_TRUE(started.ok()) << started.status();
    protocol_ = *std::move(started);
    this->world.TakeEvents();
  }

  // --- A turn of control, as the router has it.
  void Turn() {
    surroundings_.dispatcher.Poll();
    protocol_->Poll();
    this->world.Poll();
    protocol_->Poll();
  }
  void Advance(std::chrono::milliseconds duration) {
    constexpr std::chrono::milliseconds kStep{100};
    for (; duration > 0ms; duration -= kStep) {
      now_ += kStep;
      this->world.SkipTime(0.1);
      Turn();
    }
  }

  // --- What arrives. A turn follows.
  void Arrive(uint32_t number, const Address& source, const Address& destination, const std::vector<uint8_t>& message,
              const membership::MacAddress& station = {2, 2, 2, 2, 2, 2}) {
    std::vector<uint8_t> frame(local::kEthernetHeader, 2);
    std::copy(station.begin(), station.end(), frame.begin() + 6);
    frame[12] = Family::kAddressBits == 32 ? 0x08 : 0x86;
    frame[13] = Family::kAddressBits == 32 ? 0x00 : 0xDD;
    local::Append(frame, membership::MakePacket<Family>(source, destination, message));
    surroundings_.packets.arrived.push_back({kClass, SlotOf(number), std::move(frame), now_});
    Turn();
  }
  void Report(uint32_t number, RecordType type, const std::string& group, const Names& sources = {}) {
    const std::vector<Address> addresses = NamedAll(sources);
    const membership::Record<Family> record{type, Named(group), addresses};
    Arrive(number, OnLink(number, 101), Numbers::kAllReports, membership::WriteReport<Family>(std::array{record}));
  }
  void ReportOld(uint32_t number, const std::string& group) {
    Arrive(number, OnLink(number, 102), Named(group),
           membership::WriteOldMessage<Family>({membership::MessageType::kReport, membership::Version::kV2},
                                               Named(group)));
  }
  // From that station of the link; another router's, unless it is a switch's. Zero: from no address.
  void GeneralQuery(uint32_t number, uint8_t station, membership::Version version = membership::Version::kV3) {
    const membership::Query<Family> query{.version = version, .max_response = 10000ms, .robustness = 2};
    Arrive(number, station == 0 ? Address{} : OnLink(number, station), Numbers::kAllHosts,
           membership::WriteQuery<Family>(query));
  }

  // --- What has left by the interface since it was asked last.
  std::string Said(uint32_t number) {
    for (const auto& sent : std::exchange(surroundings_.packets.sent, {})) said_[sent.out].push_back(sent.octets);
    std::string text;
    for (const auto& packet : std::exchange(said_[SlotOf(number)], {})) {
      text += (text.empty() ? "" : "; ") + TextOf(std::span(packet).subspan(Numbers::kIpHeader));
    }
    return text;
  }
  static Address Named(const std::string& name) { return Values::FromC(fakes::AddressOf<Family>::Of(name)); }
  static Interface Id(uint32_t number) { return {.index = number, .next_hop = {}}; }
  static InterfaceSlot SlotOf(uint32_t number) { return fakes::ProtocolSurroundings::SlotOf(number, Family::kSlotBit); }
  // A station of the link, as it speaks there.
  static Address OnLink(uint32_t number, uint8_t last) {
    const auto n = static_cast<uint8_t>(number);
    if constexpr (std::is_same_v<Family, Ipv4>) {
      return Ipv4Address(10, n, 0, last);
    } else {
      return Ipv6Address(std::array<uint8_t, 16>{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n, last});
    }
  }

  membership::Time now_{1000h};
  config::Membership<Family> config_;
  fakes::ProtocolSurroundings surroundings_;
  std::unique_ptr<protocols::MembershipProtocol<Family>> protocol_;

 private:
  bool Stop(const Interface&, const typename Family::Prefix&) const override { return false; }

  static views::Link LinkOf(uint32_t number) {
    views::Link link{.name = "i" + std::to_string(number), .index = number, .up = true, .mtu = 1500};
    link.mac = {2, 0, 0, 0, 1, static_cast<uint8_t>(number)};
    link.addresses.of<Family>() = {{OnLink(number, 254), Family::kAddressBits == 32 ? 24 : 64}};
    return link;
  }

  static std::vector<Address> NamedAll(const Names& names) {
    std::vector<Address> addresses;
    for (const std::string& name : names) addresses.push_back(Named(name));
    std::sort(addresses.begin(), addresses.end());
    return addresses;
  }
  static std::string NameOf(const Address& address) {
    return address == Numbers::kAllReports ? "R" : fakes::AddressOf<Family>::Name(Values::ToC(address));
  }
  static std::string NameOf(const Address& group, std::span<const Address> sources) {
    std::string text = NameOf(group);
    for (const Address& source : sources) text += (&source == sources.data() ? ":" : ",") + NameOf(source);
    return "(" + text + ")";
  }
  static std::string TextOf(std::span<const uint8_t> message) {
    const membership::MessageKind kind = *membership::FindKind<Family>(message).kind;
    if (kind.type == membership::MessageType::kQuery) {
      const auto query = *membership::ReadQuery<Family>(message);
      return query.is_general() ? "GQ" : "Q" + NameOf(query.group, query.sources);
    }
    if (kind.version != membership::Version::kV3) {
      return (kind.type == membership::MessageType::kLeave ? "leave(" : "report(") +
             NameOf(membership::GroupOf<Family>(message)) + ")";
    }
    constexpr const char* kNames[] = {"", "IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW", "BLOCK"};
    std::string text;
    std::vector<Address> buffer;
    membership::ForEachRecord<Family>(message, buffer, [&](const membership::Record<Family>& record) {
      text += (text.empty() ? "" : " ") + std::string(kNames[static_cast<size_t>(record.type)]) +
              NameOf(record.group, record.sources);
    });
    return text;
  }

  std::map<InterfaceSlot, std::vector<std::vector<uint8_t>>> said_;
};

}  // namespace mgmd::conformance

#endif  // MGMD_TESTS_CONFORMANCE_MEMBERSHIP_WORLD_H_
