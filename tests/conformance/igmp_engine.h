#ifndef MGMD_TESTS_CONFORMANCE_IGMP_ENGINE_H_
#define MGMD_TESTS_CONFORMANCE_IGMP_ENGINE_H_

// The router part of IGMP and MLD on interfaces of the world, and its client of the Group Manager: a test says what
// hosts report, and when.

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "control/membership/router_part.h"
#include "control/protocols/membership/manager_client.h"
#include "tests/conformance/conformance.h"

namespace mgmd::conformance {

template <class Family>
class Engine : public Streams<Family>, private protocols::WantedMemberships<Family> {
 protected:
  using Address = typename Family::Address;
  using Interface = InterfaceIdOf<Family>;
  using Protocol = membership::Protocol<Family>;
  using Router = membership::RouterPart<Family>;
  using Values = mgm::CValues<Family>;

  // The arguments are the Group Manager's.
  template <class... Arguments>
  explicit Engine(Arguments... arguments)
      : Streams<Family>(arguments...),
        client_(*this, {.refused = [this](const Interface&, size_t count) { refused_ += count; },
                        .enabled = [this](const Interface&, size_t groups) { begun_.push_back(groups); },
                        .told_anew = [this](const Interface&, size_t groups,
                                            std::chrono::milliseconds) { ended_.push_back(groups); },
                        .overdue = [this](const Interface& interface) { overdue_.push_back(interface.index); }}) {
    EXPECT_TRUE(client_.Register().ok());
  }

  static Address Named(const std::string& name) { return Values::FromC(fakes::AddressOf<Family>::Of(name)); }
  static Interface Id(DWORD interface) { return {.index = interface, .next_hop = {}}; }

  // IGMP comes to the interface.
  void Come(DWORD interface, membership::RouterSettings<Family> settings = {}) {
    Part& part = parts_[interface];
    part.changed = [this, interface](const Address& group) { client_.Changed(Id(interface), group); };
    part.router = std::make_unique<Router>(std::move(settings), shared_, part, part, part.counters);
    membership::Link<Family> link{.up = true, .mtu = 1500, .address = OnLink(1), .own = {OnLink(1)}, .networks = {}};
    part.router->Start(link, now_);
    EXPECT_TRUE(client_.Take(Id(interface)).ok());
  }
  // A host says so about G, and control has its turn.
  void Report(DWORD interface, membership::RecordType type, const std::vector<std::string>& sources = {},
              const std::string& group = "G") {
    std::vector<Address> addresses;
    for (const std::string& name : sources) addresses.push_back(Named(name));
    std::sort(addresses.begin(), addresses.end());
    const membership::Record<Family> record{type, Named(group), addresses};
    Report(interface, std::span(&record, 1));
  }
  void Report(DWORD interface, std::span<const membership::Record<Family>> records) {
    const auto message = membership::WriteReport<Family>(records);
    const auto packet = membership::MakePacket<Family>(OnLink(101), Protocol::kAllReports, message);
    parts_[interface].router->Take({.source = OnLink(101),
                                    .destination = Protocol::kAllReports,
                                    .message = std::span<const uint8_t>(packet).subspan(Protocol::kIpHeader)},
                                   {membership::MessageType::kReport, membership::Version::kV3}, now_);
    Turn();
  }
  void Advance(int seconds) {
    for (int second = 0; second < seconds; ++second) Step(std::chrono::seconds(1));
    this->world.Advance(seconds);
  }
  // Time passes for the router part alone, and control has its turn.
  void Step(std::chrono::milliseconds duration) {
    now_ += duration;
    for (auto& [interface, part] : parts_) part.router->Tick(now_);
    Turn();
  }
  void Turn() {
    while (client_.Flush(now_)) {
    }
  }

  membership::Time now_{std::chrono::hours(1)};
  protocols::ManagerClient<Family> client_;
  // What the client has told: memberships that were refused; groups that are told anew, and have been; interfaces that
  // wait for ENABLE for too long.
  size_t refused_ = 0;
  std::vector<size_t> begun_, ended_;
  std::vector<uint32_t> overdue_;

  bool Wants(const Interface& interface, const Interface&, const Address& source, const Address& group) const override {
    return parts_.at(interface.index).router->Wants(source, group);
  }

 private:
  struct Part : membership::MessageOut<Family>, membership::RouterObserver<Family> {
    std::function<void(const Address&)> changed;
    membership::Counters counters;
    std::unique_ptr<Router> router;

    bool Send(membership::MessageKind, const Address&, const Address&, std::span<const uint8_t>) override {
      return true;
    }
    void Changed(const Address& group) override { changed(group); }
  };

  // The addresses of stations are of no interest here.
  static Address OnLink(uint8_t last) {
    if constexpr (std::is_same_v<Family, Ipv4>) {
      return Ipv4Address(10, 0, 0, last);
    } else {
      return Ipv6Address(std::array<uint8_t, 16>{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last});
    }
  }

  membership::Wanted<Family> Describe(const Interface& interface, const Address& group) const override {
    return parts_.at(interface.index).router->Describe(group);
  }
  std::vector<Address> Groups(const Interface& interface) const override {
    std::vector<Address> groups;
    parts_.at(interface.index).router->ForEachGroup([&](const Address& group) { groups.push_back(group); });
    return groups;
  }

  membership::SharedByRouters<Family> shared_;
  std::map<DWORD, Part> parts_;
};

}  // namespace mgmd::conformance

#endif  // MGMD_TESTS_CONFORMANCE_IGMP_ENGINE_H_
