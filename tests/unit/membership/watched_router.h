#ifndef MGMD_TESTS_UNIT_MEMBERSHIP_WATCHED_ROUTER_H_
#define MGMD_TESTS_UNIT_MEMBERSHIP_WATCHED_ROUTER_H_

// A router part of which each call is followed by a look at what must always be so of one router:
//
//   - who is told of changes knows at any time what is wanted, by calls that alternate for each membership, and no call
//     stops a stream that is wanted before and after;
//   - no group is empty, what is blocked is of EXCLUDE, no timer is above the membership interval, and what takes room
//     is there;
//   - one that is not the querier sends nothing but what it has begun as querier; a leave makes no more questions than
//     the last member query count; the S flag says whether timers have been raised.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/membership/router_part.h"
#include "tests/unit/membership/golden.h"

namespace mgmd::membership {

template <class Family>
class WatchedRouter : private MessageOut<Family>, private RouterObserver<Family> {
 public:
  using Address = typename Family::Address;
  struct Packet {
    Address destination{};
    std::vector<uint8_t> message{};
  };

  // `sources`: all that anybody names, and one that nobody does.
  WatchedRouter(const RouterSettings<Family>& settings, std::vector<Address> groups, std::vector<Address> sources)
      : groups_(std::move(groups)),
        sources_(std::move(sources)),
        timing_(settings.timing),
        router_(settings, shared_, *this, *this, counters_) {}

  void Start(const Link<Family>& link, Time now) {
    Do(now, [&] { router_.Start(link, now); });
  }
  void SetLink(const Link<Family>& link, Time now) {
    Do(now, [&] { router_.SetLink(link, now); });
  }
  void Tick(Time now) {
    Do(now, [&] { router_.Tick(now); });
  }
  void Hear(const Datagram<Family>& datagram, Time now) {
    const PacketCheck check = CheckPacket(datagram, router_.settings().acceptance);
    ASSERT_FALSE(check.fault);
    AllowQuestions(datagram, check.kind);
    Do(now, [&] { router_.Take(datagram, check.kind, now); });
  }

  std::function<void(const Address&)> changed;  // somebody else who is told

  const RouterPart<Family>& part() const { return router_; }
  std::vector<Packet> TakePackets() { return std::exchange(packets_, {}); }
  // All that it has said and asked for since the last time.
  std::string TakeTranscript() { return std::exchange(transcript_, {}); }

  Duration interval() const { return timing_.MembershipInterval(false); }
  Duration answer_time() const { return timing_.robustness * std::chrono::seconds(1); }

 private:
  struct Held {
    std::set<std::optional<Address>> joined{};
    std::set<Address> blocked{};

    bool Forwards(const Address& source) const {
      return joined.contains(source) || (joined.contains(std::nullopt) && !blocked.contains(source));
    }
  };

  template <class Function>
  void Do(Time now, Function&& function) {
    now_ = now;
    changed_.clear();
    asked_.clear();
    function();
    for (const Address& group : changed_) MakeCalls(group);
    for (const Address& group : groups_) Check(group);
    CheckQuestions();
    size_t held = router_.groups();
    for (const Address& group : groups_) {
      if (const auto* entry = router_.Find(group)) held += entry->group.sources().size();
    }
    EXPECT_EQ(shared_.memberships.used(), held);
  }

  void MakeCalls(const Address& group) {
    Held& held = held_[group];
    const Wanted<Family> wanted = router_.Describe(group);
    std::vector<Address> throughout;
    for (const Address& source : sources_) {
      if (held.Forwards(source) && router_.Wants(source, group)) throughout.push_back(source);
    }
    for (const auto& call : CallsBetween<Family>(synced_[group], wanted)) {
      switch (call.call) {
        case Call::kJoin:
          EXPECT_TRUE(held.joined.insert(call.source).second);
          break;
        case Call::kLeave:
          EXPECT_EQ(held.joined.erase(call.source), 1u);
          if (!call.source) held.blocked.clear();
          break;
        case Call::kBlock:
          EXPECT_TRUE(held.joined.contains(std::nullopt));
          EXPECT_TRUE(held.blocked.insert(*call.source).second);
          break;
        case Call::kUnblock:
          EXPECT_EQ(held.blocked.erase(*call.source), 1u);
          break;
      }
      for (const Address& source : throughout) EXPECT_TRUE(held.Forwards(source)) << source.ToString();
      transcript_ += std::to_string(static_cast<int>(call.call)) + (call.source ? call.source->ToString() : "*") + ";";
    }
    synced_[group] = wanted;
  }

