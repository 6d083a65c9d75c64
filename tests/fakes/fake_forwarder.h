#ifndef MGMD_TESTS_FAKES_FAKE_FORWARDER_H_
#define MGMD_TESTS_FAKES_FAKE_FORWARDER_H_

// The forwarder on plain maps, with the real one's rules: interface stamps, wildcard lookup,
// refusals, punts. It records the order of calls, and Forward() says what a packet would do now.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/forwarder.h"
#include "common/route_table.h"

namespace mgmd::fakes {

class FakeForwarder : public Forwarder {
 public:
  struct Entry {
    Stamp accept;
    std::vector<Stamp> oifs;
    bool no_route = false;
    bool drain_pending = false;
  };

  // --- What a test looks at and sets
  // "bump 1", "apply 2+3 -1" (upserts, of them with the drain mark, deletes), "settle", "enable 1",
  // "disable 1".
  std::vector<std::string> calls;
  std::map<Ipv4FibKey, Entry> entries;
  std::set<uint16_t> enabled;
  std::set<uint16_t> wrong_interface_alerts;
  std::vector<Ipv4FibKey> discarded;
  std::vector<Punt> punts;           // what ReceivePunts() hands out
  std::set<Ipv4FibKey> refused;      // keys whose upserts are refused
  bool reclaims = true;              // Reclaimed(), Poll() and Slot() find grace periods ended
  std::set<InterfaceId> configured;  // their slots are never free
  uint64_t activity = 0;             // of every stream

  // Interfaces that a packet of the stream leaves by if it arrives on `arrival`; empty if it is
  // dropped.
  std::set<InterfaceId> Forward(Ipv4Address source, Ipv4Address group, InterfaceId arrival) {
    std::set<InterfaceId> out;
    const uint16_t slot = Value(Slot(arrival));
    const Entry* entry = Lookup(source, group);
    if (!enabled.contains(slot) || entry == nullptr || entry->accept != stamps_[slot]) return out;
    for (const Stamp& oif : entry->oifs) {
      if (oif == stamps_[oif.slot] && oif.slot != slot) out.insert(interfaces_[oif.slot]);
    }
    return out;
  }

  // --- Forwarder
  InterfaceSlot Slot(InterfaceId interface) override {
    const auto found = slots_.find(interface);
    if (found != slots_.end()) {
      freed_.erase(found->second);
      return InterfaceSlot{found->second};
    }
    auto slot = static_cast<uint16_t>(interfaces_.size());
    if (reclaims && !freed_.empty()) {
      slot = freed_.extract(freed_.begin()).value();
      slots_.erase(interfaces_[slot]);
      interfaces_[slot] = interface;
      ++stamps_[slot].epoch;
    } else if (interfaces_.size() < kMaxSlots) {
      interfaces_.push_back(interface);
      stamps_.push_back({slot, 0});
    } else {
      return kNoSlot;
    }
    slots_[interface] = slot;
    return InterfaceSlot{slot};
  }
  bool FreeSlot(InterfaceSlot slot) override {
    if (configured.contains(interfaces_[Value(slot)])) return false;
    freed_.insert(Value(slot));
    return true;
  }
  void SetEnabled(InterfaceSlot slot, bool on) override {
    calls.push_back((on ? "enable " : "disable ") + Name(slot));
    if (on) {
      enabled.insert(Value(slot));
    } else {
      enabled.erase(Value(slot));
    }
  }
  void SetWrongInterfaceAlert(InterfaceSlot slot, bool on) override {
    if (on) {
      wrong_interface_alerts.insert(Value(slot));
    } else {
      wrong_interface_alerts.erase(Value(slot));
    }
  }
  void Bump(InterfaceSlot slot) override {
    calls.push_back("bump " + Name(slot));
    ++stamps_[Value(slot)].epoch;
  }
  ApplyResult Apply(const FibBatch& batch) override {
    ApplyResult result{BatchId{++batches_}, {}};
    size_t upserts = 0;
    size_t drains = 0;
    size_t deletes = 0;
    for (uint32_t i = 0; i < batch.changes.size(); ++i) {
      const FibChange& change = batch.changes[i];
      if (change.kind == FibChange::Kind::kDelete) {
        deletes += entries.erase(change.key);
        continue;
      }
      if (refused.contains(change.key)) {
        result.refused.push_back({i, Refusal::kBacklog});
        continue;
      }
      ++upserts;
      drains += change.drain_pending ? 1 : 0;
      Entry entry{.accept = change.accept == kNoSlot ? Stamp() : stamps_[Value(change.accept)],
                  .oifs = {},
                  .no_route = change.no_route,
                  .drain_pending = change.drain_pending};
      for (uint32_t oif = 0; oif < change.oif_count; ++oif) {
        entry.oifs.push_back(stamps_[Value(batch.oifs[change.first_oif + oif])]);
      }
      entries[change.key] = entry;
    }
    calls.push_back("apply " + std::to_string(upserts) + "+" + std::to_string(drains) + " -" + std::to_string(deletes));
    return result;
  }
  SettleResult Settle() override {
    calls.push_back("settle");
    return {};
  }
  bool Reclaimed(BatchId) override { return reclaims; }
  bool Poll() override { return false; }
  void DiscardPending(Ipv4FibKey key) override { discarded.push_back(key); }
  std::optional<EntryCounters> Read(Ipv4FibKey) override { return std::nullopt; }
  uint64_t Activity(Ipv4FibKey) override { return activity; }
  size_t ReceivePunts(std::span<Punt> out) override {
    const size_t count = std::min(out.size(), punts.size());
    std::copy_n(punts.begin(), count, out.begin());
    punts.erase(punts.begin(), punts.begin() + static_cast<ptrdiff_t>(count));
    return count;
  }

 private:
  std::string Name(InterfaceSlot slot) const { return std::to_string(interfaces_[Value(slot)].index); }
  const Entry* Lookup(Ipv4Address source, Ipv4Address group) const {
    const auto exact = entries.find(Ipv4FibKey::SourceGroupUnchecked(source, group));
    if (exact != entries.end()) return &exact->second;
    for (int length = 32; length >= Ipv4::kAllGroupsLength && !group.is_source_specific(); --length) {
      const auto wildcard = entries.find(Ipv4FibKey::AnySource(group, length));
      if (wildcard != entries.end()) return &wildcard->second;
    }
    return nullptr;
  }

  std::map<InterfaceId, uint16_t> slots_;
  std::set<uint16_t> freed_;
  std::vector<InterfaceId> interfaces_;  // by slot
  std::vector<Stamp> stamps_;
  uint64_t batches_ = 0;
};

// Routes to single sources.
class FakeRouteTable : public RouteTable {
 public:
  std::map<Ipv4Address, InterfaceId> routes;

  std::optional<Route> Lookup(Ipv4Address source) const override {
    const auto found = routes.find(source);
    if (found == routes.end()) return std::nullopt;
    return Route{Ipv4Prefix(source, 32), found->second, {}, 3};
  }
};

}  // namespace mgmd::fakes

#endif  // MGMD_TESTS_FAKES_FAKE_FORWARDER_H_
