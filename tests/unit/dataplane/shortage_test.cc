// Too few buffers, full devices: what is lost is counted for its stream and oif, nothing else is.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

using Drops = std::map<DropReason, uint64_t>;
constexpr int kIn = 0;
const Ipv4FibKey kKey = SourceGroup("10.0.0.1", "239.1.1.1");
const Ipv4FibKey kOther = SourceGroup("10.0.0.1", "239.1.1.2");

PacketBuilder Packet() { return PacketBuilder(); }

TEST(Shortage, LosesCopiesButNoBuffersWhenThePoolRunsDryInTheMiddle) {
  // Invariant: copies sent + copies counted as no_buffers = packets * fan-out, for every oif by
  // itself, wherever in the replication the pool runs dry; what is sent is right; every buffer
  // comes back (the rig checks).
  for (const uint32_t buffers : {1u, 7u, 64u, 100u, 257u}) {
    for (const int burst : {1, 5, 8, 33, 91}) {
      WorkerRig rig({.copy_buffers = buffers, .frame = 128});
      rig.AddInterface(kIn, 0);
      std::vector<int> oifs;
      for (int slot = 1; slot <= 8; ++slot) {
        rig.AddInterface(slot, 1 + slot % 4, slot);
        oifs.push_back(slot);
      }
      rig.AddEntry(kKey, kIn, oifs);
      for (int p = 0; p < burst; ++p) rig.Receive(0, Packet().Id(p).Build());
      rig.Turn();
      std::map<int, uint64_t> sent;
      for (int port = 1; port <= 4; ++port) {
        for (const Bytes& frame : rig.Sent(port)) {
          const int slot = frame[15];
          const int id = frame[22] << 8 | frame[23];
          EXPECT_EQ(frame, Packet().Id(id).Ttl(63).SourceMac(MacOf(slot)).Vlan(slot).Build());
          ++sent[slot];
        }
      }
      uint64_t lost = 0;
      for (const int slot : oifs) {
        const uint64_t charged = rig.exceptions(kKey, slot)[DropReason::kNoBuffers];
        EXPECT_EQ(sent[slot] + charged, static_cast<uint64_t>(burst)) << "oif " << slot;
        lost += charged;
      }
      EXPECT_EQ(rig.drops(DropReason::kNoBuffers), lost);
      EXPECT_EQ(rig.counts(kKey).exceptions, lost);
      // One claim of each packet needs no buffer.
      EXPECT_EQ(lost, uint64_t(std::max(0, burst * 7 - int(buffers))));
    }
  }
}

TEST(Shortage, ChargesAFullDeviceToStreamAndOutput) {
  // Invariant: what the device does not take is counted as tx_full for the stream and oif it was
  // for; what it took and what other ports took is not.
  WorkerRig rig;
  rig.AddInterface(kIn, 0);
  rig.AddInterface(1, 1);
  rig.AddInterface(2, 1, 20);
  rig.AddInterface(3, 2);
  rig.AddEntry(kKey, kIn, {1, 2, 3});
  rig.AddEntry(kOther, kIn, {2});
  rig.LimitTx(1, 10);
  for (int p = 0; p < 30; ++p) rig.Receive(0, Packet().Build());
  for (int p = 0; p < 5; ++p) rig.Receive(0, Packet().To("239.1.1.2").Build());
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(2), 30u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kTxFull, 55}}));
  const uint64_t first = rig.exceptions(kKey, 1)[DropReason::kTxFull];
  const uint64_t second = rig.exceptions(kKey, 2)[DropReason::kTxFull];
  EXPECT_EQ(rig.exceptions(kOther, 2), (Drops{{DropReason::kTxFull, 5}}));
  EXPECT_EQ(first + second, 50u);
  uint64_t untagged = 0;
  const auto sent = rig.Sent(1);
  for (const Bytes& frame : sent) untagged += frame[12] == 0x08;
  EXPECT_EQ(sent.size(), 10u);
  EXPECT_EQ(first, 30 - untagged);
  EXPECT_EQ(dataplane::Get(rig.stats().copies), 40u);
  // The device takes packets again: everything flows again.
  rig.Receive(0, Packet().Build());
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(1), 2u);
}

