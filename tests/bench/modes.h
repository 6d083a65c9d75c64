#ifndef MGMD_TESTS_BENCH_MODES_H_
#define MGMD_TESTS_BENCH_MODES_H_

// What forward_bench measures, each in a file of its name. All give JSON; rates are medians of
// rounds.

#include <nlohmann/json.hpp>

#include "tests/bench/rig.h"

namespace mgmd::bench {

using Json = nlohmann::ordered_json;

struct Length {
  double seconds = 0.5;  // of a slice
  int rounds = 5;
};

// Cycles a packet and a copy, by stage.
Json StageCycles(const Slice& slice);

// Copies/s of mgmd and of the floor, in slices that alternate.
Json MeasureThroughput(const RigOptions& options, Length length);

// Copies/s of each family, and of bursts in which their packets alternate, in slices that alternate. Each family has
// the options' entries; its frames carry the same payload, so those of IPv6 are 20 octets longer than `octets`.
Json MeasureFamilies(const RigOptions& options, Length length);

// Packets and copies/s of what arrives at the rig's devices: their source is somebody else's.
Json MeasureForward(const RigOptions& options, Length length);

// What a writer costs the worker: `rate` changes/s of entries that no packet has, upserts and
// deletes in turn; 0: as many as control manages. Slices with the writer alternate with slices
// where control sleeps, and with slices where it is as busy with itself, so that what two cores
// cost each other anyway is seen apart.
Json MeasureWriter(const RigOptions& options, Length length, double rate);

// What the interface that is released is to the MFEs.
enum class ReleasedAs { kIif, kOif };

// A protocol releases an interface that `mfes` MFEs have as their iif, or among their oifs, through
// the Group Manager, while streams of other interfaces are forwarded: how long it takes, and the
// throughput meanwhile. `events_file`: where mgmd's events are written to; empty: nobody observes.
template <class Family>
Json MeasureRelease(const RigOptions& options, uint32_t mfes, ReleasedAs as, const std::string& events_file);

// Streams that begin, `rate` a second, or, with 0, each as soon as an earlier one is decided: first packet, question to
// the manager, MFE, entry in the FIB, and the packets that were held meanwhile leave. How many a second, whether any
// packet is lost or overtaken, and what a turn of control takes.
template <class Family>
Json MeasureNewStreams(const RigOptions& options, Length length, uint32_t streams, double rate);

// From the rx callback to the tx callback, one packet at a time and at 90 % of the rate that the
// worker can do.
Json MeasureLatency(const RigOptions& options, Length length);

// Octets of memory for each entry: dataplane and one worker's counters.
template <class Family>
Json MeasureMemory(const RigOptions& options);

}  // namespace mgmd::bench

#endif  // MGMD_TESTS_BENCH_MODES_H_
