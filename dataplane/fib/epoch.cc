#include "dataplane/fib/epoch.h"

#include <cstdlib>
#include <cstring>
#include <utility>

namespace mgmd::dataplane {

void Epoch::Free::operator()(rte_rcu_qsbr* state) const { std::free(state); }

Epoch::Epoch(std::vector<std::string> reader_names) : names_(std::move(reader_names)) {
  // rte_rcu refuses a variable for no reader at all; one that never comes online is waited for by nobody.
  const uint32_t readers = names_.empty() ? 1 : static_cast<uint32_t>(names_.size());
  const size_t size = rte_rcu_qsbr_get_memsize(readers);
  state_.reset(static_cast<rte_rcu_qsbr*>(std::aligned_alloc(RTE_CACHE_LINE_SIZE, size)));
  if (state_ == nullptr || rte_rcu_qsbr_init(state_.get(), readers) != 0) std::abort();
  for (uint32_t reader = 0; reader < readers; ++reader) rte_rcu_qsbr_thread_register(state_.get(), reader);
}

Epoch::~Epoch() = default;

std::vector<ReaderId> Epoch::Laggards(GraceToken token) const {
  std::vector<ReaderId> laggards;
  for (uint32_t reader = 0; reader < names_.size(); ++reader) {
    const uint64_t seen = __atomic_load_n(&state_->qsbr_cnt[reader].cnt, __ATOMIC_ACQUIRE);
    const bool offline = seen == __RTE_QSBR_CNT_THR_OFFLINE;
    if (!offline && seen < static_cast<uint64_t>(token)) laggards.push_back(ReaderId{reader});
  }
  return laggards;
}

}  // namespace mgmd::dataplane
