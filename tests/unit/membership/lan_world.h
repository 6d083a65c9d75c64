#ifndef MGMD_TESTS_UNIT_MEMBERSHIP_LAN_WORLD_H_
#define MGMD_TESTS_UNIT_MEMBERSHIP_LAN_WORLD_H_

// A link with up to three routers and eight reference hosts of all versions, on a virtual clock. Hosts change what they
// want at any time; messages are late, come twice or not at all; a router's link goes down and comes up. After every
// event it is looked at what must always be so of a link:
//
//   - what a host has wanted and reported is forwarded without a break, though of each two messages that matter for it
//     in a row one may be lost;
//   - what nobody wants any more ends;
//   - the Group Manager knows what is wanted (told_manager.h);
//   - there is one querier, that with the lowest address, once there has been time to find it;
//   - the same messages have the same outcome, however often a router is given the time; one that is given it late has
//     in the end the same.

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/membership/datagram.h"
#include "tests/support/choices.h"
#include "tests/unit/membership/losses.h"
#include "tests/unit/membership/message_text.h"
#include "tests/unit/membership/reference_host.h"
#include "tests/unit/membership/told_manager.h"
#include "tests/unit/membership/watched_router.h"

namespace mgmd::membership {

template <class Family>
class LanWorld {
 public:
  using Address = typename Family::Address;
  using Want = typename ReferenceHost<Family>::Want;

  explicit LanWorld(support::Choices& choices) : choices_(choices) {
    const int number = 1 + static_cast<int>(choices_.Below(kFour ? 8 : 7));
    settings_.version = choices_.Below(5) == 0 ? Version::kV2 : Version::kV3;
    if (choices_.Below(2) == 0) settings_.timing = {.robustness = 3, .query_interval = std::chrono::seconds(60)};
    if (choices_.Below(2) == 0) settings_.immediate_leave = ImmediateLeave::kTracked;
    for (int i = 0; i < number; ++i) hosts_.emplace_back(AnyKind(), choices_);
    for (const char* text : kFour ? kFourNames : kSixNames) groups_.push_back(Address::Parse(text).value());
    for (int i = 1; i <= kSources; ++i) sources_.push_back(Station(9, i));
    const int routers = 1 + static_cast<int>(choices_.Below(3));
    for (int i = 0; i < routers; ++i) routers_.push_back(std::make_unique<Router>(*this, Station(0, 10 + i)));
    losses_.routers = routers;
    prompt_ = std::make_unique<WatchedRouter<Family>>(settings_, groups_, sources_);
    late_ = std::make_unique<WatchedRouter<Family>>(settings_, groups_, sources_);
    // Without address: they ask nothing, so that time changes nothing for others.
    for (auto* listener : {prompt_.get(), late_.get()}) listener->Start(LinkOf({}), now_);
    told_ = std::make_unique<ToldManager<Family>>(choices_, groups_, sources_);
    for (auto& router : routers_) {
      for (auto* twin : {&router->is, &router->twin}) twin->Start(LinkOf(router->address), now_);
      Collect(*router);
      told_->Add(router->is);
    }
    disturbed_ = now_;
    for (const Address& group : groups_) {
      for (const Address& source : sources_) wanted_[{group, source}] = now_;
    }
  }

  // Prints what happens on the link from then on, a line for each thing.
  void Tell() { tells_ = true; }

  // Until hosts and links have done so many things.
  void Run(int operations) {
    while (operations > 0 && !::testing::Test::HasFailure()) {
      const Time next = NextEvent();
      now_ = std::max(now_, next);
      if (operation_ <= now_) {
        --operations;
        Operate();
      }
      Deliver();
      for (size_t i = 0; i < hosts_.size(); ++i) {
        if (hosts_[i].NextDeadline() > now_) continue;
        hosts_[i].Tick(now_);
        CollectHost(i);
      }
      for (auto& router : routers_) TickRouter(*router);
      if (prompt_->part().NextDeadline() <= now_) prompt_->Tick(now_);
      prompt_->TakePackets();
      told_->Turn(now_);
      Check();
    }
  }

 private:
  static constexpr bool kFour = Family::kAddressBits == 32;
  static constexpr const char* kFourNames[] = {"239.1.1.1", "239.1.1.2", "232.1.1.1"};
  static constexpr const char* kSixNames[] = {"ff0e::1", "ff0e::2", "ff3e::1"};
  static constexpr int kSources = 5;  // hosts name all but the last
  // Milliseconds. A question's way and its answer's are what hosts leave of a second.
  static constexpr uint32_t kLongestWay = 24;

