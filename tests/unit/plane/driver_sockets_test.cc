// The sockets of net_af_packet as the driver opens them, on a wire in a network namespace of the test's own: they are
// found, what they lost is summed up, and what waits in their ring while the netdev is down never leaves.

#include "control/plane/driver_sockets.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace mgmd::plane {
namespace {

constexpr PacketRing kRing{.frame_size = 2048, .block_size = 4096, .frames = 64};

void Ip(const std::string& words) { ASSERT_EQ(std::system(("ip " + words).c_str()), 0) << "ip " << words; }

int SocketOn(const char* netdev) {
  const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(if_nametoindex(netdev));
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return fd;
}

// As the driver's: one socket with a ring each way.
class Driver {
 public:
  explicit Driver(const char* netdev) : fd_(SocketOn(netdev)) {
    const int version = TPACKET_V2, loss = 1;
    tpacket_req ring{.tp_block_size = kRing.block_size,
                     .tp_block_nr = kRing.frames * kRing.frame_size / kRing.block_size,
                     .tp_frame_size = kRing.frame_size,
                     .tp_frame_nr = kRing.frames};
    EXPECT_EQ(setsockopt(fd_, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)), 0);
    EXPECT_EQ(setsockopt(fd_, SOL_PACKET, PACKET_LOSS, &loss, sizeof(loss)), 0);
    EXPECT_EQ(setsockopt(fd_, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)), 0);
    EXPECT_EQ(setsockopt(fd_, SOL_PACKET, PACKET_TX_RING, &ring, sizeof(ring)), 0);
    map_ = static_cast<uint8_t*>(mmap(nullptr, 2 * kHalf, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0));
  }
  ~Driver() {
    munmap(map_, 2 * kHalf);
    close(fd_);
  }

  // Whether there was room in the ring.
  bool Put(uint8_t number) {
    auto* const frame = reinterpret_cast<tpacket2_hdr*>(map_ + kHalf + size_t{next_} * kRing.frame_size);
    if (frame->tp_status != TP_STATUS_AVAILABLE) return false;
    uint8_t* const data = reinterpret_cast<uint8_t*>(frame) + TPACKET2_HDRLEN - sizeof(sockaddr_ll);
    std::memset(data, number, 60);
    data[0] = 0x01;
    frame->tp_len = frame->tp_snaplen = 60;
    frame->tp_status = TP_STATUS_SEND_REQUEST;
    next_ = (next_ + 1) % kRing.frames;
    return true;
  }
  void Kick() { sendto(fd_, nullptr, 0, MSG_DONTWAIT, nullptr, 0); }

 private:
  static constexpr size_t kHalf = size_t{kRing.frame_size} * kRing.frames;
  const int fd_;
  uint8_t* map_;
  uint32_t next_ = 0;
};

class DriverSocketsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { entered_ = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0; }
  void SetUp() override {
    if (!entered_ || std::system("ip link add name w0 type veth peer name w1 2>/dev/null") != 0) {
      GTEST_SKIP() << "no network namespace of its own";
    }
    for (const char* setting : {"w0 addrgenmode none", "w1 addrgenmode none", "w0 up", "w1 up"}) {
      Ip(std::string("link set dev ") + setting);
    }
    netdev_ = {.driver = WireDriver::kAfPacket, .index = if_nametoindex("w0"), .name = "w0"};
    peer_ = SocketOn("w1");
    const int ignore = 1;
    setsockopt(peer_, SOL_PACKET, PACKET_IGNORE_OUTGOING, &ignore, sizeof(ignore));
  }
  void TearDown() override {
    if (peer_ >= 0) close(peer_);
    [[maybe_unused]] const int result = std::system("ip link del dev w0 2>/dev/null");
  }

  // The numbers of what has come to the other end.
  std::vector<int> Received() const {
    std::vector<int> numbers;
    uint8_t frame[2048];
    while (recv(peer_, frame, sizeof(frame), MSG_DONTWAIT) == 60) numbers.push_back(frame[20]);
    return numbers;
  }

  static bool entered_;
  Netdev netdev_;
  int peer_ = -1;
};
bool DriverSocketsTest::entered_ = false;

TEST_F(DriverSocketsTest, TakesBackWhatWaitsWhileTheNetdevIsDown) {
  // Invariant: of what waits, nothing ever leaves, whether the ring is full or not and wherever in it the kernel is;
  // what is put in afterwards leaves, in order, and the whole ring can be used.
  Driver driver("w0");
  DriverSockets sockets(netdev_, {}, kRing);
  uint8_t number = 0;
  for (const int waiting : {5, 64, 1, 40}) {
    EXPECT_TRUE(driver.Put(++number));
    driver.Kick();
    EXPECT_EQ(Received(), std::vector<int>{number});
    Ip("link set dev w0 down");
    for (int i = 0; i < waiting; ++i) {
      ASSERT_TRUE(driver.Put(200));
      driver.Kick();
    }
    const auto taken = sockets.TakeBackUnsent();
    ASSERT_TRUE(taken.ok()) << taken.status();
    EXPECT_EQ(*taken, static_cast<size_t>(waiting));
    EXPECT_EQ(*sockets.TakeBackUnsent(), 0u);  // not counted twice
    Ip("link set dev w0 up");
    sockets.PassUnsent();
    std::vector<int> expected;
    for (uint32_t i = 0; i < kRing.frames; ++i) {
      ASSERT_TRUE(driver.Put(++number)) << "the whole ring is free";
      expected.push_back(number);
      if (number == 190) number = 0;
    }
    driver.Kick();
    EXPECT_EQ(Received(), expected);
  }
}

TEST_F(DriverSocketsTest, SaysSoWhereTheRingIsAnother) {
  Driver driver("w0");
  EXPECT_FALSE(DriverSockets(netdev_, {}, PacketRing{}).TakeBackUnsent().ok());
  EXPECT_FALSE(DriverSockets(netdev_, {}, std::nullopt).TakeBackUnsent().ok());
}

TEST_F(DriverSocketsTest, KnowThatTheirNetdevHasGoneWhateverHasItsNumberNow) {
  Driver driver("w0");
  DriverSockets sockets(netdev_, {}, kRing);
  EXPECT_FALSE(sockets.HaveLostNetdev());
  Ip("link set dev w0 down");
  EXPECT_FALSE(sockets.HaveLostNetdev());
  Ip("link del dev w0");
  EXPECT_TRUE(sockets.HaveLostNetdev());
  EXPECT_FALSE(Exists(netdev_));
  Ip("link add name w0 index " + std::to_string(netdev_.index) + " type veth peer name w1");
  ASSERT_TRUE(Exists(netdev_));
  EXPECT_TRUE(sockets.HaveLostNetdev());
}

TEST_F(DriverSocketsTest, SumsUpWhatFoundNoRoom) {
  // Invariant: the kernel clears its counter when it is read; the sum is kept. Other sockets' losses are not counted.
  Driver driver("w0");
  Driver other("w1");
  DriverSockets sockets(netdev_, {}, kRing);
  const int sender = SocketOn("w1");
  uint8_t frame[60] = {1};
  for (const uint64_t sent : {100, 150}) {
    for (uint64_t i = sent == 100 ? 0 : 100; i < sent; ++i) ASSERT_EQ(send(sender, frame, sizeof(frame), 0), 60);
    EXPECT_EQ(sockets.Read().rx_overflows, sent - kRing.frames);
    EXPECT_EQ(sockets.Read().rx_overflows, sent - kRing.frames);
  }
  close(sender);
}

}  // namespace
}  // namespace mgmd::plane
