#ifndef MGMD_TESTS_UNIT_PLANE_TRAFFIC_H_
#define MGMD_TESTS_UNIT_PLANE_TRAFFIC_H_

// Streams that a thread feeds into ring ports, without pause or in bursts, while it counts what leaves and whether it
// is in order.

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/packet_builder.h"
#include "tests/support/ring_ports.h"

namespace mgmd::support {

inline constexpr uint32_t kInFlight = 1024;  // below the rings' size: no ring ever overflows
inline constexpr uint64_t kTrafficBurst = 32;
inline constexpr std::chrono::seconds kGuard{30};  // only against a hang

inline const cpu_set_t kCores = [] {  // before EAL pins the thread
  cpu_set_t cores;
  sched_getaffinity(0, sizeof(cores), &cores);
  return cores;
}();

inline constexpr int kIpv6Stream = 3;

// From 10.0.STREAM.1 to 232.1.1.STREAM, or from 2001:db8::1 to ff3e::STREAM, with a sequence number after the UDP
// header's place.
inline std::vector<uint8_t> MakeFrame(int stream, uint64_t sequence) {
  std::vector<uint8_t> payload(8);
  for (int shift = 56; shift >= 0; shift -= 8) payload.push_back(uint8_t(sequence >> shift));
  const std::string number = std::to_string(stream);
  mgmd::testing::PacketBuilder packet;
  if (stream == kIpv6Stream) {
    packet.From("2001:db8::1").To("ff3e::" + number);
  } else {
    packet.From("10.0." + number + ".1").To("232.1.1." + number);
  }
  return packet.Payload(std::move(payload)).Build();
}

// Feeds streams, two where nothing is said, and checks what leaves.
class Traffic {
 public:
  // `pace` is a port and stream that flow all the time: packets are fed as they come out there. `pause` is called on
  // the feeding thread after each burst of kTrafficBurst, when all of it has come out there; absent: no bursts.
  Traffic(const std::map<std::string, RingPort>& ports, rte_mempool* pool, std::pair<std::string, int> pace,
          std::vector<int> streams = {1, 2}, std::function<void()> pause = nullptr)
      : ports_(ports), pool_(pool), pace_(std::move(pace)), streams_(std::move(streams)), pause_(std::move(pause)) {
    thread_ = std::thread([this] { Run(); });
  }
  ~Traffic() {
    if (thread_.joinable()) Stop();
  }

  // Stops feeding, takes what is still under way, ends.
  void Stop() {
    stop_ = true;
    thread_.join();
  }

  // Returns when so many more packets of each stream have been fed and have left the router.
  void WaitForMore(uint64_t packets) {
    const uint64_t goal = rounds_done_ + packets;
    while (rounds_done_ < goal) std::this_thread::yield();
  }
  // Everything handed to devices so far has been counted when this returns.
  void CountWhatWasSent() {
    const uint64_t goal = drains_ + 2;
    while (drains_ < goal) std::this_thread::yield();
  }

  uint64_t Count(const std::string& port, int stream) const { return received_.at({port, stream}).count; }
  bool InOrder(const std::string& port, int stream) const { return received_.at({port, stream}).in_order; }
  uint64_t fed() const { return fed_; }

 private:
  struct Received {
    std::atomic<uint64_t> count{0};
    std::atomic<bool> in_order{true};
  };

  void Run() {
    pthread_setaffinity_np(pthread_self(), sizeof(kCores), &kCores);  // that of EAL's thread, which started it, is one
    while (!stop_) {
      if (pause_ && fed_ % kTrafficBurst == 0) {
        while (rounds_done_ < fed_) Drain();
        pause_();
      }
      if (fed_ - rounds_done_ < kInFlight / 2) Feed();
      Drain();
    }
    // Nothing is fed any more: everything is out when every packet's buffer is back, which leaves with its last copy,
    // and many drains found nothing. Whoever compares counts sees what did not come in time.
    const auto begin = std::chrono::steady_clock::now();
    for (int empty = 0; empty < 1000 && std::chrono::steady_clock::now() - begin < kGuard;) {
      const bool all_back = rte_mempool_avail_count(pool_) == pool_->size;
      empty = Drain() || !all_back ? 0 : empty + 1;
      std::this_thread::yield();
    }
  }

  void Feed() {
    for (const int stream : streams_) {
      ASSERT_TRUE(ports_.at(stream == 2 ? "up2" : "up1").Feed(pool_, MakeFrame(stream, fed_)));
    }
    ++fed_;
  }

  bool Drain() {
    bool any = false;
    for (const char* name : {"dn1", "dn2", "dn3"}) {
      any |= ports_.at(name).Drain([&](const std::vector<uint8_t>& frame) { Take(name, frame); }) > 0;
    }
    rounds_done_ = received_.at(pace_).count.load();
    ++drains_;
    return any;
  }

  void Take(const std::string& port, const std::vector<uint8_t>& frame) {
    // Behind the IP header; the group's last octet is the one before.
    const size_t payload = frame[12] == 0x86 ? 14 + 40 : 14 + 20;
    uint64_t sequence = 0;
    for (size_t byte = 0; byte < 8; ++byte) sequence = sequence << 8 | frame[payload + 8 + byte];
    Received& received = received_.at({port, frame[payload - 1]});
    if (sequence != received.count) received.in_order = false;
    ++received.count;
  }

  const std::map<std::string, RingPort>& ports_;
  rte_mempool* pool_;
  const std::pair<std::string, int> pace_;
  const std::vector<int> streams_;
  const std::function<void()> pause_;
  std::map<std::pair<std::string, int>, Received> received_ = [] {
    std::map<std::pair<std::string, int>, Received> all;
    for (const char* port : {"dn1", "dn2", "dn3"}) {
      for (int stream = 1; stream <= 3; ++stream) all.try_emplace({port, stream});
    }
    return all;
  }();
  std::atomic<uint64_t> fed_{0};
  std::atomic<uint64_t> rounds_done_{0};
  std::atomic<uint64_t> drains_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace mgmd::support

#endif  // MGMD_TESTS_UNIT_PLANE_TRAFFIC_H_
