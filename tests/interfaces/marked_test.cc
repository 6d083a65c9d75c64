// An interface kind that no file but this one knows: it puts a mark of four octets in front of every frame, and what
// arrives with its mark is the interface's. It is registered, configured and forwarded through as any other.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "control/config/interface_kind.h"
#include "control/plane/plane.h"
#include "dataplane/devices/pools.h"
#include "dataplane/rings/inject.h"
#include "tests/support/ring_ports.h"
#include "tests/support/worker_rig.h"

namespace mgmd {
namespace {

using testing::AnySource;
using testing::Bytes;
using ::testing::ElementsAre;
using testing::Frames;
using ::testing::HasSubstr;
using testing::MacOf;
using testing::PacketBuilder;
using testing::RigOptions;
using testing::WorkerRig;
using Drops = std::map<DropReason, uint64_t>;

// --- The kind

constexpr uint8_t kFirst = 0x4D;

// On the wire: kFirst, the packet's priority, the mark.
class Mark final : public Encapsulation {
 public:
  explicit Mark(uint16_t mark) : Encapsulation(4), mark_(mark) {}

  void Write(const OutgoingFrame& out) const override {
    const uint8_t octets[] = {kFirst, out.priority, static_cast<uint8_t>(mark_ >> 8), static_cast<uint8_t>(mark_)};
    std::copy(std::begin(octets), std::end(octets), out.frame - 4);
  }
  uint16_t Match(std::span<const uint8_t> begin) const override {
    return begin.size() >= 4 && begin[0] == kFirst && begin[2] == mark_ >> 8 && begin[3] == (mark_ & 0xFF) ? 4 : 0;
  }

 private:
  const uint16_t mark_;
};

class MarkKeys final : public config::KindKeys {
 public:
  explicit MarkKeys(config::Table& table) : mark_(table.Get("mark")), value_(mark_.Integer(0, 0xFFFF)) {}

  const config::Field& mark() const override { return mark_; }
  void Complete(config::Interface* interface) const override {
    if (value_) interface->encapsulation = std::make_shared<Mark>(static_cast<uint16_t>(*value_));
  }
  std::optional<std::string> Arrivals() const override {
    return value_ ? std::optional("mark " + std::to_string(*value_)) : std::nullopt;
  }

