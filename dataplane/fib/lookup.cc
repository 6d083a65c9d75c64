#include "dataplane/fib/lookup.h"

#include <array>

#include "dataplane/fib/lookup_variants.h"

namespace mgmd::dataplane {
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

constexpr std::array<LookupVariant, 3> kBestFirst = {LookupVariant::kAvx512, LookupVariant::kAvx2,
                                                     LookupVariant::kPortable};

}  // namespace

std::string_view Name(LookupVariant variant) {
  switch (variant) {
    case LookupVariant::kPortable:
      return "portable";
    case LookupVariant::kAvx2:
      return "avx2";
    case LookupVariant::kAvx512:
      return "avx512";
  }
  return "";
}

// The files are built for x86-64-v3 and x86-64-v4; a processor with what is asked for here has the rest of its level.
bool Supported(LookupVariant variant) {
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                  __builtin_cpu_supports("fma");
  switch (variant) {
    case LookupVariant::kPortable:
      return true;
    case LookupVariant::kAvx2:
      return !kThreadSanitizer && v3;
    case LookupVariant::kAvx512:
      return !kThreadSanitizer && v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
             __builtin_cpu_supports("avx512vl");
  }
  return false;
}

LookupVariant BestLookupVariant() {
  for (const LookupVariant variant : kBestFirst) {
    if (Supported(variant)) return variant;
  }
  return LookupVariant::kPortable;
}

template <>
LookupFunction<Ipv4> FindLookupFunction<Ipv4>(LookupVariant variant) {
  switch (variant) {
    case LookupVariant::kPortable:
      break;
    case LookupVariant::kAvx2:
      return LookupAvx2;
    case LookupVariant::kAvx512:
      return LookupAvx512;
  }
  return LookupPortable;
}

template <>
LookupFunction<Ipv6> FindLookupFunction<Ipv6>(LookupVariant /*variant*/) {
  return LookupPortable;
}

}  // namespace mgmd::dataplane
