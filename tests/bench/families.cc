#include <rte_ethdev.h>
#include <rte_memcpy.h>

#include <array>
#include <vector>

#include "tests/bench/modes.h"
#include "tests/bench/samples.h"

namespace mgmd::bench {
namespace {

struct Frame {
  bool ipv6;
  uint32_t template_sum;  // of IPv4
  std::vector<uint8_t> octets;
};

// What net_pcap and the keys' rx callback do together, with frames that can be changed between slices: an rx callback
// on a port that receives nothing by itself.
class BothSource {
 public:
  explicit BothSource(Rig& rig) : rig_(rig), ipv4_{}, ipv6_{} {
    keys_ = {.state = 1, .entries = rig.options().entries, .template_sum = 0, .ipv6 = 0};
    const size_t octets = rig.options().octets;
    ipv4_ = {.ipv6 = false, .template_sum = 0, .octets = std::vector<uint8_t>(octets)};
    ipv4_.template_sum = WriteFrame(ipv4_.octets.data(), octets);
    ipv6_ = {.ipv6 = true, .template_sum = 0, .octets = std::vector<uint8_t>(octets + kIpv6Octets - kIpv4Octets)};
    WriteIpv6Frame(ipv6_.octets.data(), ipv6_.octets.size());
    rte_eth_add_rx_callback(rig.inputs()[0].id, 0, Give, this);
  }

  // While nobody forwards.
  void Send(Traffic traffic) {
    turns_ = {traffic == Traffic::kIpv6 ? &ipv6_ : &ipv4_, traffic == Traffic::kIpv4 ? &ipv4_ : &ipv6_};
  }

 private:
  static uint16_t Give(uint16_t, uint16_t, rte_mbuf** packets, uint16_t, uint16_t limit, void* self) {
    auto& source = *static_cast<BothSource*>(self);
    if (rte_pktmbuf_alloc_bulk(source.rig_.rx_pool(), packets, limit) != 0) return 0;
    for (uint32_t i = 0; i < limit; ++i) {
      const Frame& frame = *source.turns_[i % 2];
      auto* const to = rte_pktmbuf_mtod(packets[i], uint8_t*);
      rte_memcpy(to, frame.octets.data(), frame.octets.size());
      const uint64_t key = SourceKey(NextIndex(&source.keys_));
      if (frame.ipv6) {
        WriteIpv6Key(to, key);
      } else {
        WriteKey(to, key, frame.template_sum);
      }
      packets[i]->data_len = static_cast<uint16_t>(frame.octets.size());
      packets[i]->pkt_len = static_cast<uint32_t>(frame.octets.size());
    }
    return limit;
  }

  Rig& rig_;
  PacketSource keys_;
  Frame ipv4_;
  Frame ipv6_;
  std::array<const Frame*, 2> turns_{&ipv4_, &ipv4_};
};

struct Sent {
  const char* name;
  Traffic traffic;
  Slice total;
  Samples copies, cycles;
};

}  // namespace

Json MeasureFamilies(const RigOptions& options, Length length) {
  RigOptions both = options;
  both.traffic = Traffic::kBoth;
  both.capture = false;
  both.workers = 1;
  Rig rig(both);
  BothSource source(rig);
  std::array<Sent, 3> sent{{{"ipv4", Traffic::kIpv4, {}, {}, {}},
                            {"ipv6", Traffic::kIpv6, {}, {}, {}},
                            {"alternating", Traffic::kBoth, {}, {}, {}}}};
  const auto run = [&](const Sent& what, double seconds) {
    source.Send(what.traffic);
    return rig.Run(Forwarding::kMgmd, seconds);
  };
  for (const Sent& what : sent) run(what, length.seconds / 4);
  Samples ratio, mixing;
  for (int round = 0; round < length.rounds; ++round) {
    std::array<double, 3> copies, cycles;
    for (size_t i = 0; i < sent.size(); ++i) {
      const Slice slice = run(sent[i], length.seconds);
      sent[i].total += slice;
      copies[i] = slice.copy_rate() / 1e6;
      cycles[i] = static_cast<double>(slice.cycles) / static_cast<double>(slice.packets);
      sent[i].copies.Add(copies[i]);
      sent[i].cycles.Add(cycles[i]);
    }
    ratio.Add(copies[1] / copies[0]);
    mixing.Add(cycles[2] / ((cycles[0] + cycles[1]) / 2) - 1);
  }
  Json json{{"ipv6_over_ipv4", ratio.Json()}, {"mixing", mixing.Json()}};
  for (const Sent& what : sent) {
    json[what.name] = {{"copies_mps", what.copies.Json()},
                       {"cycles_per_packet", what.cycles.Json()},
                       {"lost_copies", what.total.packets * options.fanout - what.total.copies},
                       {"drops", what.total.drops},
                       {"stage_cycles", StageCycles(what.total)}};
  }
  return json;
}

}  // namespace mgmd::bench