  struct Router {
    Router(const LanWorld& world, const Address& own)
        : address(own),
          is(world.settings_, world.groups_, world.sources_),
          twin(world.settings_, world.groups_, world.sources_) {}

    Address address;
    WatchedRouter<Family> is;
    WatchedRouter<Family> twin;  // is given the time more often
    Time up_again = Time::min();
    bool down = false;
    // By host and group: what the host wants, and the router has heard.
    std::map<std::pair<size_t, Address>, std::set<Address>> heard{};
  };
  struct Flight {
    int sender = 0;  // hosts from 0 on; routers -1, -2, ...
    Address source{}, destination{};
    std::vector<uint8_t> packet{};
    bool refreshes = false;
    int questions = 0;  // that it answers
  };

  static std::chrono::milliseconds Ms(int64_t ms) { return std::chrono::milliseconds(ms); }
  static Address Station(int net, int number) {
    if constexpr (kFour) {
      return Ipv4Address(10, static_cast<uint8_t>(net), 0, static_cast<uint8_t>(number));
    } else {
      return Six((net == 0 ? "fe80::" : "2001:db8:9::") + std::to_string(number));
    }
  }
  // The last of eight hosts has no address yet.
  static Address HostAddress(size_t host) {
    return kFour && host == 7 ? Address() : Station(0, 101 + static_cast<int>(host));
  }
  static Link<Family> LinkOf(const Address& own, bool up = true) {
    Link<Family> link{.up = up, .address = own, .own = {own}};
    if constexpr (kFour) link.networks = {Ipv4Prefix(Ipv4Address(10, 0, 0, 0), 24)};
    return link;
  }
  HostKind AnyKind() {
    const bool old = settings_.version == Version::kV2;
    const uint32_t any = choices_.Below(8);
    if (any == 0 && kFour) return HostKind::kV1;
    if (old || any <= 1) return HostKind::kV2;
    return any == 2 ? HostKind::kLightweight : HostKind::kV3;
  }

  Time NextEvent() const {
    Time next = std::min({operation_, prompt_->part().NextDeadline(), told_->NextDeadline()});
    if (!flights_.empty()) next = std::min(next, flights_.begin()->first.first);
    for (const auto& host : hosts_) next = std::min(next, host.NextDeadline());
    for (const auto& router : routers_) {
      next = std::min(next, router->is.part().NextDeadline());
      if (router->down) next = std::min(next, router->up_again);
    }
    return next;
  }

  // --- What happens.

  void Operate() {
    constexpr uint32_t kPauses[] = {200, 3000, 3000, 60000, 60000, 400000};
    operation_ = now_ + Ms(20 + choices_.Below(kPauses[choices_.Below(std::size(kPauses))]));
    if (choices_.Below(8) == 0) late_->Tick(now_);
    if (choices_.Below(8) == 0) return told_->Operate(now_);
    if (choices_.Below(20) == 0) return GoDown(*routers_[choices_.Below(static_cast<uint32_t>(routers_.size()))]);
    const size_t host = choices_.Below(static_cast<uint32_t>(hosts_.size()));
    const Address group = groups_[choices_.Below(static_cast<uint32_t>(groups_.size()))];
    const Want want = AnyWant(hosts_[host], group);
    Note(NameOf(static_cast<int>(host)) + " wants of " + group.ToString() + (want.exclude ? " all but" : "") +
         ListText(want.sources));
    hosts_[host].SetWant(group, want, now_);
    for (auto& router : routers_) {
      std::erase_if(router->heard[{host, group}],
                    [&](const Address& source) { return !hosts_[host].Wants(source, group); });
    }
    CollectHost(host);
  }

  Want AnyWant(const ReferenceHost<Family>& host, const Address& group) {
    const bool specific = settings_.ssm.Has(group);
    if (choices_.Below(3) == 0 || (host.is_old() && specific)) return {};
    Want want{.exclude = host.is_old() || (!specific && choices_.Below(2) == 0)};
    const bool lightweight = host.kind() == HostKind::kLightweight;
    if (host.is_old() || (lightweight && want.exclude)) return want;
    // Lightweight hosts go from all sources to some by way of none.
    if (lightweight && host.WantOf(group).exclude) return {};
    for (int i = 0; i + 1 < kSources; ++i) {
      if (choices_.Below(2) == 0) want.sources.insert(sources_[static_cast<size_t>(i)]);
    }
    return want;
  }

  void GoDown(Router& router) {
    if (router.down) return;
    router.down = true;
    Note(router.address.ToString() + " is down");
    router.up_again = now_ + Ms(1 + choices_.Below(5000));
    for (auto* twin : {&router.is, &router.twin}) twin->SetLink(LinkOf(router.address, false), now_);
    // A question under way may end unanswered, and who has heard it asks no second time.
    for (auto& each : routers_) {
      for (auto& [of, sources] : each->heard) {
        if (losses_.WasAsked(of.second, now_)) sources.clear();
      }
    }
  }

