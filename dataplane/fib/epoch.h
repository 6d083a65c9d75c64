#ifndef MGMD_DATAPLANE_FIB_EPOCH_H_
#define MGMD_DATAPLANE_FIB_EPOCH_H_

// Grace periods: when may the control thread reuse what workers might still be reading?
//
// Locks and reference counts would make every packet write to memory that other cores read. Instead each worker says
// once per turn of its loop that it holds nothing (a quiescent state); memory unlinked before is free once every
// online worker has said so since. This is quiescent-state-based reclamation on DPDK's rte_rcu_qsbr, whose variable
// lives in memory of our own: no EAL is needed.
//
// The rule that keeps it correct: an online reader counts as being inside a read section all the time. Nobody may
// wait for it while holding what it needs to go on, and it goes offline before it sleeps or stops.
//
// Readers are numbered from 0 in the order of the names given at construction; all begin offline. Online(),
// Quiescent() and Offline() of one reader are called by one thread at a time; Start(), Passed() and Laggards() by the
// control thread.
//
// Cost: Quiescent() is one load of a shared line that changes once per batch and one store to a line of the reader's
// own; Passed() reads one line per online reader, or none when a later token has passed already.

#include <rte_rcu_qsbr.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mgmd::dataplane {

enum class ReaderId : uint32_t {};

// A moment in the life of the readers. Ascending; a token has passed when all earlier ones have.
enum class GraceToken : uint64_t {};

class Epoch {
 public:
  // At most 1,024 readers. Allocates; nothing else here does but Laggards().
  explicit Epoch(std::vector<std::string> reader_names);
  ~Epoch();
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;

  const std::string& name(ReaderId reader) const { return names_[static_cast<uint32_t>(reader)]; }

  // --- A reader's own thread

  // From now on the reader may read what is published. Reading before is an error.
  void Online(ReaderId reader) { rte_rcu_qsbr_thread_online(state_.get(), static_cast<unsigned>(reader)); }

  // The reader holds nothing that it has read before this call. Only while online.
  void Quiescent(ReaderId reader) { rte_rcu_qsbr_quiescent(state_.get(), static_cast<unsigned>(reader)); }

  // As Quiescent(), and the reader reads nothing until it is online again: nobody waits for it.
  void Offline(ReaderId reader) { rte_rcu_qsbr_thread_offline(state_.get(), static_cast<unsigned>(reader)); }

  // --- The control thread

  // Begins a grace period for everything unlinked before this call.
  GraceToken Start() { return GraceToken{rte_rcu_qsbr_start(state_.get())}; }

  // Whether every reader has been quiescent or offline since Start() gave out `token`. Never blocks.
  bool Passed(GraceToken token) {
    return rte_rcu_qsbr_check(state_.get(), static_cast<uint64_t>(token), /*wait=*/false) == 1;
  }

  // The online readers that keep `token` from passing, at this moment.
  std::vector<ReaderId> Laggards(GraceToken token) const;

 private:
  struct Free {
    void operator()(rte_rcu_qsbr* state) const;
  };

  std::vector<std::string> names_;
  std::unique_ptr<rte_rcu_qsbr, Free> state_;
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_FIB_EPOCH_H_
