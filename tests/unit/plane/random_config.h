#ifndef MGMD_TESTS_UNIT_PLANE_RANDOM_CONFIG_H_
#define MGMD_TESTS_UNIT_PLANE_RANDOM_CONFIG_H_

// Configurations without a mistake, of all sections and keys that are built, with the numbers of
// ports, queues, workers, boundaries and so on anywhere between the least and the most that --check
// takes. The devices need neither root nor hugepages: net_null, net_ring, and net_pcap with
// captures in a folder of the caller's.

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace mgmd::testing {

class RandomConfig {
 public:
  // `captures`: a folder with "short.pcap" and "long.pcap", where outputs go, too.
  // `lcores`: those that may be workers are 1 to `lcores` - 1.
  RandomConfig(uint32_t seed, std::string captures, int lcores)
      : random_(seed), captures_(std::move(captures)), lcores_(lcores) {}

  // The text of the file.
  std::string Make();

 private:
  struct Interface {
    std::string name;
    int number = 0;
    bool is_port = true;
    int mtu = 1500;
    std::vector<std::string> boundary;
  };

  int Below(int bound) { return static_cast<int>(random_() % static_cast<uint32_t>(bound)); }
  bool OneIn(int n) { return Below(n) == 0; }
  // An integer, often the least or the most.
  int Between(int least, int most);
  std::string Lines(const std::string& table, const std::vector<std::string>& keys);

  std::string Dpdk();
  std::string Limits();
  std::string Dataplane();
  std::string Ports();
  std::string Port(int number);
  std::string Vlans();
  std::string Common(Interface& interface);
  std::string Routes();
  std::string StaticProtocol();
  std::string Mroute(int number);
  std::string Log();
  bool MayCarry(const Interface& interface, const std::string& group) const;

  std::mt19937 random_;
  const std::string captures_;
  const int lcores_;
  std::vector<int> workers_;
  std::vector<Interface> interfaces_;
  int boundaries_ = 0;
};

}  // namespace mgmd::testing

#endif  // MGMD_TESTS_UNIT_PLANE_RANDOM_CONFIG_H_