 private:
  const config::Field mark_;
  const std::optional<int64_t> value_;
};

const config::RegisterInterfaceKind kMarked({
    .mark = "mark",
    .noun = "marked interface",
    .read = [](config::Table& table) -> std::unique_ptr<config::KindKeys> { return std::make_unique<MarkKeys>(table); },
});

// --- Forwarding

constexpr int kIn = 0;
constexpr int kOut = 1;  // the marked interface, on port 1
constexpr uint16_t kMark = 0x0102;
const Mark kEncapsulation(kMark);
const Ipv4FibKey kKey = testing::SourceGroup("10.0.0.1", "239.1.1.1");

Bytes Marked(Bytes frame, uint8_t priority = 0, uint16_t mark = kMark) {
  frame.insert(frame.begin(), {kFirst, priority, static_cast<uint8_t>(mark >> 8), static_cast<uint8_t>(mark)});
  return frame;
}
Bytes CopyFor(int slot, PacketBuilder packet) { return packet.Ttl(63).SourceMac(MacOf(slot)).Build(); }

dataplane::InterfaceSettings Settings(uint16_t port = 1, uint16_t mtu = 1500) {
  return {.port = port, .mtu = mtu, .encapsulation = &kEncapsulation};
}

struct Form {
  const char* what;
  RigOptions options;
  int packets;
  std::vector<size_t> payloads;
  bool segments = false;
};

const Form kForms[] = {
    {"whole, a group", {}, 19, {10, 700}},
    {"whole, packet by packet", {}, 3, {10, 700}},
    {"shared, a group", {.header_buffers = 512, .share_above = 100}, 19, {200, 700}},
    {"shared, one packet", {.header_buffers = 512, .share_above = 100}, 1, {700}},
    {"each: some are long enough to be shared", {.header_buffers = 512, .share_above = 300}, 19, {10, 700}},
    {"each: ports take no chains", {.header_buffers = 512, .multi_segs = false, .share_above = 100}, 19, {10, 700}},
    {"each: packets in segments", {.header_buffers = 512, .share_above = 300}, 19, {10, 700}, true},
    {"each: segments are copied", {.multi_segs = false}, 19, {10, 700}, true},
};

TEST(MarkedInterface, GetsCopiesOfEveryForm) {
  // Invariant: whatever the form of the copies, a marked oif gets each packet once, in order, the frame as it would be
  // with the mark in front, and the ordinary oifs around it get what they always get.
  const std::vector<std::vector<int>> orders = {{kOut}, {kOut, 2, 3}, {2, kOut, 3}, {2, 3, kOut}};
  for (const Form& form : kForms) {
    for (const auto& oifs : orders) {
      SCOPED_TRACE(form.what);
      WorkerRig rig(form.options);
      rig.AddInterface(kIn, 0);
      rig.AddInterface(kOut, Settings());
      rig.AddInterface(2, 2);
      rig.AddInterface(3, 3);
      rig.AddEntry(kKey, kIn, oifs);
      std::map<int, Frames> expected;
      for (int n = 0; n < form.packets; ++n) {
        const PacketBuilder packet = PacketBuilder().Id(n).Payload(form.payloads[size_t(n) % form.payloads.size()]);
        if (form.segments) {
          rig.ReceiveInSegments(0, PacketBuilder(packet).Build(), {20, 20, 5});
        } else {
          rig.Receive(0, PacketBuilder(packet).Build());
        }
        for (const int oif : oifs) {
          const Bytes frame = CopyFor(oif, packet);
          expected[oif].push_back(oif == kOut ? Marked(frame) : frame);
        }
      }
      rig.Turn();
      for (const int port : {1, 2, 3}) EXPECT_EQ(rig.Sent(port), expected[port]) << "port " << port;
      EXPECT_EQ(rig.drops(), Drops{});
      EXPECT_EQ(rig.counts(kKey).packets, uint64_t(form.packets));
      EXPECT_EQ(dataplane::Get(rig.stats().copies), uint64_t(form.packets) * oifs.size());
    }
  }
}

TEST(MarkedInterface, HasItsOwnMtu) {
  // Invariant: what is above its MTU leaves in fragments, each with the mark, or is lost and counted for this oif; the
  // mark does not count.
  WorkerRig rig;
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, Settings(1, 100));
  rig.AddInterface(2, 2);
  rig.AddEntry(kKey, kIn, {kOut, 2});
  rig.Receive(0, PacketBuilder().Payload(80).Build());
  rig.Receive(0, PacketBuilder().Payload(81).Build());
  rig.Receive(0, PacketBuilder().Payload(81).DontFragment().Build());
  rig.Turn();
  EXPECT_THAT(rig.Sent(1), ElementsAre(Marked(CopyFor(kOut, PacketBuilder().Payload(80))),
                                       Marked(CopyFor(kOut, PacketBuilder().Fragment(0, true).Payload(80))),
                                       Marked(CopyFor(kOut, PacketBuilder().Fragment(80, false).Payload(1, 80)))));
  EXPECT_EQ(rig.DiscardSent(2), 3u);
  EXPECT_EQ(rig.exceptions(kKey, kOut), (Drops{{DropReason::kFragmentationNeeded, 1}}));
}

TEST(MarkedInterface, NeedsNoRoomInTheBufferThatArrives) {
  // Invariant: where nothing can be put in front of the packet's own buffer, the last copy is a copy.
  for (const uint16_t room : {0, 3, 4, 64}) {
    WorkerRig rig;
    rig.AddInterface(kIn, 0);
    rig.AddInterface(kOut, Settings());
    rig.AddEntry(kKey, kIn, {kOut});
    const Bytes frame = PacketBuilder().Payload(300).Build();
    rte_mbuf* const mbuf = rig.MakeMbuf(frame);
    mbuf->data_off = room;
    std::copy(frame.begin(), frame.end(), rte_pktmbuf_mtod(mbuf, uint8_t*));
    rig.ReceiveMbuf(0, mbuf);
    rig.Turn();
    EXPECT_EQ(rig.Sent(1), Frames{Marked(CopyFor(kOut, PacketBuilder().Payload(300)))}) << room;
  }
}

TEST(MarkedInterface, LearnsThePriority) {
  // Invariant: the kind is told the priority of the tag with which the packet came, whether the interface has a tag of
  // its own under the mark or not; such a tag has it, too.
  for (const RigOptions& options : {RigOptions{}, RigOptions{.header_buffers = 64, .share_above = 100}}) {
    WorkerRig rig(options);
    rig.AddInterface(kIn, 0, 9);
    rig.AddInterface(kOut, Settings());
    dataplane::InterfaceSettings tagged = Settings(2, 500);
    tagged.vlan = 7;
    rig.AddInterface(2, tagged);
    rig.AddEntry(kKey, kIn, {2, kOut});
    rig.Receive(0, PacketBuilder().Payload(400).Vlan(9, 5).Build());
    rig.Receive(0, PacketBuilder().Payload(500).Vlan(9, 6).Build());  // in fragments for one of them
    rig.Turn();
    EXPECT_THAT(rig.Sent(1), ElementsAre(Marked(CopyFor(kOut, PacketBuilder().Payload(400)), 5),
                                         Marked(CopyFor(kOut, PacketBuilder().Payload(500)), 6)));
    EXPECT_THAT(rig.Sent(2),
                ElementsAre(Marked(CopyFor(2, PacketBuilder().Payload(400).Vlan(7, 5)), 5),
                            Marked(CopyFor(2, PacketBuilder().Fragment(0, true).Payload(480).Vlan(7, 6)), 6),
                            Marked(CopyFor(2, PacketBuilder().Fragment(480, false).Payload(20, 480).Vlan(7, 6)), 6)));
  }
}

TEST(MarkedInterface, IsCountedAsAnyOther) {
  // Invariant: every copy that does not leave is charged to stream and oif with its reason.
  WorkerRig rig({.copy_buffers = 64});
  rig.AddInterface(kIn, 0);
  rig.AddInterface(kOut, Settings());
  rig.AddInterface(2, 2);
  rig.AddEntry(kKey, kIn, {kOut, 2});
  const auto receive_ten = [&] {
    for (int n = 0; n < 10; ++n) rig.Receive(0, PacketBuilder().Build());
    rig.Turn();
    rig.DiscardSent(2);
    return rig.DiscardSent(1);
  };
  rig.LimitTx(1, 3);
  EXPECT_EQ(receive_ten(), 3u);
  rig.interfaces().SetUp(testing::SlotOf(kOut), false);
  EXPECT_EQ(receive_ten(), 0u);
  rig.interfaces().SetUp(testing::SlotOf(kOut), true);
  EXPECT_EQ(receive_ten(), 10u);
  rig.Bump(kOut);
  EXPECT_EQ(receive_ten(), 0u);
  EXPECT_EQ(rig.exceptions(kKey, kOut),
            (Drops{{DropReason::kTxFull, 7}, {DropReason::kOifDown, 10}, {DropReason::kStaleOif, 10}}));
  EXPECT_EQ(rig.counts(kKey).packets, 40u);
}

TEST(MarkedInterface, TakesWhatArrivesWithItsMark) {
  // Invariant: a frame with an interface's mark is that interface's, without it; other frames are the port's and its
  // VLANs', as ever; a mark of nobody's is none. Whole and in segments, however short.
  const Mark other(0x0304);
  WorkerRig rig;
  rig.AddInterface(kIn, 0);
  rig.AddInterface(1, Settings(0));
  rig.AddInterface(2, {.port = 0, .encapsulation = &other});
  rig.AddInterface(3, 0, 7);
  rig.AddInterface(4, 4);
  const Bytes frame = PacketBuilder().Payload(100).Build();
  const Bytes tagged = PacketBuilder().Payload(100).Vlan(7).Build();
  const Bytes expected = CopyFor(4, PacketBuilder().Payload(100));
  const std::map<int, Bytes> arrivals = {{kIn, frame}, {1, Marked(frame)}, {2, Marked(frame, 0, 0x0304)}, {3, tagged}};
  for (const auto& [slot, arrival] : arrivals) {
    rig.AddEntry(kKey, slot, {4});
    for (const auto& [from, arriving] : arrivals) {
      rig.Receive(0, arriving);
      rig.ReceiveInSegments(0, arriving, {3, 1, 10, 9});
    }
    rig.Turn();
    EXPECT_EQ(rig.Sent(4), (Frames{expected, expected})) << slot;
    rig.DeleteEntry(kKey);
  }
  EXPECT_EQ(rig.drops(), (Drops{{DropReason::kWrongInterface, 4 * 6}}));
  rig.AddEntry(kKey, 1, {4});
  rig.Receive(0, Marked(frame, 0, 0x0506));
  rig.Receive(0, Marked({}));
  rig.Receive(0, {kFirst});
  rig.Receive(0, Marked(tagged));
  rig.Turn();
  EXPECT_EQ(rig.DiscardSent(4), 0u);
  EXPECT_EQ(rig.drops(DropReason::kFrameTruncated), 2u);
  EXPECT_EQ(rig.drops(DropReason::kUnknownVlan), 1u);
  // An interface that leaves the port takes its arrivals along, and nobody else's.
  rig.AddInterface(2, {.port = 4, .vlan = 3});
  rig.Receive(0, Marked(frame, 0, 0x0304));
  rig.Receive(0, Marked(frame));
  rig.Turn();
  EXPECT_EQ(rig.Sent(4), Frames{expected});
}

TEST(MarkedInterface, SendsWhatIsInjected) {
  // Invariant: control's own packets and frames leave with the mark, in front of the tag where there is one.
  WorkerRig rig;
  rig.AddInterface(1, Settings());
  dataplane::InterfaceSettings tagged = Settings(2);
  tagged.vlan = 7;
  rig.AddInterface(2, tagged);
  const PacketBuilder query = PacketBuilder().To("224.0.0.1").Ttl(1).Protocol(2);
  for (const int interface : {1, 2}) {
    const uint16_t slot = Value(testing::SlotOf(interface));
    const dataplane::InterfaceLine& line = rig.interfaces().line(slot);
    const Bytes packet = query.BuildIp();
    const Bytes frame = query.Build();
    for (rte_mbuf* const mbuf : {dataplane::MakeInjected(rig.copy_pool(), line, InjectForm::kPacket, packet),
                                 dataplane::MakeInjected(rig.copy_pool(), line, InjectForm::kFrame, frame)}) {
      ASSERT_TRUE(rig.inject().Push({.frame = mbuf, .slot = slot}));
    }
  }
  rig.Turn();
  const auto from = [&query](const Bytes& mac) { return PacketBuilder(query).SourceMac(mac); };
  EXPECT_THAT(rig.Sent(1), ElementsAre(Marked(from(MacOf(1)).Build()), Marked(query.Build())));
  EXPECT_THAT(rig.Sent(2),
              ElementsAre(Marked(from(MacOf(2)).Vlan(7).Build()), Marked(PacketBuilder(query).Vlan(7).Build())));
}

// --- Configuration

constexpr const char* kConfig = R"(
[dpdk]
workers = [1]
[limits]
mfes = 1024
pending = 64
pending_packets = 64
[[interface]]
name = "up"
device = "net_ring_up"
index = 1
[[interface]]
name = "dn"
device = "net_ring_dn"
index = 2
mtu = 1400
[[interface]]
name = "marked"
parent = "dn"
mark = 258
index = 3
)";

