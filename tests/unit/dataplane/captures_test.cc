// What real hosts and routers said on their links (tests/captures): each frame to its class. The classes here were
// written from what tcpdump says of the frames, not from what the code makes of them.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tests/support/pcap_file.h"
#include "tests/support/reference_rig.h"
#include "tests/support/worker_rig.h"

namespace mgmd::testing {
namespace {

constexpr int kIn = 0;
constexpr int kInTagged = 1;
constexpr int kVlan = 10;

// A frame's way: a class of local traffic, the reason of its drop, or that of a stream's packet.
struct Data {
  bool operator==(const Data&) const = default;
};
using Way = std::variant<Data, LocalClass, DropReason>;

// So many frames in a row.
struct Run {
  int frames;
  Way way;
};

struct Capture {
  const char* name;
  std::vector<Run> runs;
  // Of the interface that hears it, where the capture has frames for single stations.
  Bytes mac = {2, 0, 0, 0, 0, 1};
  // The tags that the device took off, by frame; negative: none.
  std::vector<int> stripped = {};

  std::vector<Way> Ways() const {
    std::vector<Way> ways;
    for (const Run& run : runs) ways.insert(ways.end(), static_cast<size_t>(run.frames), run.way);
    return ways;
  }
};

std::vector<Capture> Captures() {
  using enum LocalClass;
  const Way no_type = DropReason::kUnsupportedEthertype;
  const Bytes first_router = {0xAA, 0x0A, 0xBF, 0xA6, 0xC2, 0xB8};
  const Bytes second_router = {0xFA, 0x1F, 0xC8, 0x12, 0xA6, 0xD9};
  return {
      {"igmpv1-any-source", {{1, kIgmp}}},
      {"igmpv2-any-source", {{3, kIgmp}}},
      {"igmpv3-any-source", {{4, kIgmp}}},
      {"igmpv3-include", {{8, kIgmp}}},
      {"igmpv3-exclude", {{10, kIgmp}}},
      {"igmpv3-two-sockets", {{8, kIgmp}}},
      {"igmpv3-many-groups", {{8, kIgmp}}},
      // Queries to 224.0.0.1, 239.1.1.1 and 232.1.1.1 among them.
      {"igmp-frr-querier", {{21, kIgmp}}},
      // The first queries come from 0.0.0.0, the first reports of MLD from ::.
      {"bridge-querier",
       {{2, kIgmp},
        {1, kMld},
        {1, kIgmp},
        {3, kMld},
        {1, kIgmp},
        {2, kMld},
        {1, kIgmp},
        {4, kMld},
        {1, kIgmp},
        {4, kMld},
        {4, kIgmp},
        {1, kMld},
        {2, kIgmp},
        {3, kMld},
        {2, kIgmp},
        {3, kMld},
        {1, kIgmp},
        {1, kMld},
        {2, kIgmp}}},
      // Reports to ff1e::1:1 and done to ff02::2.
      {"mldv1-any-source", {{4, kMld}}},
      {"mldv2-any-source", {{5, kMld}}},
      {"mldv2-include", {{8, kMld}}},
      {"mldv2-exclude", {{8, kMld}}},
      // Among reports: whether somebody has the host's new address, and two that look for routers.
      {"mldv2-link-up", {{3, kMld}, {1, kNeighbourOther}, {2, kMld}, {2, kNeighbourOther}, {1, kMld}}},
      // Hellos, Joins and Prunes; a Register to the first router, of which the second one hears that it is to stop.
      {"pim-hello-join-prune-register",
       {{5, kPim}, {1, kPimRegister}, {1, DropReason::kNotForUs}, {5, kPim}},
       first_router},
      {"pim-hello-join-prune-register",
       {{5, kPim}, {1, DropReason::kNotForUs}, {1, kPimRegister}, {5, kPim}},
       second_router},
      // A stream's packet untagged, of VLAN 10, with a priority alone, and of a provider's VLAN 10; then with a second
      // tag after a provider's, and after an ordinary one. af_packet says that any tag is an ordinary one.
      {"vlan-as-dpdk-sees-af_xdp", {{3, Data()}, {3, no_type}}},
      {"vlan-as-dpdk-sees-af_packet", {{4, Data()}, {2, no_type}}},
      {"vlan-as-dpdk-sees-af_packet-strip",
       {{4, Data()}, {2, no_type}},
       MacOf(kIn),
       {-1, 5 << 13 | 10, 3 << 13, 10, 10, 10}},
  };
}

class Captured : public ::testing::Test {
 protected:
  // What becomes of the next frame.
  Way Follow(const Bytes& frame, int stripped) {
    const auto drops = rig_.drops();
    const uint64_t held = dataplane::Get(rig_.stats().held);
    rte_mbuf* const mbuf = rig_.MakeMbuf(frame);
    if (stripped >= 0) {
      mbuf->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
      mbuf->vlan_tci = static_cast<uint16_t>(stripped);
    }
    rig_.ReceiveMbuf(0, mbuf);
    EXPECT_EQ(rig_.Turn(), 1u);
    const auto local = rig_.TakeLocal();
    if (!local.empty()) {
      EXPECT_EQ(local[0].frame, frame);
      return local[0].local_class;
    }
    for (const auto& [reason, count] : rig_.drops()) {
      if (const auto before = drops.find(reason); before == drops.end() || before->second != count) return reason;
    }
    EXPECT_EQ(dataplane::Get(rig_.stats().held), held + 1);
    return Data();
  }

