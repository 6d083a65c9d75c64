#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_memcpy.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <type_traits>
#include <vector>

#include "control/mgm/group_manager.h"
#include "control/mgm/system_clock.h"
#include "tests/bench/manager_streams.h"
#include "tests/bench/modes.h"
#include "tests/bench/paced_source.h"

namespace mgmd::bench {
namespace {

constexpr uint32_t kPacketsOfStream = 2;
// Streams that begin between the first and the second packet of one: in that time nobody decides about it.
constexpr uint32_t kLag = 32;
constexpr uint32_t kPending = 32768;
// How long before the end of the slice no other stream begins, so that those that wait leave; seconds.
constexpr double kRest = 0.5;
// Streams that wait at a time where there is no rate: their packets are what one interface may have.
constexpr uint64_t kWindow = kPending / 2 / kPacketsOfStream - 2 * kLag;
constexpr size_t kPuntsPerTurn = 256;  // as mgmd

// Streams that begin one after the other, as an rx callback, and what leaves of them, as a tx callback. Both run on the
// worker's core.
template <class Family>
class NewStreams {
 public:
  // At most so many within so many seconds. `rate`: a second; 0: another one as soon as an earlier one has left.
  NewStreams(Rig& rig, uint32_t streams, double seconds, double rate)
      : rig_(rig),
        streams_(streams),
        cycles_(static_cast<uint64_t>(seconds * static_cast<double>(rte_get_tsc_hz()))),
        cycles_per_stream_(rate == 0 ? 0 : static_cast<double>(rte_get_tsc_hz()) / rate),
        frame_(rig.options().octets + (kIpv6 ? kIpv6Octets - kIpv4Octets : 0)),
        next_(streams) {
    if constexpr (kIpv6) {
      WriteIpv6Frame(frame_.data(), frame_.size());
    } else {
      template_sum_ = WriteFrame(frame_.data(), frame_.size());
    }
    rte_eth_add_rx_callback(rig.inputs()[0].id, 0, Give, this);
    rte_eth_add_tx_callback(rig.outputs()[0].id, 0, Look, this);
  }

  // Once nobody forwards any more.
  uint64_t begun() const { return begun_; }
  uint64_t given() const { return given_; }
  uint64_t left() const { return left_; }
  uint64_t streams_left() const { return firsts_; }
  uint64_t overtaken() const { return overtaken_; }
  // From the first packet that came to the last stream whose first packet left.
  double seconds() const { return static_cast<double>(last_first_ - begin_) / static_cast<double>(rte_get_tsc_hz()); }

 private:
  static constexpr bool kIpv6 = std::is_same_v<Family, Ipv6>;
  // The number of the stream and that of its packet, after Ethernet, IP and UDP.
  static constexpr size_t kMarkAt = kEthernetOctets + (kIpv6 ? kIpv6Octets : kIpv4Octets) + 8;
  struct Mark {
    uint32_t stream;
    uint8_t packet;
  };

  static uint16_t Give(uint16_t, uint16_t, rte_mbuf** packets, uint16_t, uint16_t limit, void* self) {
    return static_cast<NewStreams*>(self)->Give(packets, limit);
  }
  static uint16_t Look(uint16_t, uint16_t, rte_mbuf** packets, uint16_t count, void* self) {
    static_cast<NewStreams*>(self)->Look(packets, count);
    return count;
  }

  uint64_t Due() {
    const uint64_t now = rte_rdtsc();
    if (begin_ == 0) begin_ = now;
    if (now - begin_ >= cycles_) streams_ = std::min(streams_, steps_);
    if (cycles_per_stream_ == 0) return firsts_ + kWindow;
    return static_cast<uint64_t>(static_cast<double>(now - begin_) / cycles_per_stream_);
  }
  uint16_t Give(rte_mbuf** packets, uint16_t limit) {
    // A step is the first packet of a stream, and the second one of an earlier stream.
    const uint64_t due = std::min(Due(), streams_ + kLag);
    uint16_t count = 0;
    for (; steps_ < due && count + kPacketsOfStream <= limit; ++steps_) {
      if (steps_ < streams_) count += Write(packets[count], static_cast<uint32_t>(steps_), 0);
      if (steps_ >= kLag) count += Write(packets[count], static_cast<uint32_t>(steps_ - kLag), 1);
    }
    begun_ = std::min(steps_, streams_);
    given_ += count;
    return count;
  }
  uint16_t Write(rte_mbuf*& packet, uint32_t stream, uint8_t number) {
    packet = rte_pktmbuf_alloc(rig_.rx_pool());
    if (packet == nullptr) return 0;
    auto* const to = rte_pktmbuf_mtod(packet, uint8_t*);
    rte_memcpy(to, frame_.data(), frame_.size());
    if constexpr (kIpv6) {
      WriteIpv6Key(to, ManagerKey(stream));
    } else {
      WriteKey(to, ManagerKey(stream), template_sum_);
    }
    const Mark mark{stream, number};
    std::memcpy(to + kMarkAt, &mark, sizeof(mark));
    packet->data_len = static_cast<uint16_t>(frame_.size());
    packet->pkt_len = static_cast<uint32_t>(frame_.size());
    return 1;
  }
  void Look(rte_mbuf** packets, uint16_t count) {
    for (uint16_t i = 0; i < count; ++i) {
      Mark mark;
      std::memcpy(&mark, rte_pktmbuf_mtod_offset(packets[i], const uint8_t*, kMarkAt), sizeof(mark));
      if (mark.packet != next_[mark.stream]) ++overtaken_;
      next_[mark.stream] = static_cast<uint8_t>(mark.packet + 1);
      if (mark.packet != 0) continue;
      ++firsts_;
      last_first_ = rte_rdtsc();
    }
    left_ += count;
  }