std::vector<std::string> ErrorsOf(const std::string& keys) {
  std::vector<std::string> errors;
  for (const config::Error& error : config::Parse(kConfig + ("[[interface]]\nname = \"a\"\n" + keys), "x.toml").errors)
    errors.push_back(error.key + ": " + error.message);
  return errors;
}

TEST(MarkedInterface, IsConfiguredByItsOwnKeys) {
  const config::Result result = config::Parse(kConfig, "x.toml");
  ASSERT_TRUE(result.ok()) << result.ErrorText();
  const config::Interface& marked = *result.config.Find("marked");
  EXPECT_EQ(marked.port, result.config.Find("dn")->id);
  EXPECT_THAT((std::vector<int>{marked.mtu, marked.UsableMtu(1399)}), ElementsAre(1396, 1395)) << "its mark fits, too";
  ASSERT_NE(marked.encapsulation, nullptr);
  EXPECT_EQ(marked.encapsulation->front(), 4);
}

TEST(MarkedInterface, IsCheckedAsEveryKindIs) {
  EXPECT_THAT(ErrorsOf("parent = \"dn\"\nmark = 65536\n"), ElementsAre(HasSubstr("mark: 65536 is out of range")));
  EXPECT_THAT(ErrorsOf("parent = \"dn\"\nmark = 1\nmtu = 1397\n"),
              ElementsAre("interface.mtu: 1397 is above the port's less the 4 octets that are put in front"
                          "; allowed: at most 1396"));
  EXPECT_THAT(ErrorsOf("parent = \"dn\"\nmark = 258\n"),
              ElementsAre(HasSubstr("interface.mark: mark 258 of \"dn\" is taken by the interface at line ")));
  EXPECT_THAT(ErrorsOf("parent = \"marked\"\nmark = 1\n"),
              ElementsAre(HasSubstr("interface.parent: \"marked\" is a marked interface itself")));
  EXPECT_THAT(ErrorsOf("parent = \"dn\"\nmark = 1\nrx_queues = 2\n"),
              ElementsAre(HasSubstr("interface.rx_queues: a marked interface has no queues of its own")));
  EXPECT_THAT(ErrorsOf("device = \"net_null0\"\nmark = 1\n"),
              ElementsAre(HasSubstr("interface.mark: an interface with a device has no mark")));
  EXPECT_THAT(ErrorsOf("parent = \"dn\"\nmark = 1\nvlan = 7\n"), ElementsAre(HasSubstr("an interface with a ")));
  EXPECT_THAT(
      ErrorsOf("parent = \"dn\"\n"),
      ElementsAre(AllOf(HasSubstr("a parent without a "), HasSubstr("parent and mark"), HasSubstr("parent and vlan"))));
  EXPECT_THAT(
      ErrorsOf("parent = \"small\"\nmark = 1\n[[interface]]\nname = \"small\"\ndevice = \"net_null0\"\nmtu = 70\n"),
      ElementsAre(HasSubstr("interface.parent: the mtu of \"small\" less the 4 octets")));
}

