#include "dataplane/tx/buffer_stash.h"

namespace mgmd::dataplane {

void BufferStash::Refill() { count_ += AllocateRaw(pool_, top(), kMost); }

}  // namespace mgmd::dataplane