  void TickRouter(Router& router) {
    if (router.down && router.up_again <= now_) {
      router.down = false;
      Note(router.address.ToString() + " is up");
      disturbed_ = now_;
      for (auto* twin : {&router.is, &router.twin}) twin->SetLink(LinkOf(router.address), now_);
    }
    router.twin.Tick(now_);
    if (router.is.part().NextDeadline() <= now_) router.is.Tick(now_);
    Collect(router);
  }

  // --- Messages.

  void Put(int sender, const Address& source, const Address& destination, const std::vector<uint8_t>& message,
           bool refreshes, int questions = 0) {
    Flight flight{sender, source, destination, MakePacket<Family>(source, destination, message), refreshes, questions};
    // Each sender's messages stay in their order.
    Time& arrives = arrives_[sender];
    arrives = std::max(arrives, now_ + Ms(1 + choices_.Below(kLongestWay)));
    flights_.emplace(std::pair(arrives, flown_++), std::move(flight));
  }
  void CollectHost(size_t host) {
    for (const auto& said : hosts_[host].TakeSaid()) {
      Put(static_cast<int>(host), HostAddress(host), said.destination, said.message, said.refreshes, said.questions);
    }
  }
  void Collect(Router& router) {
    EXPECT_EQ(router.twin.TakeTranscript(), router.is.TakeTranscript());
    router.twin.TakePackets();
    const int number = static_cast<int>(
        std::find_if(routers_.begin(), routers_.end(), [&](const auto& one) { return one.get() == &router; }) -
        routers_.begin());
    for (const auto& packet : router.is.TakePackets()) {
      const bool general = packet.destination == Protocol<Family>::kAllHosts;
      if (!general) losses_.Asked(packet.destination, now_);
      Put(-1 - number, router.address, packet.destination, packet.message, general);
    }
  }

  void Deliver() {
    while (!flights_.empty() && flights_.begin()->first.first <= now_) {
      const Flight flight = std::move(flights_.begin()->second);
      flights_.erase(flights_.begin());
      const auto message = std::span<const uint8_t>(flight.packet).subspan(Protocol<Family>::kIpHeader);
      Datagram<Family> datagram{.source = flight.source, .destination = flight.destination, .message = message};
      datagram.sender[5] = static_cast<uint8_t>(flight.sender);
      const MessageKind kind = *FindKind<Family>(message).kind;
      if (tells_) Note(NameOf(flight.sender) + ": " + MessageText<Family>(message, kind));
      const int times = choices_.Below(8) == 0 ? 2 : 1;
      for (int time = 0; time < times; ++time) {
        for (auto* listener : {prompt_.get(), late_.get()}) listener->Hear(datagram, now_);
        for (size_t i = 0; i < routers_.size(); ++i) {
          if (flight.sender == -1 - static_cast<int>(i)) continue;
          HearAsRouter(*routers_[i], flight, datagram, kind);
        }
        for (size_t i = 0; i < hosts_.size(); ++i) {
          if (flight.sender == static_cast<int>(i)) continue;
          HearAsHost(i, flight, message, kind);
        }
      }
    }
  }

  void HearAsRouter(Router& router, const Flight& flight, const Datagram<Family>& datagram, MessageKind kind) {
    const bool report = kind.type == MessageType::kReport;
    const bool counts_for_more = flight.questions > 1 || losses_.EndsQuestion(datagram.message, kind, now_);
    if (router.down || (!counts_for_more && losses_.IsLost(flight.refreshes, now_))) {
      if (!router.down) return Note("  lost to " + router.address.ToString());
      // It may miss more than a loss.
      for (auto& [of, sources] : router.heard) {
        if (of.first == static_cast<size_t>(flight.sender) || hosts_[of.first].is_old()) sources.clear();
      }
      return;
    }
    for (auto* twin : {&router.is, &router.twin}) twin->Hear(datagram, now_);
    if (report) Confirm(router, static_cast<size_t>(flight.sender), datagram.message, kind);
    Collect(router);
  }

  void Confirm(Router& router, size_t host, std::span<const uint8_t> message, MessageKind kind) {
    const auto confirm = [&](const Address& group, const std::set<Address>& named, bool all_others) {
      for (const Address& source : sources_) {
        const bool says = named.contains(source) != all_others;
        if (says && hosts_[host].Wants(source, group)) router.heard[{host, group}].insert(source);
      }
    };
    if (kind.version != Version::kV3) return confirm(GroupOf<Family>(message), {}, true);
    std::vector<Address> buffer;
    ForEachRecord<Family>(message, buffer, [&](const Record<Family>& record) {
      if (record.type == RecordType::kBlock) return;
      const std::set<Address> named(record.sources.begin(), record.sources.end());
      confirm(record.group, named, record.type == RecordType::kIsExclude || record.type == RecordType::kToExclude);
    });
  }

