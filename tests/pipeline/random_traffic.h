#ifndef MGMD_TESTS_PIPELINE_RANDOM_TRAFFIC_H_
#define MGMD_TESTS_PIPELINE_RANDOM_TRAFFIC_H_

// Random routers and random packets, all from one seed. Sources, groups and prefixes are few, so
// that packets find entries, and entries cover each other.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include "tests/reference/reference_router.h"
#include "tests/support/packet_builder.h"

namespace mgmd::pipeline {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  // 0 .. below - 1.
  int Below(int below) { return int(engine_() % uint64_t(below)); }
  bool OneIn(int n) { return Below(n) == 0; }
  template <typename T>
  const T& Of(const std::vector<T>& values) {
    return values[size_t(Below(int(values.size())))];
  }
  template <typename T>
  T Of(std::initializer_list<T> values) {
    return values.begin()[Below(int(values.size()))];
  }

 private:
  std::mt19937_64 engine_;
};

// What a packet can be as it arrives.
struct Arrival {
  int port = 0;
  std::vector<uint8_t> frame;
  std::optional<int> stripped_tag;  // the tag is beside the frame
  std::vector<size_t> segments;     // empty: one buffer
};

class RandomTraffic {
 public:
  static constexpr int kPorts = 4;
  static constexpr size_t kLongestFrame = 2000;
  // Frames from this address come now and then, on every port.
  static constexpr std::array<uint8_t, 6> kHostMac = {0x02, 0, 0, 0, 0, 0xAA};

  explicit RandomTraffic(uint64_t seed) : random_(seed) {}

  Random& random() { return random_; }

  // Interfaces on all ports, some of them VLANs, some down, not enabled, with small MTUs,
  // thresholds, boundaries.
  std::vector<reference::Interface> Interfaces();
  // An entry of any kind for routers with so many interfaces.
  reference::Entry Entry(int interfaces);
  // A frame, mostly of a stream that has an entry and where that takes it; one in five is broken in
  // some way or other.
  Arrival Packet(const std::vector<reference::Interface>& interfaces, const std::vector<reference::Entry>& entries);

 private:
  // Of the entry, if there is one and it has addresses to choose.
  testing::PacketBuilder Valid(const reference::Interface& interface, const reference::Entry* entry);
  void Break(testing::PacketBuilder& builder);
  // Likewise, and broken in some way or other now and then.
  testing::PacketBuilder Ipv6Packet(const reference::Interface& interface, const reference::Entry* entry);
  // From and to what the entry is for.
  void Address(testing::PacketBuilder& builder, const reference::Entry& entry);
  std::vector<uint8_t> Ipv6Options();
  std::vector<uint8_t> Options();
  void LeaveChecksumOut(std::vector<uint8_t>& frame);

  Random random_;
};

}  // namespace mgmd::pipeline

#endif  // MGMD_TESTS_PIPELINE_RANDOM_TRAFFIC_H_
