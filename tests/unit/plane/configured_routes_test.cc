// Invariant: when the workers start, every configured route stands with all its outgoing interfaces, however many there
// are and however little room there is for what waits to be reclaimed.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "control/config/config.h"
#include "control/router.h"
#include "dataplane/devices/pools.h"
#include "tests/support/packet_builder.h"
#include "tests/support/ring_ports.h"

namespace mgmd {
namespace {

using support::RingPort;

constexpr int kVlans = 60;
constexpr int kStreams = 100;
constexpr uint64_t kCopies = uint64_t{kVlans} * kStreams;

std::string ConfigText() {
  std::string interfaces = R"(
[dpdk]
workers = [1]
[limits]
mfes = 1024
negative_mfes = 64
pending = 64
pending_packets = 512
retired = 4096
mbufs = 16384
[[interface]]
name = "cup"
device = "net_ring_cup"
index = 1
addresses = ["10.0.0.254/16"]
[[interface]]
name = "cdn"
device = "net_ring_cdn"
index = 2
)";
  std::string outputs;
  for (int vlan = 1; vlan <= kVlans; ++vlan) {
    absl::StrAppend(&interfaces, "[[interface]]\nname = \"v", vlan, "\"\nparent = \"cdn\"\nvlan = ", vlan,
                    "\nindex = ", 100 + vlan, "\n");
    absl::StrAppend(&outputs, vlan == 1 ? "\"v" : ", \"v", vlan, "\"");
  }
  std::string text = interfaces + "[protocol.static]\ninterfaces = [\"cup\", " + outputs + "]\n";
  for (int stream = 1; stream <= kStreams; ++stream) {
    text += "[[protocol.static.mroute]]\nfrom = \"cup\"\ngroup = \"239.1.1." + std::to_string(stream) + "\"\n";
    if (stream % 2 == 0) text += "source = \"10.0.0.1\"\n";
    text += "to = [" + outputs + "]\n";
  }
  return text;
}

class ConfiguredRoutes : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    up_ = RingPort::Make("cup", 1024);
    down_ = RingPort::Make("cdn", 1024, 1, 8192);
  }
  static RingPort up_, down_;
};
RingPort ConfiguredRoutes::up_, ConfiguredRoutes::down_;

TEST_F(ConfiguredRoutes, AreAllThereForTheFirstPackets) {
  rte_mempool* pool = dataplane::MakePool("configured", 1023, 128, SOCKET_ID_ANY);
  ASSERT_NE(pool, nullptr);
  const config::Result config = config::Parse(ConfigText(), "configured_routes.toml");
  ASSERT_TRUE(config.ok()) << config.ErrorText();
  // They wait in the port before there is a router.
  for (int stream = 1; stream <= kStreams; ++stream) {
    ASSERT_TRUE(up_.Feed(
        pool,
        mgmd::testing::PacketBuilder().From("10.0.0.1").To("239.1.1." + std::to_string(stream)).Payload(20).Build()));
  }
  auto router = Router::Create(config.config, {.stepped = false});
  ASSERT_TRUE(router.ok()) << router.status();
  uint64_t sent = 0;
  while (sent < kCopies && (*router)->Drops().empty()) {
    (*router)->StepControl();
    sent += down_.Drain([](const std::vector<uint8_t>&) {});
  }
  EXPECT_EQ(sent, kCopies);
  for (const auto& [reason, count] : (*router)->Drops()) ADD_FAILURE() << reason << " " << count;
  for (const auto& [reason, count] : (*router)->Punts()) ADD_FAILURE() << reason << " " << count;
  router->reset();
  rte_mempool_free(pool);
}

TEST_F(ConfiguredRoutes, ThatHaveNoRoomEndTheStart) {
  config::Result config = config::Parse(ConfigText(), "configured_routes.toml");
  ASSERT_TRUE(config.ok()) << config.ErrorText();
  config.config.limits.mfes = kStreams - 1;
  auto router = Router::Create(config.config, {.stepped = false});
  ASSERT_EQ(router.status().code(), absl::StatusCode::kResourceExhausted);
  const std::string text(router.status().message());
  EXPECT_NE(text.find("protocol static"), std::string::npos) << text;
  EXPECT_NE(text.find(",239.1.1."), std::string::npos) << text;
  EXPECT_NE(text.find("[limits] mfes"), std::string::npos) << text;
}

}  // namespace
}  // namespace mgmd
