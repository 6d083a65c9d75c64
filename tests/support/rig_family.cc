#include "tests/support/rig_family.h"

#include <gtest/gtest.h>

namespace mgmd::testing {

template <class Family>
RigFamily<Family>::RigFamily(dataplane::Epoch& epoch, const Workers& workers)
    : workers_(workers),
      sink_(workers),
      fib_(dataplane::Mfib<Family>::Create({.max_entries = 4096, .max_retired = 4096}, epoch, sink_)) {}

template <class Family>
void RigFamily<Family>::Sink::Prepare(uint32_t counter) {
  for (const auto& worker : workers_) worker->template counters<Family>().Clear(counter);
}

template <class Family>
void RigFamily<Family>::Sink::Fold(const Key&, uint32_t counter, const dataplane::FibEntry& entry, const Stamp* oifs) {
  for (const auto& worker : workers_) {
    dataplane::ExceptionTable& exceptions = worker->template exceptions<Family>();
    exceptions.Clear(counter, kNoSlot);
    for (int i = 0; i < entry.oif_count; ++i) exceptions.Clear(counter, InterfaceSlot{oifs[i].slot});
  }
}

template <class Family>
dataplane::FamilyParts<Family> RigFamily<Family>::MakeParts(uint32_t punt_ring) {
  punts_.push_back(std::make_unique<dataplane::PuntRing<Family>>(punt_ring));
  messages_.push_back(std::make_unique<dataplane::MessageRing<Family>>(64));
  return {
      .fib = fib_.get(), .boundaries = &boundaries_, .punts = punts_.back().get(), .messages = messages_.back().get()};
}

template <class Family>
void RigFamily<Family>::AddEntry(const Key& key, const dataplane::EntrySpec& spec) {
  EXPECT_FALSE(fib_->Upsert(key, spec).refused.has_value());
  fib_->CommitBatch();
}

template <class Family>
void RigFamily<Family>::DeleteEntry(const Key& key) {
  fib_->Delete(key);
  fib_->CommitBatch();
}

template <class Family>
std::vector<Punt<Family>> RigFamily<Family>::Punts() {
  std::vector<Punt<Family>> all;
  for (auto& ring : punts_) {
    Punt<Family> punt;
    while (ring->Pop(&punt, 1) == 1) all.push_back(punt);
  }
  return all;
}

template <class Family>
RigCounts RigFamily<Family>::counts(const Key& key) const {
  RigCounts sum;
  const uint32_t index = fib_->Find(key);
  for (const auto& worker : workers_) {
    const dataplane::CounterLine& line = worker->template counters<Family>().line(index);
    sum.packets += dataplane::Get(line.packets);
    sum.octets += dataplane::Get(line.octets);
    sum.different_if_packets += dataplane::Get(line.different_if_packets);
    sum.ttl_packets += dataplane::Get(line.ttl_packets);
    sum.exceptions += dataplane::Get(line.exceptions);
    sum.held += dataplane::Get(line.held);
  }
  return sum;
}

template <class Family>
std::map<DropReason, uint64_t> RigFamily<Family>::exceptions(const Key& key, InterfaceSlot oif) const {
  std::map<DropReason, uint64_t> all;
  for (const auto& worker : workers_) {
    worker->template exceptions<Family>().ForEach(fib_->Find(key), oif,
                                                  [&all](DropReason reason, uint64_t count) { all[reason] += count; });
  }
  return all;
}

template class RigFamily<Ipv4>;
template class RigFamily<Ipv6>;

}  // namespace mgmd::testing
