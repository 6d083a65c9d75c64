#ifndef MGMD_TESTS_FAKES_FAKE_LOCAL_PACKETS_H_
#define MGMD_TESTS_FAKES_FAKE_LOCAL_PACKETS_H_

// Local packets without a dataplane: a test says what has arrived, and sees what is wanted and what leaves.

#include <chrono>
#include <deque>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "common/local_packets.h"

namespace mgmd::fakes {

class FakeLocalPackets : public LocalPackets {
 public:
  using Bytes = std::vector<uint8_t>;
  struct Arrived {
    LocalClass local_class;
    InterfaceSlot arrival;
    Bytes frame;
    std::chrono::steady_clock::time_point at{};
  };
  struct Sent {
    InterfaceSlot out;
    InjectForm form;
    Bytes octets;
    bool operator==(const Sent&) const = default;
  };

  // --- What a test looks at and sets
  std::deque<Arrived> arrived;
  std::deque<Icmpv6Error> errors;  // asked for; a test keeps what they quote
  uint64_t untaken = 0;
  std::map<InterfaceSlot, LocalClasses> wanted;
  PerFamily<OwnAddressList> own_addresses;
  std::vector<Sent> sent;
  std::set<InterfaceSlot> full;        // take nothing now
  std::set<InterfaceSlot> impossible;  // never take anything

  // --- LocalPackets
  void SetWanted(InterfaceSlot interface, LocalClasses classes) override { wanted[interface] = classes; }
  void SetOwnAddresses(const PerFamily<OwnAddressList>& addresses) override { own_addresses = addresses; }
  size_t Receive(size_t limit, LocalSink& sink) override {
    size_t received = 0;
    for (; received < limit && !arrived.empty(); ++received) {
      const Arrived next = arrived.front();
      arrived.pop_front();
      if (!sink.Take({next.local_class, next.arrival, next.at, next.frame})) ++untaken;
    }
    return received;
  }
  size_t ReceiveErrors(Icmpv6ErrorSink& sink) override {
    const std::deque<Icmpv6Error> asked = std::exchange(errors, {});
    for (const Icmpv6Error& error : asked) sink.Take(error);
    return asked.size();
  }
  InjectResult Inject(InterfaceSlot out, InjectForm form, std::span<const uint8_t> octets) override {
    if (impossible.contains(out)) return InjectResult::kImpossible;
    if (full.contains(out)) return InjectResult::kFull;
    sent.push_back({out, form, {octets.begin(), octets.end()}});
    return InjectResult::kTaken;
  }
};

}  // namespace mgmd::fakes

#endif  // MGMD_TESTS_FAKES_FAKE_LOCAL_PACKETS_H_