  void HearAsHost(size_t host, const Flight& flight, std::span<const uint8_t> message, MessageKind kind) {
    if (kind.type == MessageType::kQuery) {
      if (losses_.IsLost(flight.refreshes, now_)) return Note("  lost to " + NameOf(static_cast<int>(host)));
      hosts_[host].HearQuery(*ReadQuery<Family>(message), now_);
    } else if (kind.type == MessageType::kReport && kind.version != Version::kV3) {
      hosts_[host].HearOldReport(GroupOf<Family>(message), kind.version);
    }
    CollectHost(host);
  }

  // --- What is told.

  void Note(const std::string& what) const {
    if (tells_) std::printf("%s: %s\n", Where().c_str(), what.c_str());
  }
  std::string NameOf(int sender) const {
    if (sender < 0) return routers_[static_cast<size_t>(-1 - sender)]->address.ToString();
    constexpr const char* kKinds[] = {"1", "2", "3", "lightweight"};
    return "host " + std::to_string(sender) + " (" +
           kKinds[static_cast<int>(hosts_[static_cast<size_t>(sender)].kind())] + ")";
  }
  // --- What must be so.

  void Check() {
    const Duration interval = routers_[0]->is.interval(), answers = routers_[0]->is.answer_time();
    for (const Address& group : groups_) {
      bool any = false;
      for (const Address& source : sources_) {
        const bool wanted =
            std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& host) { return host.Wants(source, group); });
        if (wanted) wanted_[{group, source}] = now_;
        any |= now_ - wanted_[{group, source}] <= interval + answers;
      }
      for (const auto& router : routers_) {
        const RouterPart<Family>& part = router->is.part();
        if (!any) {
          EXPECT_EQ(part.Find(group), nullptr) << "nobody wants anything of " << group.ToString() << Where();
        }
        for (const Address& source : sources_) {
          // A list of sources that others exclude may keep one, until that runs out as well.
          if (now_ - wanted_[{group, source}] <= 3 * interval + answers) continue;
          EXPECT_FALSE(part.Wants(source, group)) << "nobody wants " << source.ToString() << Where();
        }
      }
    }
    for (const auto& router : routers_) {
      for (const auto& [of, sources] : router->heard) {
        for (const Address& source : sources) {
          EXPECT_TRUE(router->is.part().Wants(source, of.second))
              << "host " << of.first << " of kind " << static_cast<int>(hosts_[of.first].kind()) << " wants "
              << source.ToString() << " of " << of.second.ToString() << Where();
        }
      }
    }
    late_->TakePackets();
    if (choices_.Below(64) == 0) {
      late_->Tick(now_);
      for (const Address& group : groups_) EXPECT_EQ(late_->part().Describe(group), prompt_->part().Describe(group));
    }
    const bool all_up = std::none_of(routers_.begin(), routers_.end(), [](const auto& one) { return one->down; });
    if (!all_up || now_ - disturbed_ <= settings_.timing.OtherQuerierPresent() + Ms(100)) return;
    for (size_t i = 0; i < routers_.size(); ++i) {
      EXPECT_EQ(routers_[i]->is.part().querier().is_querier(), i == 0) << Where();
    }
  }

  std::string Where() const {
    return " at " + std::to_string(std::chrono::duration<double>(now_.time_since_epoch()).count()) + " s";
  }

  support::Choices& choices_;
  bool tells_ = false;
  RouterSettings<Family> settings_;
  Losses<Family> losses_{choices_, settings_};
  std::vector<Address> groups_, sources_;
  std::vector<ReferenceHost<Family>> hosts_;
  std::vector<std::unique_ptr<Router>> routers_;
  std::unique_ptr<WatchedRouter<Family>> prompt_, late_;
  std::unique_ptr<ToldManager<Family>> told_;
  std::map<std::pair<Time, uint64_t>, Flight> flights_;
  std::map<int, Time> arrives_;  // the last message of each sender
  uint64_t flown_ = 0;
  Time now_{std::chrono::hours(1)};
  Time operation_ = now_ + Ms(1000);
  Time disturbed_{};  // the election begins anew
  std::map<std::pair<Address, Address>, Time> wanted_;
};

}  // namespace mgmd::membership

#endif  // MGMD_TESTS_UNIT_MEMBERSHIP_LAN_WORLD_H_