TEST(Shortage, ChargesAFullDeviceToTheOutputsOfStreamsThatGoOneByOne) {
  // Invariant: the same where every packet of a batch has other oifs than the one before.
  WorkerRig rig;
  rig.AddInterface(kIn, 0);
  for (int slot = 1; slot <= 4; ++slot) rig.AddInterface(slot, 1, slot > 1 ? slot : 0);
  rig.AddInterface(5, 2);
  const std::vector<std::vector<int>> oifs = {{1, 2, 5}, {5, 3, 2}, {4, 5, 1, 2}, {2, 4}, {3, 1, 4, 5}};
  const auto group = [](size_t stream) { return "239.1.1." + std::to_string(stream); };
  for (size_t stream = 0; stream < oifs.size(); ++stream) {
    rig.AddEntry(SourceGroup("10.0.0.1", group(stream)), kIn, oifs[stream]);
    rig.Receive(0, Packet().To(group(stream)).Build());
  }
  rig.LimitTx(1, 7);
  rig.Turn();
  std::map<std::pair<size_t, int>, uint64_t> sent;
  for (const Bytes& frame : rig.Sent(1)) {
    const bool tagged = frame[12] == 0x81;
    ++sent[{frame[tagged ? 37 : 33], tagged ? frame[15] : 1}];
  }
  uint64_t lost = 0;
  for (size_t stream = 0; stream < oifs.size(); ++stream) {
    for (const int slot : oifs[stream]) {
      const Drops charged = rig.exceptions(SourceGroup("10.0.0.1", group(stream)), slot);
      if (slot == 5 || sent[{stream, slot}] == 1) {
        EXPECT_EQ(charged, Drops{}) << stream << " " << slot;
      } else {
        EXPECT_EQ(charged, (Drops{{DropReason::kTxFull, 1}})) << stream << " " << slot;
        ++lost;
      }
    }
  }
  EXPECT_EQ(lost, 5u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kTxFull, 5}}));
}

TEST(Shortage, HandsNothingToAPortThatIsDown) {
  // Invariant: what has been collected for a port that is down is dropped as oif_down, charged to
  // stream and oif, fragmented copies once each; other ports are not touched, and when the port is
  // up again everything flows.
  WorkerRig rig;
  rig.AddInterface(kIn, 0);
  rig.AddInterface(1, 1);
  rig.AddInterface(2, {.port = 1, .vlan = 20, .mtu = 100});
  rig.AddInterface(3, 2);
  rig.AddEntry(kKey, kIn, {1, 2, 3});
  rig.interfaces().SetSending(1, dataplane::kNoDevice);
  for (int p = 0; p < 100; ++p) rig.Receive(0, Packet().Payload(300).Build());
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(1), 0u);
  EXPECT_EQ(rig.DiscardSent(2), 100u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kOifDown, 200}}));
  EXPECT_EQ(rig.exceptions(kKey, 1), (Drops{{DropReason::kOifDown, 100}}));
  EXPECT_EQ(rig.exceptions(kKey, 2), (Drops{{DropReason::kOifDown, 100}}));
  EXPECT_EQ(dataplane::Get(rig.stats().copies), 100u);
  rig.interfaces().SetSending(1, 1);
  rig.Receive(0, Packet().Payload(300).Build());
  rig.Turn();
  EXPECT_GT(rig.DiscardSent(1), 2u);
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kOifDown, 200}}));
}

TEST(Shortage, CountsWhatTheExceptionTableHasNoRoomFor) {
  // Invariant: a full exception table loses the attribution, never the total.
  WorkerRig rig({.exception_places = 16});
  rig.AddInterface(kIn, 0);
  rig.AddInterface(1, {.port = 1, .ttl_threshold = 255});
  for (int stream = 0; stream < 20; ++stream) {
    rig.AddEntry(SourceGroup("10.0.0.1", "239.1.1." + std::to_string(stream)), kIn, {1});
    rig.Receive(0, Packet().To("239.1.1." + std::to_string(stream)).Build());
  }
  rig.Turn();
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kTtlThreshold, 20}}));
  EXPECT_EQ(dataplane::Get(rig.stats().unattributed), 4u);
}

// How the copies of a packet are made, in buffers of which too few are left.
struct Form {
  const char* what;
  int payload;
  int other_payload;  // of the second stream
  uint32_t share_above;
  uint16_t mtu;  // of every other oif
};

// A stream to four oifs on two ports, and a device that takes less than it is given.
class Losses {
 public:
  explicit Losses(const Form& form)
      : form_(form), rig_({.copy_buffers = kBuffers, .header_buffers = kBuffers, .share_above = form.share_above}) {
    rig_.AddInterface(kIn, 0);
    for (int slot = 1; slot <= 4; ++slot) {
      rig_.AddInterface(slot, {.port = static_cast<uint16_t>(1 + (slot - 1) / 2),
                               .vlan = static_cast<uint16_t>(slot),
                               .mtu = slot % 2 == 0 ? form.mtu : uint16_t{1500}});
    }
    rig_.AddEntry(kKey, kIn, {1, 2, 3, 4});
    rig_.AddEntry(kOther, kIn, {4, 2, 1});
  }