  void HearOn(const Bytes& mac) {
    dataplane::MacAddress address;
    std::copy(mac.begin(), mac.end(), address.begin());
    rig_.AddInterface(kIn, 0);
    rig_.AddInterface(kInTagged, 0, kVlan);
    for (const int interface : {kIn, kInTagged}) {
      rig_.Want(interface, kAllLocalClasses);
      rig_.interfaces().SetSource(SlotOf<Ipv4>(interface), address);
      rig_.interfaces().SetSource(SlotOf<Ipv6>(interface), address);
    }
  }

  WorkerRig rig_;
};

std::string Shown(const Way& way) {
  if (const auto* const local_class = std::get_if<LocalClass>(&way))
    return std::string(kLocalClassNames[static_cast<size_t>(*local_class)]);
  if (const auto* const reason = std::get_if<DropReason>(&way)) return "dropped: " + std::string(Name(*reason));
  return "data";
}

TEST_F(Captured, FramesGoTheirWays) {
  // Invariant: each frame of each capture has the way that is written above, on a port and on a VLAN of it.
  for (const Capture& capture : Captures()) {
    HearOn(capture.mac);
    const auto frames = support::ReadPcap(std::string(MGMD_CAPTURES "/") + capture.name + ".pcap");
    const std::vector<Way> ways = capture.Ways();
    ASSERT_EQ(frames.size(), ways.size()) << capture.name;
    for (size_t i = 0; i < frames.size(); ++i) {
      const int stripped = capture.stripped.empty() ? -1 : capture.stripped[i];
      EXPECT_EQ(Shown(Follow(frames[i], stripped)), Shown(ways[i])) << capture.name << ", frame " << i + 1;
      if (std::string_view(capture.name).starts_with("vlan")) continue;
      EXPECT_EQ(Shown(Follow(frames[i], kVlan)), Shown(ways[i]))
          << capture.name << ", frame " << i + 1 << " with a tag";
    }
    DiscardUnknown(rig_);
  }
}

TEST_F(Captured, FramesAreAllLookedAt) {
  // Invariant: no capture lies there without its frames being told above.
  std::set<std::string> told, there;
  for (const Capture& capture : Captures()) told.insert(capture.name);
  for (const auto& file : std::filesystem::directory_iterator(MGMD_CAPTURES)) {
    if (file.path().extension() == ".pcap") there.insert(file.path().stem());
  }
  EXPECT_EQ(told, there);
}

}  // namespace
}  // namespace mgmd::testing
