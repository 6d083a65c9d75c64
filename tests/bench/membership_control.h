#ifndef MGMD_TESTS_BENCH_MEMBERSHIP_CONTROL_H_
#define MGMD_TESTS_BENCH_MEMBERSHIP_CONTROL_H_

// What IGMP, or MLD, is in control, from the frame to the Group Manager, as MembershipProtocol puts it together, but on
// a clock of the benchmark's: frames are read, checked and limited, the router part takes them, and what has changed is
// told to the process's Group Manager once a turn. What is left out is the ring on which frames come up.
//
// One of a family in a process.

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "control/membership/message_rate.h"
#include "control/membership/router_part.h"
#include "control/membership/validity.h"
#include "control/mgm/host.h"
#include "control/protocols/manager_calls.h"
#include "control/protocols/membership/manager_client.h"
#include "tests/bench/stream_keys.h"
#include "tests/fakes/counting_forwarder.h"

namespace mgmd::bench {

using Frame = std::vector<uint8_t>;

// Stations of a link; the router is number 0.
template <class Family>
typename Family::Address StationOf(uint32_t number) {
  if constexpr (std::is_same_v<Family, Ipv4>) {
    return Ipv4Address(0x0A000001u + number);
  } else {
    std::array<uint8_t, 16> octets{0xFE, 0x80};
    for (int at = 0; at < 4; ++at) octets[static_cast<size_t>(15 - at)] = static_cast<uint8_t>((number + 1) >> 8 * at);
    return Ipv6Address(octets);
  }
}

template <class Family>
Frame FrameOf(uint32_t station, const typename Family::Address& to, std::span<const uint8_t> message) {
  const std::vector<uint8_t> packet = membership::MakePacket<Family>(StationOf<Family>(station), to, message);
  Frame frame{0x01, 0, 0x5E, 0, 0, 0x16, 0x02, 0, 0, 0, 0, 0x01, 0x08, 0x00};
  if constexpr (std::is_same_v<Family, Ipv6>) frame[12] = 0x86, frame[13] = 0xDD;
  frame.insert(frame.end(), packet.begin(), packet.end());
  return frame;
}
// A report of version 2 (MLD 1), or a leave.
template <class Family>
Frame OldFrame(uint32_t station, membership::MessageType type, const typename Family::Address& group) {
  const bool leave = type == membership::MessageType::kLeave;
  return FrameOf<Family>(station, leave ? membership::Protocol<Family>::kAllRouters : group,
                         membership::WriteOldMessage<Family>({type, membership::Version::kV2}, group));
}
template <class Family>
Frame ReportFrame(uint32_t station, std::span<const membership::Record<Family>> records) {
  return FrameOf<Family>(station, membership::Protocol<Family>::kAllReports, membership::WriteReport<Family>(records));
}

template <class Family>
class MembershipControl : private protocols::WantedMemberships<Family> {
 public:
  using Address = typename Family::Address;
  using Interface = InterfaceIdOf<Family>;
  using Time = membership::Time;

  // On interfaces 1, 2, ...
  MembershipControl(Forwarder<Family>& forwarder, const RouteTable<Family>& routes, uint32_t interfaces,
                    const membership::RouterSettings<Family>& settings)
      : host_(forwarder, routes), client_(*this, {}) {
    client_.Register().IgnoreError();
    for (uint32_t index = 1; index <= interfaces; ++index) {
      parts_.push_back(std::make_unique<Part>(*this, Interface{index, {}}, settings));
      membership::Link<Family> link{.up = true, .address = StationOf<Family>(0), .own = {StationOf<Family>(0)}};
      link.networks.push_back(typename Family::Prefix(StationOf<Family>(0), Family::kAddressBits == 32 ? 16 : 64));
      parts_.back()->router.Start(link, now);
      client_.Take(parts_.back()->id).IgnoreError();
    }
    Turn();
  }

  void Take(uint32_t interface, std::span<const uint8_t> frame) {
    Part& part = *parts_[interface - 1];
    const auto datagram = membership::ReadDatagram<Family>(frame);
    if (!datagram || !part.rate.Take(*datagram, now)) {
      ++lost;
      return;
    }
    const membership::PacketCheck check = CheckPacket(*datagram, part.router.settings().acceptance);
    if (check.fault) {
      ++lost;
      return;
    }
    part.router.Take(*datagram, check.kind, now);
  }
  // What a turn of control does after it has taken frames.
  void Turn() {
    client_.Flush(now);
    MgmHostPoll();
  }
  void Tick() {
    for (auto& part : parts_) {
      if (part->router.NextDeadline() <= now) part->router.Tick(now);
    }
  }

  const membership::RouterPart<Family>& router(uint32_t interface) const { return parts_[interface - 1]->router; }
  bool is_idle() const { return client_.is_idle(); }

  Time now{std::chrono::hours(1)};
  uint64_t lost = 0;  // frames that were not taken: none should be
  uint64_t sent = 0;  // messages

 private:
  // The process's manager. It has IPv4 whatever the family.
  struct Host {
    Host(Forwarder<Family>& forwarder, const RouteTable<Family>& routes) {
      mgm::HostConfig config;
      config.families.template of<Ipv4>() = {.forwarder = &nothing, .routes = &no_routes, .observer = nullptr};
      config.families.template of<Family>() = {.forwarder = &forwarder, .routes = &routes, .observer = nullptr};
      MgmHostStart(config);
    }
    ~Host() { MgmHostStop(); }

    struct NoRoutes : RouteTable<Ipv4> {
      std::optional<Route<Ipv4>> Lookup(const Ipv4Address&) const override { return std::nullopt; }
    };
    fakes::CountingForwarder<Ipv4> nothing;
    NoRoutes no_routes;
  };
  struct Part : membership::MessageOut<Family>, membership::RouterObserver<Family> {
    Part(MembershipControl& control, Interface of, const membership::RouterSettings<Family>& settings)
        : all(control), id(of), router(settings, control.shared_, *this, *this, counters) {}
    bool Send(membership::MessageKind, const Address&, const Address&, std::span<const uint8_t>) override {
      ++all.sent;
      return true;
    }
    void Changed(const Address& group) override { all.client_.Changed(id, group); }

    MembershipControl& all;
    const Interface id;
    membership::Counters counters;
    membership::MessageRate<Family> rate;
    membership::RouterPart<Family> router;
  };

  membership::Wanted<Family> Describe(const Interface& interface, const Address& group) const override {
    return router(interface.index).Describe(group);
  }
  bool Wants(const Interface& interface, const Interface&, const Address& source, const Address& group) const override {
    return interface.index > parts_.size() || router(interface.index).Wants(source, group);
  }
  std::vector<Address> Groups(const Interface& interface) const override {
    std::vector<Address> groups;
    router(interface.index).ForEachGroup([&](const Address& group) { groups.push_back(group); });
    return groups;
  }

  Host host_;
  membership::SharedByRouters<Family> shared_;
  std::vector<std::unique_ptr<Part>> parts_;
  protocols::ManagerClient<Family> client_;
};

}  // namespace mgmd::bench

#endif  // MGMD_TESTS_BENCH_MEMBERSHIP_CONTROL_H_
