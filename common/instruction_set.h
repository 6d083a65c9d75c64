#ifndef MGMD_COMMON_INSTRUCTION_SET_H_
#define MGMD_COMMON_INSTRUCTION_SET_H_

// The instruction sets for which the hot loops that gain from wide registers are compiled, once for each (a library of
// its own in dataplane/meson.build and dataplane/fib/meson.build). Which one runs is chosen when a FIB or a worker is
// created, so that a program for any machine uses what the machine at hand has. All give the same results.

#include <array>
#include <cstdint>
#include <string_view>

namespace mgmd {

// kPortable: what the whole program is compiled for. The others: x86-64-v3 and x86-64-v4, after their registers' names.
enum class InstructionSet : uint8_t { kPortable, kAvx2, kAvx512 };

inline constexpr std::array kInstructionSets = {InstructionSet::kPortable, InstructionSet::kAvx2,
                                                InstructionSet::kAvx512};

// "portable", "avx2", "avx512".
std::string_view Name(InstructionSet set);

// Whether this machine can run it and this build may: ThreadSanitizer sees no data race through vector loads, so that
// under it only the portable code, which uses atomics, is supported.
bool Supported(InstructionSet set);

// The widest that is supported.
InstructionSet BestInstructionSet();

// Of three things, each for one of them, the set's.
template <typename T>
constexpr T ForSet(InstructionSet set, T portable, T avx2, T avx512) {
  switch (set) {
    case InstructionSet::kPortable:
      return portable;
    case InstructionSet::kAvx2:
      return avx2;
    case InstructionSet::kAvx512:
      return avx512;
  }
  return portable;
}

// In a file that is compiled for each: the one at hand. What such a file defines for others to call is a specialisation
// for it, and everything else is inlined or has internal linkage: of a function whose name another library has, the
// linker might keep this copy for the whole program, and it would stop a machine that lacks the instructions
// (tests/unit/scripts/instruction_sets_test.py).
#ifdef MGMD_INSTRUCTION_SET
constexpr InstructionSet kBuiltFor = InstructionSet::MGMD_INSTRUCTION_SET;
#endif

}  // namespace mgmd

#endif  // MGMD_COMMON_INSTRUCTION_SET_H_
