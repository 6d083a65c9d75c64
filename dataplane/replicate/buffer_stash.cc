#include "dataplane/replicate/buffer_stash.h"

namespace mgmd::dataplane {

void BufferStash::Refill() { count_ += AllocateRaw(pool_, top(), kMost); }

}  // namespace mgmd::dataplane
