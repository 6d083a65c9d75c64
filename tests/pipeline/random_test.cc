// Invariant: whatever the interfaces, entries and packets, a worker sends exactly what the
// reference router sends, each stream in order on each interface, and counts exactly what it
// counts: drops by reason, and of every entry its packets, octets, copies by oif and losses by
// reason. No buffer is lost.
//
// Routers change while packets flow: entries come, change and go, interfaces are released, go down
// and come up.

#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iomanip>
#include <map>
#include <memory>
#include <sstream>

#include "tests/pipeline/random_traffic.h"
#include "tests/support/instruction_sets.h"
#include "tests/support/reference_rig.h"
#include "tests/support/worker_rig.h"

namespace mgmd::pipeline {
namespace {

using reference::Bytes;
using reference::Drops;
using reference::ReferenceRouter;
using testing::RigOptions;
using testing::WorkerRig;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

constexpr int kRouters = kSanitized ? 40 : 250;
constexpr int kPacketsEach = kSanitized ? 1000 : 4000;
constexpr int kLargestBurst = 130;  // two full batches and a short one

std::string Text(const Drops& drops) {
  std::string text = "{";
  for (const auto& [reason, count] : drops) text += " " + std::string(Name(reason)) + ": " + std::to_string(count);
  return text + " }";
}

std::string Hex(const Bytes& bytes) {
  std::ostringstream text;
  text << std::hex << std::setfill('0');
  for (size_t i = 0; i < std::min<size_t>(bytes.size(), 100); ++i) text << std::setw(2) << int(bytes[i]);
  text << std::dec << " (" << bytes.size() << " octets)";
  return text.str();
}

// Port, tag, and the ends of source and group of a frame that left: within these, order is promised.
using Flow = std::array<uint8_t, 11>;
Flow FlowOf(int port, const Bytes& frame) {
  Flow flow{uint8_t(port)};
  const bool tagged = frame.size() > 16 && frame[12] == 0x81 && frame[13] == 0x00;
  if (tagged) std::copy_n(frame.begin() + 14, 2, flow.begin() + 1);
  const long ip = tagged ? 18 : 14;
  const bool ipv6 = frame.size() > size_t(ip) && frame[size_t(ip)] >> 4 == 6;
  if (frame.size() < size_t(ip) + (ipv6 ? 40 : 20)) return flow;
  std::copy_n(frame.begin() + ip + (ipv6 ? 20 : 12), 4, flow.begin() + 3);
  std::copy_n(frame.begin() + ip + (ipv6 ? 36 : 16), 4, flow.begin() + 7);
  return flow;
}
using Flows = std::map<Flow, std::vector<Bytes>>;

// A worker and a reference router with the same interfaces and entries.
class Pair {
 public:
  explicit Pair(uint64_t seed) : traffic_(seed), interfaces_(traffic_.Interfaces()), reference_(WithMacs(interfaces_)) {
    Random& random = traffic_.random();
    RigOptions options;
    options.frame = RandomTraffic::kLongestFrame + 100;
    options.rx_buffers = 4096;
    options.copy_buffers = 8192;
    options.multi_segs = random.OneIn(2);
    options.header_buffers = random.OneIn(2) ? 8192 : 0;
    options.share_above = random.Of({0U, 128U, 600U, 1024U, UINT32_MAX});
    options.exception_places = 1 << 14;
    options.instructions = random.Of(testing::SupportedInstructionSets());
    rig_ = std::make_unique<WorkerRig>(options);
    for (size_t i = 0; i < interfaces_.size(); ++i) testing::AddInterface(*rig_, int(i), interfaces_[i]);
    for (int port = random.Below(2); port < int(testing::kRigPorts); port += 2) DropOwnFrames(port);
    for (int n = 5 + random.Below(40); n > 0; --n) SetEntry();
  }

  void Run() {
    for (int left = kPacketsEach; left > 0 && !::testing::Test::HasFailure();) {
      const int burst = std::min(left, traffic_.random().Below(kLargestBurst + 1));
      Burst(burst);
      left -= burst;
      if (traffic_.random().OneIn(3)) Change();
    }
    CompareDrops();
    for (const reference::Entry& entry : entries_) CompareEntry(entry);
  }

  const Drops& drops() const { return reference_.drops(); }
  uint64_t completed() const { return reference_.completed_checksums(); }
  uint64_t copies() const { return dataplane::Get(rig_->stats().copies); }

