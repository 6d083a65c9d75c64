#ifndef MGMD_TESTS_SUPPORT_RIG_FAMILY_H_
#define MGMD_TESTS_SUPPORT_RIG_FAMILY_H_

// What a WorkerRig has for each address family: what control makes for it, and what is read of its entries.

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "common/drop_reason.h"
#include "common/fib_key.h"
#include "common/punt.h"
#include "dataplane/fib/epoch.h"
#include "dataplane/fib/mfib.h"
#include "dataplane/interfaces/boundary.h"
#include "dataplane/worker.h"

namespace mgmd::testing {

// Everything of one entry, over all workers.
struct RigCounts {
  uint64_t packets = 0, octets = 0, different_if_packets = 0, ttl_packets = 0, exceptions = 0, held = 0;
};

template <class Family>
class RigFamily {
 public:
  using Key = FibKey<Family>;
  using Workers = std::vector<std::unique_ptr<dataplane::Worker>>;

  // The workers are made later.
  RigFamily(dataplane::Epoch& epoch, const Workers& workers);

  // The next worker's part.
  dataplane::FamilyParts<Family> MakeParts(uint32_t punt_ring);

  void AddEntry(const Key& key, const dataplane::EntrySpec& spec);
  void DeleteEntry(const Key& key);
  bool Send(typename dataplane::WorkerMessage<Family>::Kind kind, const Key& key, int worker) {
    return messages_[static_cast<size_t>(worker)]->Push({.kind = kind, .key = key});
  }
  std::vector<Punt<Family>> Punts();

  RigCounts counts(const Key& key) const;
  std::map<DropReason, uint64_t> exceptions(const Key& key, InterfaceSlot oif) const;

  dataplane::Mfib<Family>& fib() { return *fib_; }
  dataplane::BoundarySet<Family>& boundaries() { return boundaries_; }

 private:
  // Clears what workers count of an index, as control does.
  class Sink : public dataplane::CounterSink<Family> {
   public:
    explicit Sink(const Workers& workers) : workers_(workers) {}
    void Prepare(uint32_t counter) override;
    void Fold(const Key&, uint32_t counter, const dataplane::FibEntry& entry, const Stamp* oifs) override;

   private:
    const Workers& workers_;
  };

  const Workers& workers_;
  Sink sink_;
  dataplane::BoundarySet<Family> boundaries_;
  std::unique_ptr<dataplane::Mfib<Family>> fib_;
  std::vector<std::unique_ptr<dataplane::PuntRing<Family>>> punts_;
  std::vector<std::unique_ptr<dataplane::MessageRing<Family>>> messages_;
};

}  // namespace mgmd::testing

#endif  // MGMD_TESTS_SUPPORT_RIG_FAMILY_H_
