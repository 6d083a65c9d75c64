#ifndef MGMD_TESTS_FUZZ_MGM_FUZZ_PROGRAM_H_
#define MGMD_TESTS_FUZZ_MGM_FUZZ_PROGRAM_H_

// The program that mgm_fuzz.cc runs the Group Manager in: a forwarding table that can be told to refuse entries, routes
// to most sources, and a clock; and a look at the manager's MFEs from outside.

#include <arpa/inet.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <tuple>
#include <vector>

#include "control/mgm/mgm_ext.h"

namespace mgmd::fuzz {

[[noreturn]] inline void Fail(const char* what) {
  std::fprintf(stderr, "mgm_fuzz: %s\n", what);
  std::abort();
}
inline void Expect(bool holds, const char* what) {
  if (!holds) Fail(what);
}

// A code that functions return.
inline void ExpectCode(DWORD code) {
  switch (code) {
    case NO_ERROR:
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_INVALID_PARAMETER:
    case ERROR_INSUFFICIENT_BUFFER:
    case ERROR_ALREADY_EXISTS:
    case ERROR_MORE_DATA:
    case ERROR_NO_MORE_ITEMS:
    case ERROR_CAN_NOT_COMPLETE:
    case ERROR_NOT_FOUND:
      return;
    default:
      Fail("a code that no function returns");
  }
}

using Entry = std::tuple<DWORD, DWORD, DWORD, DWORD>;  // source, mask, group, mask

// Every fourth source has no route, the others one by interface 1, 2 or 3.
inline DWORD LookUp(PVOID, DWORD source, PMGM_EXT_ROUTE route) {
  const uint32_t last = ntohl(source) & 3;
  if (last == 0) return ERROR_NOT_FOUND;
  *route = {source, 0xFFFFFFFF, 3, last, 0, 0};
  return NO_ERROR;
}

struct Program {
  std::set<Entry> table;         // what the forwarder has
  bool refuse = false;           // entries
  size_t refused = 0;            // entries so far
  uint64_t now = 1'000'000'000;  // microseconds

  // Makes the manager that is started with the configuration run in this program, which outlives it.
  void RunIn(MGM_EXT_CONFIG& config) {
    config.Forwarder.pvContext = this;
    config.Forwarder.pfnApply = Apply;
    config.pfnRouteLookup = LookUp;
    config.pvClockContext = this;
    config.pfnClock = [](PVOID program) { return static_cast<const Program*>(program)->now; };
  }

 private:
  static void Apply(PVOID context, PMGM_EXT_ENTRY entries, DWORD count) {
    auto& program = *static_cast<Program*>(context);
    for (DWORD i = 0; i < count; ++i) {
      MGM_EXT_ENTRY& entry = entries[i];
      const Entry key = {entry.dwSourceAddr, entry.dwSourceMask, entry.dwGroupAddr, entry.dwGroupMask};
      if (entry.dwChange == MGM_EXT_ENTRY_DELETE) {
        program.table.erase(key);
        continue;
      }
      for (DWORD n = 0; n < entry.dwOutIfCount; ++n) {
        const MGM_EXT_INTERFACE& out = entry.pOutIf[n];
        Expect(out.dwIfIndex != entry.In.dwIfIndex || out.dwIfNextHopAddr != entry.In.dwIfNextHopAddr,
               "the iif is an oif");
      }
      if (program.refuse) {
        entry.dwResult = ERROR_NOT_ENOUGH_MEMORY;
        ++program.refused;
        continue;
      }
      entry.dwResult = NO_ERROR;
      program.table.insert(key);
    }
  }
};

// All MFEs, in order; returns how many.
inline size_t Walk() {
  std::vector<BYTE> buffer(4096);
  MIB_IPMCAST_MFE last = {};
  size_t count = 0;
  bool first = true;
  for (;;) {
    auto size = static_cast<DWORD>(buffer.size());
    DWORD entries = 0;
    const DWORD code =
        first ? MgmGetFirstMfe(&size, buffer.data(), &entries) : MgmGetNextMfe(&last, &size, buffer.data(), &entries);
    Expect(code == ERROR_MORE_DATA || code == ERROR_NO_MORE_ITEMS, "a walk fails");
    Expect(code == ERROR_NO_MORE_ITEMS || entries > 0, "a walk stands still");
    const BYTE* place = buffer.data();
    for (DWORD n = 0; n < entries; ++n) {
      MIB_IPMCAST_MFE mfe;
      std::memcpy(&mfe, place, SIZEOF_BASIC_MIB_MFE);
      place += SIZEOF_MIB_MFE(mfe.ulNumOutIf);
      if (!first) Expect(ntohl(mfe.dwGroup) >= ntohl(last.dwGroup), "MFEs out of order");
      last = mfe;
      first = false;
      ++count;
    }
    if (code == ERROR_NO_MORE_ITEMS) return count;
    Expect(count < 100'000, "a walk without end");
  }
}

}  // namespace mgmd::fuzz

#endif  // MGMD_TESTS_FUZZ_MGM_FUZZ_PROGRAM_H_
