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
#include "common/ssm_ranges.h"

namespace mgmd::fakes {

template <class Family>
class FakeForwarderOf : public Forwarder<Family> {
 public:
  using Key = FibKey<Family>;
  using Id = InterfaceIdOf<Family>;
  using Address = typename Family::Address;

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
  std::map<Key, Entry> entries;
  std::set<uint16_t> enabled;
  std::set<uint16_t> wrong_interface_alerts;
  std::vector<Key> discarded;
  std::vector<Punt<Family>> punts;  // what ReceivePunts() hands out
  std::set<Key> refused;            // keys whose upserts are refused
  bool reclaims = true;             // Reclaimed(), Poll() and Slot() find grace periods ended
  std::set<Id> configured;          // their slots are never free
  uint64_t activity = 0;            // of every stream
  SsmRanges<Family> ssm;            // they match no wildcard

  // Interfaces that a packet of the stream leaves by if it arrives on `arrival`; empty if it is
  // dropped.
  std::set<Id> Forward(const Address& source, const Address& group, const Id& arrival) {
    std::set<Id> out;
    const uint16_t slot = Value(Slot(arrival));
    const Entry* entry = Lookup(source, group);
    if (!enabled.contains(slot) || entry == nullptr || entry->accept != stamps_[PlaceOf(slot)]) return out;
    for (const Stamp& oif : entry->oifs) {
      if (oif == stamps_[PlaceOf(oif.slot)] && oif.slot != slot) out.insert(interfaces_[PlaceOf(oif.slot)]);
    }
    return out;
  }

  // --- Forwarder
  InterfaceSlot Slot(const Id& interface) override {
    const auto found = slots_.find(interface);
    if (found != slots_.end()) {
      freed_.erase(found->second);
      return InterfaceSlot{found->second};
    }
    auto slot = static_cast<uint16_t>(interfaces_.size() << 1 | Family::kSlotBit);
    if (reclaims && !freed_.empty()) {
      slot = freed_.extract(freed_.begin()).value();
      slots_.erase(interfaces_[PlaceOf(slot)]);
      interfaces_[PlaceOf(slot)] = interface;
      ++stamps_[PlaceOf(slot)].epoch;
    } else if (interfaces_.size() < kMaxInterfaces) {
      interfaces_.push_back(interface);
      stamps_.push_back({slot, 0});
    } else {
      return kNoSlot;
    }
    slots_[interface] = slot;
    return InterfaceSlot{slot};
  }
  bool FreeSlot(InterfaceSlot slot) override {
    if (configured.contains(interfaces_[PlaceOf(Value(slot))])) return false;
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
    ++stamps_[PlaceOf(Value(slot))].epoch;
  }
  ApplyResult Apply(const FibBatch<Family>& batch) override {
    ApplyResult result{BatchId{++batches_}, {}};
    size_t upserts = 0;
    size_t drains = 0;
    size_t deletes = 0;
    for (uint32_t i = 0; i < batch.changes.size(); ++i) {
      const FibChange<Family>& change = batch.changes[i];
      if (change.kind == FibChange<Family>::Kind::kDelete) {
        deletes += entries.erase(change.key);
        continue;
      }
      if (refused.contains(change.key)) {
        result.refused.push_back(i);
        continue;
      }
      ++upserts;
      drains += change.drain_pending ? 1 : 0;
      Entry entry{.accept = change.accept == kNoSlot ? Stamp() : stamps_[PlaceOf(Value(change.accept))],
                  .oifs = {},
                  .no_route = change.no_route,
                  .drain_pending = change.drain_pending};
      for (uint32_t oif = 0; oif < change.oif_count; ++oif) {
        entry.oifs.push_back(stamps_[PlaceOf(Value(batch.oifs[change.first_oif + oif]))]);
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
  void DiscardPending(const Key& key) override { discarded.push_back(key); }
  std::optional<EntryCounters> Read(const Key&) override { return std::nullopt; }
  uint64_t Activity(const Key&) override { return activity; }
  size_t ReceivePunts(std::span<Punt<Family>> out) override {
    const size_t count = std::min(out.size(), punts.size());
    std::copy_n(punts.begin(), count, out.begin());
    punts.erase(punts.begin(), punts.begin() + static_cast<ptrdiff_t>(count));
    return count;
  }

 private:
  // A family has every second slot.
  static size_t PlaceOf(uint16_t slot) { return slot >> 1; }
  std::string Name(InterfaceSlot slot) const { return std::to_string(interfaces_[PlaceOf(Value(slot))].index); }
  const Entry* Lookup(const Address& source, const Address& group) const {
    const auto exact = entries.find(Key::SourceGroupUnchecked(source, group));
    if (exact != entries.end()) return &exact->second;
    if (ssm.Has(group)) return nullptr;
    for (int length = Family::kAddressBits; length >= Family::kAllGroupsLength; --length) {
      const auto wildcard = entries.find(Key::AnySource(group, length));
      if (wildcard != entries.end()) return &wildcard->second;
    }
    return nullptr;
  }

  std::map<Id, uint16_t> slots_;
  std::set<uint16_t> freed_;
  std::vector<Id> interfaces_;  // by PlaceOf() of the slot
  std::vector<Stamp> stamps_;
  uint64_t batches_ = 0;
};
using FakeForwarder = FakeForwarderOf<Ipv4>;

// Routes to single sources.
template <class Family>
class FakeRouteTableOf : public RouteTable<Family> {
 public:
  using Address = typename Family::Address;
  std::map<Address, InterfaceIdOf<Family>> routes;

  std::optional<Route<Family>> Lookup(const Address& source) const override {
    const auto found = routes.find(source);
    if (found == routes.end()) return std::nullopt;
    return Route<Family>{typename Family::Prefix(source, Family::kAddressBits), found->second, {}, 3};
  }
};
using FakeRouteTable = FakeRouteTableOf<Ipv4>;

}  // namespace mgmd::fakes

#endif  // MGMD_TESTS_FAKES_FAKE_FORWARDER_H_
