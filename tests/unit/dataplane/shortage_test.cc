// Too few buffers, full devices: what is lost is counted for its stream and oif, nothing else is.

#include <gtest/gtest.h>

#include <map>

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
  const std::vector<std::vector<int>> oifs = {
      {1, 2, 5}, {5, 3, 2}, {4, 5, 1, 2}, {2, 4}, {3, 1, 4, 5}};
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

}  // namespace
}  // namespace mgmd::testing