  void Check(const Address& group) {
    EXPECT_EQ(router_.Describe(group), synced_[group]) << "nobody was told of " << group.ToString();
    for (const Address& source : sources_) {
      EXPECT_EQ(held_[group].Forwards(source), router_.Wants(source, group)) << source.ToString();
    }
    const auto* const entry = router_.Find(group);
    if (entry == nullptr) return;
    const Group<Family>& state = entry->group;
    const bool includes = state.mode() == FilterMode::kInclude;
    EXPECT_FALSE(state.empty());
    if (!includes) {
      EXPECT_LE(state.expires(), now_ + interval());
    }
    for (const Version version : {Version::kV1, Version::kV2}) {
      EXPECT_LE(entry->older.until(version), now_ + timing_.OlderHostPresent());
    }
    for (const auto& [source, timer] : state.sources()) {
      const bool blocked = timer.expires() == Timer::kBlocked;
      EXPECT_FALSE(blocked && includes);
      EXPECT_TRUE(blocked || (timer.expires() >= now_ && timer.expires() <= now_ + interval()));
    }
  }

  void CheckQuestions() {
    for (const Query<Family>& query : asked_) {
      if (query.version != Version::kV3) continue;  // it has no S flag
      const auto* const entry = router_.Find(query.group);
      const auto is_low = [&](Time expires) { return expires <= now_ + answer_time(); };
      if (query.sources.empty()) {
        const bool low =
            entry == nullptr || entry->group.mode() == FilterMode::kInclude || is_low(entry->group.expires());
        EXPECT_EQ(query.suppress, !low);
      }
      for (const Address& source : query.sources) {
        bool low = true;
        if (entry != nullptr) {
          const auto* const found = entry->group.sources().Find(source);
          low = found == nullptr || is_low(found->timer.expires());
        }
        EXPECT_EQ(query.suppress, !low) << source.ToString();
      }
    }
  }

  // What of the message may lead to questions.
  void AllowQuestions(const Datagram<Family>& datagram, MessageKind kind) {
    if (kind.type == MessageType::kLeave) {
      questions_left_[GroupOf<Family>(datagram.message)] += timing_.robustness;
    } else if (kind.type == MessageType::kReport && kind.version == Version::kV3) {
      std::vector<Address> buffer;
      ForEachRecord<Family>(datagram.message, buffer, [&](const Record<Family>& record) {
        if (record.type == RecordType::kToInclude || record.type == RecordType::kToExclude ||
            record.type == RecordType::kBlock) {
          questions_left_[record.group] += timing_.robustness;
        }
      });
    }
  }

  bool Send(MessageKind /*kind*/, const Address& /*source*/, const Address& destination,
            std::span<const uint8_t> message) override {
    packets_.push_back({destination, std::vector<uint8_t>(message.begin(), message.end())});
    transcript_ += ToHex(message) + ";";
    const auto query = ReadQuery<Family>(message);
    const bool is_querier = router_.querier().is_querier();
    if (query->is_general()) {
      EXPECT_TRUE(is_querier) << "a general query";
      return true;
    }
    asked_.push_back(*query);
    const auto [last, first] = last_asked_.try_emplace(query->group, Time::min());
    if (last->second != now_) {
      EXPECT_GT(questions_left_[query->group]--, 0) << "one question too many about " << query->group.ToString();
      if (!is_querier) {
        EXPECT_LE(now_, std::max(last->second, Time()) + std::chrono::seconds(1)) << "begun as no querier";
      }
    }
    last->second = now_;
    return true;
  }
  void Changed(const Address& group) override {
    changed_.insert(group);
    if (changed) changed(group);
  }
  void QuerierChanged() override { transcript_ += "querier changed;"; }

  const std::vector<Address> groups_, sources_;
  const Timing timing_;
  SharedByRouters<Family> shared_;
  Counters counters_;
  RouterPart<Family> router_;
  Time now_{};
  std::set<Address> changed_;
  std::vector<Packet> packets_;
  std::vector<Query<Family>> asked_;  // in this call
  std::map<Address, Time> last_asked_;
  std::map<Address, int> questions_left_;
  std::map<Address, Wanted<Family>> synced_;
  std::map<Address, Held> held_;
  std::string transcript_;
};

}  // namespace mgmd::membership

#endif  // MGMD_TESTS_UNIT_MEMBERSHIP_WATCHED_ROUTER_H_