TEST(MarkedInterface, ForwardsFromConfigurationToWire) {
  // Invariant: nothing between the configuration and the wire names the kind.
  { const WorkerRig starts_eal; }
  const auto up = support::RingPort::Make("up", 64);
  const auto down = support::RingPort::Make("dn", 64);
  rte_mempool* const pool = dataplane::MakePool("traffic", 63, 1518, SOCKET_ID_ANY);
  ASSERT_NE(pool, nullptr);
  const config::Result result = config::Parse(kConfig, "x.toml");
  ASSERT_TRUE(result.ok()) << result.ErrorText();
  auto plane = plane::Plane::Create(result.config, {.stepped = true});
  ASSERT_TRUE(plane.ok()) << plane.status();
  Forwarder<Ipv4>& forwarder = (*plane)->forwarder<Ipv4>();
  const InterfaceSlot up_slot = forwarder.Slot({.index = 1, .next_hop = {}});
  const InterfaceSlot marked = forwarder.Slot({.index = 3, .next_hop = {}});
  for (const InterfaceSlot slot : {up_slot, marked}) forwarder.SetEnabled(slot, true);
  const Ipv4FibKey back = AnySource("239.2.2.2");
  FibBatch<Ipv4> batch;
  batch.Upsert(kKey, up_slot, std::span(&marked, 1));
  batch.Upsert(back, marked, std::span(&up_slot, 1));
  ASSERT_TRUE(forwarder.Apply(batch).refused.empty());

  const auto sent = [](const support::RingPort& port) {
    Frames frames;
    port.Drain([&frames](const Bytes& frame) { frames.push_back(frame); });
    return frames;
  };
  ASSERT_TRUE(up.Feed(pool, PacketBuilder().Payload(100).Build()));
  ASSERT_TRUE(down.Feed(pool, Marked(PacketBuilder().To("239.2.2.2").Payload(50).Build())));
  (*plane)->StepWorkers();
  EXPECT_EQ(sent(down), Frames{Marked(PacketBuilder().Payload(100).Ttl(63).SourceMac(Bytes(6, 0)).Build())});
  EXPECT_EQ(sent(up), Frames{PacketBuilder().To("239.2.2.2").Payload(50).Ttl(63).SourceMac(Bytes(6, 0)).Build()});
  EXPECT_EQ(forwarder.Read(kKey)->oifs.at(0).packets, 1u);
  plane->reset();
  rte_mempool_free(pool);
}

}  // namespace
}  // namespace mgmd
