#include "common/drop_reason.h"

#include <array>

namespace mgmd {
namespace {

constexpr std::array<DropReasonInfo, kDropReasons> kReasons = {{
#define MGMD_DROP(enumerator, name, scope, rule, description, ...) \
  {DropReason::enumerator, name, DropScope::scope, rule, description},
#include "common/counter_table.def"
}};

}  // namespace

const DropReasonInfo& Info(DropReason reason) { return kReasons[static_cast<size_t>(reason)]; }

}  // namespace mgmd
