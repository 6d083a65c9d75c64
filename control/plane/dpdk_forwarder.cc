#include "control/plane/dpdk_forwarder.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "absl/strings/str_join.h"

namespace mgmd::plane {
namespace {

// Objects reclaimed in one turn of the control loop: about a millisecond's work.
constexpr size_t kReclaimBudget = 16384;

// A long batch takes back what it has replaced itself while it is applied: the memory that goes around is in the
// cache, where a million fresh entries would have to be fetched from the kernel page by page. Nothing waits for that:
// the grace period of one piece is over long before the next has been applied.
constexpr uint32_t kPiece = 8192;

template <class Family>
std::vector<typename WorkerMessages<Family>::Worker> MessageRings(const ForwarderParts<Family>& parts) {
  std::vector<typename WorkerMessages<Family>::Worker> workers;
  for (dataplane::MessageRing<Family>* ring : parts.messages) {
    const dataplane::ReaderId reader{static_cast<uint32_t>(workers.size())};
    workers.push_back({.ring = ring, .name = parts.epoch->name(reader)});
  }
  return workers;
}

}  // namespace

template <class Family>
DpdkForwarder<Family>::DpdkForwarder(ForwarderParts<Family> parts)
    : parts_(std::move(parts)), directory_(*parts_.directory), messages_(MessageRings(parts_)) {}

template <class Family>
InterfaceSlot DpdkForwarder<Family>::Slot(const InterfaceIdOf<Family>& interface) {
  typename InterfaceDirectory<Family>::Given given = directory_.SlotOf(interface);
  // Freed ones may wait for nothing but to be reclaimed.
  if (given.slot == kNoSlot && parts_.fib->Poll() > 0) given = directory_.SlotOf(interface);
  if (given.fresh) {
    parts_.interfaces->SetEnabled(given.slot, false);
    parts_.interfaces->SetWrongInterfaceAlert(given.slot, false);
    parts_.interfaces->SetWanted(given.slot, {});
    parts_.interfaces->SetStamp(directory_.Current(given.slot));
  }
  return given.slot;
}

template <class Family>
bool DpdkForwarder<Family>::FreeSlot(InterfaceSlot slot) {
  return directory_.Free(slot);
}

template <class Family>
void DpdkForwarder<Family>::SetEnabled(InterfaceSlot slot, bool enabled) {
  parts_.interfaces->SetEnabled(slot, enabled);
}

template <class Family>
void DpdkForwarder<Family>::SetWrongInterfaceAlert(InterfaceSlot slot, bool enabled) {
  parts_.interfaces->SetWrongInterfaceAlert(slot, enabled);
}

template <class Family>
void DpdkForwarder<Family>::Bump(InterfaceSlot slot) {
  const BatchId next_batch{static_cast<uint64_t>(last_batch_) + 1};
  if (const auto must_be_reclaimed = directory_.Bump(slot, next_batch)) {
    const auto deadline = std::chrono::steady_clock::now() + parts_.release_wait;
    while (!parts_.fib->Reclaimed(*must_be_reclaimed) && std::chrono::steady_clock::now() < deadline) {
      parts_.wait();
      parts_.fib->Poll();
    }
  }
  parts_.interfaces->SetStamp(directory_.Current(slot));
  messages_.Tell(Messages::Kind::kDropReleased);
}

template <class Family>
ApplyResult DpdkForwarder<Family>::Apply(const FibBatch<Family>& batch) {
  ApplyResult result;
  const size_t ahead = dataplane::Mfib<Family>::kPrefetchAhead;
  std::vector<uint32_t> to_drain;
  for (uint32_t i = 0; i < batch.changes.size(); ++i) {
    if (i + ahead < batch.changes.size()) parts_.fib->Prefetch(batch.changes[i + ahead].key);
    if (i % kPiece == kPiece - 1 && batch.changes[i].kind == FibChange<Family>::Kind::kUpsert) {
      parts_.fib->CommitPart();
      parts_.fib->Poll(2 * kPiece);
    }
    const FibChange<Family>& change = batch.changes[i];
    if (change.kind == FibChange<Family>::Kind::kDelete) {
      Delete(change.key);
    } else if (!Upsert(batch, change)) {
      result.refused.push_back(i);
    } else if (change.drain_pending) {
      to_drain.push_back(i);
    }
  }
  result.batch = last_batch_ = parts_.fib->CommitBatch();
  for (const uint32_t i : to_drain) messages_.Tell(Messages::Kind::kDrain, batch.changes[i].key);
  return result;
}

template <class Family>
bool DpdkForwarder<Family>::Upsert(const FibBatch<Family>& batch, const FibChange<Family>& change) {
  stamps_.clear();
  for (uint32_t i = 0; i < change.oif_count; ++i) {
    stamps_.push_back(directory_.Current(batch.oifs[change.first_oif + i]));
  }
  const uint16_t flags = change.no_route ? dataplane::kNoRoute : 0;
  const Stamp accept = change.accept == kNoSlot ? Stamp{} : directory_.Current(change.accept);

  const dataplane::EntrySpec spec{accept, flags, stamps_};
  dataplane::Upserted upserted = parts_.fib->Upsert(change.key, spec);
  if (upserted.refused == dataplane::Refusal::kBacklog) {
    // What was replaced so far may be free by now; while no worker runs, it is.
    parts_.fib->CommitPart();
    if (parts_.fib->Poll(kReclaimBudget) > 0) upserted = parts_.fib->Upsert(change.key, spec);
  }
  if (!upserted.refused) {
    directory_.AddUse(accept.slot);
    for (const Stamp& oif : stamps_) directory_.AddUse(oif.slot);
  }
  if (upserted.replaced != dataplane::kNoEntry) parts_.ledger->Replaced(upserted.replaced, upserted.entry);
  return !upserted.refused;
}

template <class Family>
void DpdkForwarder<Family>::Delete(const FibKey<Family>& key) {
  const uint32_t counter = parts_.fib->Delete(key);
  if (counter != dataplane::kNoEntry) parts_.ledger->Deleted(key, counter);
}

template <class Family>
SettleResult DpdkForwarder<Family>::Settle() {
  SettleResult result;
  result.stalled_workers = WaitFor(parts_.epoch->Start());
  result.settled = result.stalled_workers.empty();
  if (!result.settled) {
    spdlog::warn("release: went on after {} ms without worker {}", parts_.release_wait.count(),
                 absl::StrJoin(result.stalled_workers, ", "));
  }
  return result;
}

template <class Family>
std::vector<std::string> DpdkForwarder<Family>::WaitFor(dataplane::GraceToken token) {
  const auto deadline = std::chrono::steady_clock::now() + parts_.release_wait;
  std::vector<std::string> stalled;
  while (!parts_.epoch->Passed(token)) {
    if (std::chrono::steady_clock::now() >= deadline) {
      for (const dataplane::ReaderId reader : parts_.epoch->Laggards(token)) {
        stalled.push_back(parts_.epoch->name(reader));
      }
      break;
    }
    parts_.wait();
  }
  return stalled;
}

template <class Family>
bool DpdkForwarder<Family>::Reclaimed(BatchId batch) {
  return parts_.fib->Reclaimed(batch);
}

template <class Family>
bool DpdkForwarder<Family>::Poll() {
  const bool told = messages_.Poll();
  const bool reclaimed = parts_.fib->Poll(kReclaimBudget) > 0;
  const bool grown = parts_.fib->GrowAhead();
  ReportStalledReclamation();
  return told || reclaimed || grown;
}

template <class Family>
void DpdkForwarder<Family>::ReportStalledReclamation() {
  const auto waiting_for = parts_.fib->WaitingFor();
  if (waiting_for != waited_for_) {
    waited_for_ = waiting_for;
    waiting_since_ = std::chrono::steady_clock::now();
    stall_reported_ = false;
  }
  if (!waited_for_ || stall_reported_ || std::chrono::steady_clock::now() - waiting_since_ < parts_.release_wait)
    return;
  stall_reported_ = true;
  for (const dataplane::ReaderId reader : parts_.epoch->Laggards(*waited_for_)) {
    spdlog::warn("reclamation: {} objects wait for worker {}", parts_.fib->retired(), parts_.epoch->name(reader));
  }
}

template <class Family>
void DpdkForwarder<Family>::DiscardPending(const FibKey<Family>& key) {
  messages_.Tell(Messages::Kind::kDiscard, key);
}

template <class Family>
std::optional<EntryCounters> DpdkForwarder<Family>::Read(const FibKey<Family>& key) {
  const uint32_t counter = parts_.fib->Find(key);
  if (counter == dataplane::kNoEntry) return std::nullopt;
  return parts_.ledger->Read(key, counter, *parts_.fib);
}

template <class Family>
uint64_t DpdkForwarder<Family>::Activity(const FibKey<Family>& key) {
  const uint32_t counter = parts_.fib->Find(key);
  return counter == dataplane::kNoEntry ? 0 : parts_.ledger->Activity(key, counter);
}

template <class Family>
size_t DpdkForwarder<Family>::ReceivePunts(std::span<Punt<Family>> punts) {
  size_t received = 0;
  for (size_t tried = 0; tried < parts_.punts.size() && received < punts.size(); ++tried) {
    dataplane::PuntRing<Family>& ring = *parts_.punts[next_punt_ring_];
    next_punt_ring_ = (next_punt_ring_ + 1) % parts_.punts.size();
    received += ring.Pop(punts.data() + received, static_cast<uint32_t>(punts.size() - received));
  }
  return received;
}

template class DpdkForwarder<Ipv4>;
template class DpdkForwarder<Ipv6>;

}  // namespace mgmd::plane