 private:
  static std::vector<reference::Interface> WithMacs(std::vector<reference::Interface>& interfaces) {
    for (size_t i = 0; i < interfaces.size(); ++i) interfaces[i].mac = testing::MacOf(int(i));
    return interfaces;
  }

  void DropOwnFrames(int port) {
    const auto& mac = RandomTraffic::kHostMac;
    rig_->interfaces().DropOwnFrames(rig_->worker_config().rx[size_t(port)].port, mac);
    reference_.DropOwnFrames(port, Bytes(mac.begin(), mac.end()));
  }

  void SetEntry() {
    const reference::Entry entry = traffic_.Entry(int(interfaces_.size()));
    DropEntry(entry);
    entries_.push_back(entry);
    reference_.Set(entry);
    testing::AddEntry(*rig_, entry);
  }

  // What an entry has counted is compared before it goes.
  void DropEntry(const reference::Entry& entry) {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const reference::Entry& one) { return one.key() == entry.key(); });
    if (found == entries_.end()) return;
    CompareEntry(*found);
    entries_.erase(found);
  }

  void Change() {
    Random& random = traffic_.random();
    const int i = random.Below(int(interfaces_.size()));
    reference::Interface& interface = reference_.interface(i);
    switch (random.Below(6)) {
      case 0:
        rig_->Bump<Ipv4>(i);
        rig_->Bump<Ipv6>(i);
        reference_.Release(i);
        break;
      case 1:
        interface.up = !random.OneIn(6);
        testing::SetUp(*rig_, i, interface.up);
        break;
      case 2:
        interface.enabled = !random.OneIn(6);
        testing::SetEnabled(*rig_, i, interface.enabled);
        break;
      case 3:
        if (!entries_.empty()) {
          const reference::Entry entry = random.Of(entries_);
          DropEntry(entry);
          reference_.Remove(entry);
          testing::WithKey(entry, [this](const auto& key) { rig_->DeleteEntry(key); });
        }
        break;
      default:
        for (int n = random.Below(4); n >= 0; --n) SetEntry();
    }
    rig_->fib<Ipv4>().Poll();
    rig_->fib<Ipv6>().Poll();
  }

  void Burst(int packets) {
    Flows expected;
    std::vector<Arrival> arrivals;
    for (int n = 0; n < packets; ++n) arrivals.push_back(traffic_.Packet(interfaces_, entries_));
    // A worker takes its ports in turn.
    std::stable_sort(arrivals.begin(), arrivals.end(),
                     [](const Arrival& a, const Arrival& b) { return a.port < b.port; });
    for (const Arrival& arrival : arrivals) {
      Receive(arrival);
      for (reference::Frame& frame : reference_.Receive({arrival.port, arrival.frame}, arrival.stripped_tag)) {
        expected[FlowOf(frame.port, frame.bytes)].push_back(std::move(frame.bytes));
      }
    }
    rig_->Turn();
    Compare(expected);
    // Streams without an entry end here.
    testing::DiscardUnknown(*rig_);
  }

  void Receive(const Arrival& arrival) {
    rte_mbuf* first = nullptr;
    size_t done = 0;
    for (size_t i = 0; done < arrival.frame.size(); ++i) {
      const size_t left = arrival.frame.size() - done;
      const size_t size = i < arrival.segments.size() ? std::min(left, arrival.segments[i]) : left;
      rte_mbuf* const segment =
          rig_->MakeMbuf(Bytes(arrival.frame.begin() + long(done), arrival.frame.begin() + long(done + size)));
      done += size;
      if (first == nullptr) {
        first = segment;
      } else {
        ASSERT_EQ(rte_pktmbuf_chain(first, segment), 0);
      }
    }
    if (arrival.stripped_tag) {
      first->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
      first->vlan_tci = uint16_t(*arrival.stripped_tag);
    }
    rig_->ReceiveMbuf(arrival.port, first);
  }