  Rig& rig_;
  uint64_t streams_;       // that begin
  const uint64_t cycles_;  // in which they do
  const double cycles_per_stream_;
  std::vector<uint8_t> frame_;
  uint32_t template_sum_ = 0;
  std::vector<uint8_t> next_;  // the number of the packet that must leave next, of each stream
  uint64_t begin_ = 0, last_first_ = 0;
  uint64_t steps_ = 0, begun_ = 0, given_ = 0;
  uint64_t firsts_ = 0, left_ = 0, overtaken_ = 0;
};

// What a turn of control took, by its parts, and why: a thread that waits for the machine is not at work.
struct Turn {
  uint64_t decided = 0;  // cycles for punts
  uint64_t polled = 0;   // and for the rest
  int64_t at_work_ns = 0;
  long faults = 0;    // pages that the kernel gave
  long switches = 0;  // times that another thread got the core

  uint64_t cycles() const { return decided + polled; }
};
int64_t AtWorkNs() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
}
rusage Usage() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage;
}

}  // namespace

template <class Family>
Json MeasureNewStreams(const RigOptions& options, Length length, uint32_t streams, double rate) {
  RigOptions with_room = options;
  with_room.traffic = std::is_same_v<Family, Ipv4> ? Traffic::kIpv4 : Traffic::kIpv6;
  with_room.capture = false;
  with_room.workers = 1;
  with_room.max_entries = options.entries + streams + 1024;
  with_room.pending = kPending;
  Rig rig(with_room);
  const InterfaceIdOf<Family> iif = Rig::ArrivalId<Family>();
  const StaticRib<Family> rib = RoutesToManagerSources<Family>(iif);
  mgm::SystemClock clock;
  mgm::Options mgm_options;
  mgm_options.max_mfes = streams + 1024;
  mgm::GroupManager<Family> manager(rig.forwarder<Family>(), rib, clock, mgm_options);
  const auto client =
      manager.Register({.protocol = 1, .component = 1}, std::make_unique<mgm::ClientCallbacksOf<Family>>());
  Require(client.status());
  Require(manager.TakeInterface(*client, iif));
  for (uint32_t n = 0; n < options.fanout; ++n) Require(manager.TakeInterface(*client, Rig::OifId<Family>(n)));
  for (uint32_t group = 0; group < std::min(streams, kManagerGroups); ++group) {
    const auto any_source = FibKey<Family>::AnySource(StreamKey<Family>(ManagerKey(group)).group());
    for (uint32_t n = 0; n < options.fanout; ++n)
      Require(manager.AddMembership(*client, any_source, Rig::OifId<Family>(n), {.join = true}));
  }
  rig.KeepHouse<Family>();

  NewStreams<Family> source(rig, streams, std::max(length.seconds - kRest, kRest), rate);
  std::vector<Punt<Family>> punts(kPuntsPerTurn);
  Histogram turns;
  uint64_t held = 0;
  const dataplane::Counter& held_now = rig.worker(0).stats().held;
  // A turn of control as mgmd takes it.
  Turn longest;
  int64_t longest_at_work = 0;
  const auto control = [&] {
    Turn turn;
    const rusage before = Usage();
    const int64_t at_work = AtWorkNs();
    const uint64_t begin = rte_rdtsc();
    const size_t received = rig.forwarder<Family>().ReceivePunts(punts);
    if (received != 0) manager.HandlePunts({punts.data(), received});
    const uint64_t decided = rte_rdtsc();
    const bool worked = manager.Poll() || received != 0;
    turn.polled = rte_rdtsc() - decided;
    turn.decided = decided - begin;
    held = std::max(held, dataplane::Get(held_now));
    if (!worked) return;
    turn.at_work_ns = AtWorkNs() - at_work;
    const rusage after = Usage();
    turn.faults = after.ru_minflt - before.ru_minflt;
    turn.switches = after.ru_nivcsw - before.ru_nivcsw;
    turns.Add(turn.cycles());
    longest_at_work = std::max(longest_at_work, turn.at_work_ns);
    if (turn.cycles() > longest.cycles()) longest = turn;
  };
  const Slice slice = rig.Run(Forwarding::kMgmd, length.seconds, control);
  const auto us = [](double cycles) { return cycles / static_cast<double>(rte_get_tsc_hz()) * 1e6; };
  return {{"streams", source.begun()},
          {"rate_asked", rate},
          {"streams_per_second", static_cast<double>(source.streams_left()) / source.seconds()},
          {"lost", source.given() - source.left()},
          {"overtaken", source.overtaken()},
          {"drops", slice.drops},
          {"held_most", held},
          {"rereads", dataplane::Get(rig.worker(0).stats().rereads)},
          {"mfes", manager.mfe_count()},
          {"control_us_per_stream", us(turns.mean() * static_cast<double>(turns.total())) /
                                        static_cast<double>(std::max<uint64_t>(source.begun(), 1))},
          {"turn_us",
           {{"p99", us(static_cast<double>(turns.Quantile(0.99)))},
            {"longest", us(static_cast<double>(turns.high()))},
            {"longest_at_work", static_cast<double>(longest_at_work) / 1e3},
            {"of_longest",
             {{"punts", us(static_cast<double>(longest.decided))},
              {"poll", us(static_cast<double>(longest.polled))},
              {"at_work", static_cast<double>(longest.at_work_ns) / 1e3},
              {"faults", longest.faults},
              {"switches", longest.switches}}}}},
          {"worker_stage_cycles", StageCycles(slice)}};
}

template Json MeasureNewStreams<Ipv4>(const RigOptions&, Length, uint32_t, double);
template Json MeasureNewStreams<Ipv6>(const RigOptions&, Length, uint32_t, double);

}  // namespace mgmd::bench
