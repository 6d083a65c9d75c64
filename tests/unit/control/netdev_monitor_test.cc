// The links of netdevs as the kernel tells them, in a network namespace of the test's own.

#include "control/kernel/netdev_monitor.h"

#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

namespace mgmd {
namespace {

void Ip(const std::string& words) { ASSERT_EQ(std::system(("ip " + words).c_str()), 0) << "ip " << words; }

// A wire of which the test holds both ends.
class NetdevMonitorTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    // As root, or as whoever may become root of a user namespace.
    entered_ = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
  }
  void SetUp() override {
    if (!entered_ || std::system("ip link add name w0 type veth peer name w1 2>/dev/null") != 0) {
      GTEST_SKIP() << "no network namespace of its own";
    }
    Ip("link set dev w0 up");
    Ip("link set dev w1 up");
    index_ = if_nametoindex("w0");
  }
  void TearDown() override { [[maybe_unused]] const int result = std::system("ip link del dev w0 2>/dev/null"); }

  std::unique_ptr<NetdevMonitor> Follow(int receive_buffer = 0) {
    auto monitor = NetdevMonitor::Open(receive_buffer);
    EXPECT_TRUE(monitor.ok()) << monitor.status();
    (*monitor)->Follow(index_);
    (*monitor)->Poll();
    return *std::move(monitor);
  }
  // Carriers come a moment after the call that brings them.
  template <typename Is>
  static void WaitUntil(NetdevMonitor& monitor, Is&& is) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!is() && std::chrono::steady_clock::now() < deadline) {
      if (!monitor.Poll()) std::this_thread::yield();
    }
    EXPECT_TRUE(is());
  }

  static bool entered_;
  unsigned index_ = 0;
};
bool NetdevMonitorTest::entered_ = false;

TEST_F(NetdevMonitorTest, KnowsADeviceAsItIsWhenItIsFollowed) {
  // Invariant: the first Poll() brings what ip shows.
  Ip("link set dev w0 mtu 1400 address 02:00:00:00:00:07");
  const auto monitor = Follow();
  WaitUntil(*monitor, [&] { return monitor->state(index_).running; });
  EXPECT_EQ(monitor->state(index_).mtu, 1400u);
  EXPECT_EQ(monitor->state(index_).mac, (std::array<uint8_t, 6>{2, 0, 0, 0, 0, 7}));
  EXPECT_TRUE(monitor->state(index_).present);
}

TEST_F(NetdevMonitorTest, TakesNothingOfBeforeForItsState) {
  // Invariant: what the kernel told of a device before it was followed is never its state, though it takes several
  // Poll()s to read. A twin, which is set up after it was made, would be taken for one that somebody has set down.
  constexpr int kRoomForAll = 1 << 20;
  auto monitor = NetdevMonitor::Open(kRoomForAll);
  ASSERT_TRUE(monitor.ok()) << monitor.status();
  Ip("link set dev w0 down");
  for (int mtu = 1000; mtu < 1120; ++mtu) Ip("link set dev w0 mtu " + std::to_string(mtu));
  Ip("link set dev w0 up");
  (*monitor)->Follow(index_);
  WaitUntil(**monitor, [&] { return (*monitor)->state(index_).present; });
  EXPECT_TRUE((*monitor)->state(index_).up);
  EXPECT_EQ((*monitor)->state(index_).mtu, 1119u);
}

TEST_F(NetdevMonitorTest, HearsEveryChange) {
  // Invariant: set down, carrier lost, MTU and address changed, deleted: each is heard.
  const auto monitor = Follow();
  const auto netdev = [&] { return monitor->state(index_); };
  WaitUntil(*monitor, [&] { return netdev().running; });
  Ip("link set dev w0 down");
  WaitUntil(*monitor, [&] { return !netdev().running; });
  Ip("link set dev w0 up");
  WaitUntil(*monitor, [&] { return netdev().running; });
  Ip("link set dev w1 down");
  WaitUntil(*monitor, [&] { return !netdev().running; });
  Ip("link set dev w1 up");
  WaitUntil(*monitor, [&] { return netdev().running; });
  Ip("link set dev w0 mtu 1300");
  WaitUntil(*monitor, [&] { return netdev().mtu == 1300; });
  Ip("link set dev w0 address 02:00:00:00:00:09");
  WaitUntil(*monitor, [&] { return netdev().mac == std::array<uint8_t, 6>{2, 0, 0, 0, 0, 9}; });
  Ip("link del dev w0");
  WaitUntil(*monitor, [&] { return !netdev().present && !netdev().running; });
}

TEST_F(NetdevMonitorTest, AsksAnewWhenTheKernelCouldNotTellAll) {
  // Invariant: with a buffer that holds a message or two, the last of many changes is known in the end, and so is
  // that a device is gone.
  const auto monitor = Follow(1);
  WaitUntil(*monitor, [&] { return monitor->state(index_).running; });
  for (int mtu = 1000; mtu < 1030; ++mtu) Ip("link set dev w0 mtu " + std::to_string(mtu));
  WaitUntil(*monitor, [&] { return monitor->state(index_).mtu == 1029; });
  for (int mtu = 1000; mtu < 1030; ++mtu) Ip("link set dev w1 mtu " + std::to_string(mtu));
  Ip("link del dev w0");
  WaitUntil(*monitor, [&] { return !monitor->state(index_).present; });
}

TEST_F(NetdevMonitorTest, TakesADeviceOfTheSameNameForAnother) {
  // Invariant: a device that was deleted stays gone when one is made under its name.
  const auto monitor = Follow();
  WaitUntil(*monitor, [&] { return monitor->state(index_).running; });
  Ip("link del dev w0");
  Ip("link add name w0 type veth peer name w1");
  Ip("link set dev w0 up");
  Ip("link set dev w1 up");
  WaitUntil(*monitor, [&] { return !monitor->state(index_).present; });
}

}  // namespace
}  // namespace mgmd
