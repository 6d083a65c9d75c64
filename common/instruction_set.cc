#include "common/instruction_set.h"

namespace mgmd {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool kThreadSanitizer = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool kThreadSanitizer = true;
#else
constexpr bool kThreadSanitizer = false;
#endif
#else
constexpr bool kThreadSanitizer = false;
#endif

}  // namespace

std::string_view Name(InstructionSet set) {
  switch (set) {
    case InstructionSet::kPortable:
      return "portable";
    case InstructionSet::kAvx2:
      return "avx2";
    case InstructionSet::kAvx512:
      return "avx512";
  }
  return "";
}

// A processor with what is asked for here has the rest of its level.
bool Supported(InstructionSet set) {
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                  __builtin_cpu_supports("fma");
  switch (set) {
    case InstructionSet::kPortable:
      return true;
    case InstructionSet::kAvx2:
      return !kThreadSanitizer && v3;
    case InstructionSet::kAvx512:
      return !kThreadSanitizer && v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
             __builtin_cpu_supports("avx512vl");
  }
  return false;
}

InstructionSet BestInstructionSet() {
  InstructionSet best = InstructionSet::kPortable;
  for (const InstructionSet set : kInstructionSets) {
    if (Supported(set)) best = set;
  }
  return best;
}

}  // namespace mgmd
