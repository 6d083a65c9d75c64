#include "common/drop_reason.h"

#include <array>

namespace mgmd {
namespace {

constexpr std::array<DropReasonInfo, kDropReasons> kTable = {{
#define MGMD_X(enumerator, name, scope, rule, description) \
  {DropReason::enumerator, name, DropScope::scope, rule, description},
    MGMD_DROP_REASONS(MGMD_X)
#undef MGMD_X
}};

}  // namespace

const DropReasonInfo& Info(DropReason reason) { return kTable[static_cast<size_t>(reason)]; }

}  // namespace mgmd