  void Compare(Flows& expected) {
    Flows sent;
    for (int port = 0; port < testing::kRigPorts; ++port) {
      for (Bytes& frame : rig_->Sent(port)) sent[FlowOf(port, frame)].push_back(std::move(frame));
    }
    if (sent == expected) return;
    for (const auto& [flow, unused] : sent) expected[flow];
    for (const auto& [flow, should] : expected) {
      const std::vector<Bytes>& is = sent[flow];
      if (is == should) continue;
      size_t i = 0;
      while (i < is.size() && i < should.size() && is[i] == should[i]) ++i;
      ADD_FAILURE() << "port " << int(flow[0]) << ": " << is.size() << " frames of the flow, should be "
                    << should.size() << "; frame " << i << "\n  is     " << (i < is.size() ? Hex(is[i]) : "none")
                    << "\n  should " << (i < should.size() ? Hex(should[i]) : "none");
      return;
    }
  }

  void CompareDrops() {
    Drops drops = rig_->drops();
    uint64_t unknown = 0;
    for (const DropReason reason : {DropReason::kPendingStreams, DropReason::kPendingDepth, DropReason::kPendingPackets,
                                    DropReason::kPendingShare, DropReason::kPendingDiscarded}) {
      unknown += drops[reason];
      drops.erase(reason);
    }
    EXPECT_EQ(unknown, reference_.unknown_streams());
    EXPECT_EQ(drops, reference_.drops()) << "\n  is     " << Text(drops) << "\n  should " << Text(reference_.drops());
    EXPECT_EQ(dataplane::Get(rig_->stats().unattributed), 0U);
    uint64_t completed = 0;
    for (const auto& port : rig_->stats().completed_checksums) completed += dataplane::Get(port);
    EXPECT_EQ(completed, reference_.completed_checksums());
  }

  void CompareEntry(const reference::Entry& entry) {
    testing::WithKey(entry, [&](const auto& key) { CompareEntry(entry, key); });
  }
  template <class Key>
  void CompareEntry(const reference::Entry& entry, const Key& key) {
    const reference::EntryTotals& should = reference_.totals(entry);
    SCOPED_TRACE(key.ToString());
    const testing::RigCounts is = rig_->counts(key);
    EXPECT_EQ(is.packets, should.packets);
    EXPECT_EQ(is.octets, should.octets);
    EXPECT_EQ(is.different_if_packets, should.different_if_packets);
    EXPECT_EQ(is.ttl_packets, should.ttl_packets);
    EXPECT_EQ(Text(rig_->exceptions(key, -1)), Text(should.drops));
    for (const int oif : entry.oifs) {
      const auto drops = should.oif_drops.find(oif);
      const auto copies = should.oif_packets.find(oif);
      const Drops lost = rig_->exceptions(key, oif);
      EXPECT_EQ(Text(lost), Text(drops == should.oif_drops.end() ? Drops() : drops->second)) << "oif " << oif;
      uint64_t sent = is.packets;
      for (const auto& [reason, count] : lost) sent -= count;
      EXPECT_EQ(sent, copies == should.oif_packets.end() ? 0 : copies->second) << "oif " << oif;
    }
  }

  RandomTraffic traffic_;
  std::vector<reference::Interface> interfaces_;
  ReferenceRouter reference_;
  std::vector<reference::Entry> entries_;
  std::unique_ptr<WorkerRig> rig_;
};

TEST(RandomTest, SendsAndCountsWhatTheReferenceDoes) {
  Drops met;
  uint64_t copies = 0;
  uint64_t completed = 0;
  for (int seed = 0; seed < kRouters && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Pair pair{uint64_t(seed)};
    pair.Run();
    copies += pair.copies();
    completed += pair.completed();
    for (const auto& [reason, count] : pair.drops()) met[reason] += count;
  }
  // Traffic that meets no rule shows nothing.
  EXPECT_GT(copies, uint64_t{kRouters} * kPacketsEach);
  EXPECT_GT(completed, uint64_t{kRouters} * kPacketsEach / 40);
  for (auto reason = DropReason{}; reason <= DropReason::kFragmentationNeeded; reason = DropReason(int(reason) + 1)) {
    const bool of_pending = reason >= DropReason::kPendingStreams && reason <= DropReason::kStopped;
    // Here nobody wants local packets, or speaks IGMP or MLD.
    const bool of_local =
        (reason >= DropReason::kNotForUs && reason <= DropReason::kLocalRingFull) || reason == DropReason::kFragment;
    if (of_pending || of_local) continue;
    EXPECT_GT(met[reason], uint64_t{kRouters} / 10) << Name(reason);
  }
  RecordProperty("copies", std::to_string(copies));
  RecordProperty("drops", Text(met));
}

}  // namespace
}  // namespace mgmd::pipeline