  // Packets of both streams come in a burst while so many buffers of each pool are left and the
  // first port's device takes `room` frames.
  void Burst(int packets, uint32_t buffers, uint32_t room) {
    const auto before = Charged();
    const std::vector<rte_mbuf*> taken = TakeAllBut(buffers);
    rig_.LimitTx(1, room);
    std::map<Ipv4FibKey, uint64_t> received;
    for (int p = 0; p < packets; ++p) {
      // In rows of ten and, towards the end, in turn: copies are made oif by oif and packet by
      // packet.
      const bool other = p < 20 ? p / 10 % 2 == 1 : p % 2 == 1;
      rig_.Receive(0, Packet()
                          .To(other ? "239.1.1.2" : "239.1.1.1")
                          .Id(p)
                          .Payload(static_cast<size_t>(other ? form_.other_payload : form_.payload))
                          .Build());
      ++received[other ? kOther : kKey];
    }
    rig_.Turn();
    const auto complete = Complete();
    rte_pktmbuf_free_bulk(const_cast<rte_mbuf**>(taken.data()), static_cast<unsigned>(taken.size()));
    const auto after = Charged();
    for (const auto& [oif, lost] : after) {
      const auto sent = complete.find(oif);
      EXPECT_EQ((sent == complete.end() ? 0 : sent->second) + lost - before.at(oif), received[oif.first])
          << form_.what << ", " << packets << " packets, " << buffers << " buffers, room for " << room << ": "
          << oif.first.ToString() << " oif " << oif.second;
    }
  }

  // Everything that is charged to a stream and oif is in the totals, and nothing else is.
  void ExpectTotals() {
    uint64_t charged = 0, total = 0;
    for (const auto& [oif, lost] : Charged()) charged += lost;
    for (const auto& [reason, count] : rig_.drops()) total += count;
    EXPECT_EQ(charged, total) << form_.what;
    EXPECT_GT(rig_.drops(DropReason::kNoBuffers), 0u) << form_.what;
    EXPECT_GT(rig_.drops(DropReason::kTxFull), 0u) << form_.what;
  }

 private:
  static constexpr uint32_t kBuffers = 1024;
  using ByOif = std::map<std::pair<Ipv4FibKey, int>, uint64_t>;

  std::vector<rte_mbuf*> TakeAllBut(uint32_t buffers) {
    std::vector<rte_mbuf*> taken;
    for (rte_mempool* pool : {rig_.copy_pool(), rig_.worker_config().header_pool}) {
      while (rig_.available(pool) > buffers) taken.push_back(rte_pktmbuf_alloc(pool));
    }
    return taken;
  }

  ByOif Charged() {
    ByOif charged;
    for (const Ipv4FibKey& key : {kKey, kOther}) {
      for (int slot = 1; slot <= 4; ++slot) {
        if (key == kOther && slot == 3) continue;
        uint64_t& lost = charged[{key, slot}];
        for (const auto& [reason, count] : rig_.exceptions(key, slot)) lost += count;
      }
    }
    return charged;
  }

  // The copies that left with all their octets.
  ByOif Complete() {
    std::map<std::tuple<int, int, int>, int> octets;  // by last octet of the group, oif, packet
    for (const int port : {1, 2}) {
      for (const Bytes& frame : rig_.Sent(port)) {
        octets[{frame[37], frame[15], frame[22] << 8 | frame[23]}] += int(frame.size()) - 38;
      }
    }
    ByOif complete;
    for (const auto& [copy, count] : octets) {
      const bool other = std::get<0>(copy) == 2;
      const int payload = other ? form_.other_payload : form_.payload;
      EXPECT_LE(count, payload);
      if (count == payload) ++complete[{other ? kOther : kKey, std::get<1>(copy)}];
    }
    return complete;
  }

  const Form form_;
  WorkerRig rig_;
};

TEST(Shortage, EveryCopyIsSentOrCountedWhereverBuffersAndDeviceEnd) {
  // Invariant: for every stream and oif, packets = complete copies + copies counted as lost,
  // whatever the copies are made of, how many buffers are left, and how many frames the device
  // takes.
  for (const Form& form :
       {Form{"whole", 150, 150, UINT32_MAX, 1500}, Form{"shared", 700, 700, 256, 1500},
        Form{"some shared", 700, 150, 256, 1500}, Form{"some in two fragments", 150, 150, UINT32_MAX, 120},
        Form{"some in many fragments, others shared", 700, 700, 256, 68}}) {
    Losses losses(form);
    for (const int packets : {1, 2, 19, 40}) {
      for (const uint32_t buffers : {0u, 1u, 2u, 3u, 4u, 5u, 7u, 10u, 20u, 33u, 70u}) {
        for (const uint32_t room : {0u, 1u, 2u, 3u, 5u, 8u, 64u, 1000u}) losses.Burst(packets, buffers, room);
      }
    }
    losses.ExpectTotals();
  }
}

}  // namespace
}  // namespace mgmd::testing
