#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/ip_address.h"
#include "control/mgm/mgm_ext.h"
#include "control/mgm/rows_per_turn.h"
#include "tests/fakes/mgm_world.h"

// A call that reads much is executed in turns of the control thread: none of them handles more than
// kRowsPerTurn rows, other calls are executed between them, and what is read is all there is.

namespace mgmd {
namespace {

constexpr DWORD kStreams = 1000;

DWORD Number(uint32_t number) { return Ipv4Address(number).ToNetwork(); }

class ReadingTurns : public ::testing::Test {
 protected:
  ReadingTurns() {
    EXPECT_EQ(world.Register("P1"), NO_ERROR);
    EXPECT_EQ(world.Take("P1", 1), NO_ERROR);
    EXPECT_EQ(world.Take("P1", 2), NO_ERROR);
    world.SetRoute("S", 1);
    const BYTE header[20] = {0x45};
    for (DWORD stream = 0; stream < kStreams; ++stream) {
      EXPECT_EQ(MgmAddGroupMembershipEntry(world.handle("P1"), 0, 0, Number(0xEF020000u + stream), ~0u, 2, 0,
                                           MGM_JOIN_STATE_FLAG),
                NO_ERROR);
      EXPECT_EQ(MgmExtNewPacket(fakes::Address::Of("S"), Number(0xEF020000u + stream), 1, 0, sizeof(header), header),
                NO_ERROR);
    }
  }

  // Runs `call` on a thread of its own while this one gives the manager its turns; the rows that
  // each turn has read counters for.
  template <class Call>
  std::vector<size_t> RowsOfTurns(Call call) {
    size_t rows = 0;
    world.on_outside = [&](const std::string& which) { rows += which == "ReadCounters"; };
    std::vector<size_t> turns;
    std::atomic<bool> done = false;
    std::thread caller([&] {
      call();
      done = true;
    });
    while (!done) {
      rows = 0;
      world.Poll();
      if (rows != 0) turns.push_back(rows);
    }
    caller.join();
    world.on_outside = nullptr;
    return turns;
  }

  fakes::MgmWorld world;
};

TEST_F(ReadingTurns, ALargeBufferIsFilledInSeveral) {
  std::vector<BYTE> buffer(1 << 20);
  DWORD size = static_cast<DWORD>(buffer.size());
  DWORD count = 0;
  DWORD code = NO_ERROR;
  const auto turns = RowsOfTurns([&] { code = MgmGetFirstMfeStats(&size, buffer.data(), &count, MGM_MFE_STATS_1); });
  EXPECT_EQ(code, ERROR_NO_MORE_ITEMS);
  EXPECT_EQ(count, kStreams);
  ASSERT_EQ(turns.size(), (kStreams + mgm::kRowsPerTurn - 1) / mgm::kRowsPerTurn);
  size_t all = 0;
  for (const size_t rows : turns) {
    EXPECT_LE(rows, mgm::kRowsPerTurn);
    all += rows;
  }
  EXPECT_EQ(all, kStreams);
  std::set<DWORD> groups;
  for (size_t at = 0, n = 0; n < count; ++n) {
    MIB_IPMCAST_MFE_STATS_EX stats = {};
    std::memcpy(&stats, buffer.data() + at, SIZEOF_BASIC_MIB_MFE_STATS_EX);
    groups.insert(stats.dwGroup);
    at += SIZEOF_MIB_MFE_STATS_EX(stats.ulNumOutIf);
  }
  EXPECT_EQ(groups.size(), kStreams);
}

TEST_F(ReadingTurns, ABufferThatEndsInALaterOneSaysThatThereIsMore) {
  std::vector<BYTE> buffer(600 * SIZEOF_MIB_MFE(1) + 1);
  DWORD size = static_cast<DWORD>(buffer.size());
  DWORD count = 0;
  DWORD code = NO_ERROR;
  RowsOfTurns([&] { code = MgmGetFirstMfe(&size, buffer.data(), &count); });
  EXPECT_EQ(code, ERROR_MORE_DATA);
  EXPECT_EQ(count, 600u);
  EXPECT_EQ(size, buffer.size());
  MIB_IPMCAST_MFE last = {};
  std::memcpy(&last, buffer.data() + 599 * SIZEOF_MIB_MFE(1), SIZEOF_BASIC_MIB_MFE);
  EXPECT_EQ(last.dwGroup, Number(0xEF020000u + 599));
  RowsOfTurns([&] { code = MgmGetNextMfe(&last, &size, buffer.data(), &count); });
  EXPECT_EQ(code, ERROR_NO_MORE_ITEMS);
  EXPECT_EQ(count, kStreams - 600);
}

TEST_F(ReadingTurns, OtherCallsAreExecutedBetween) {
  // While a reader is between two turns, another thread's calls come through: a change made there is
  // seen by the reader's later turns.
  std::vector<BYTE> buffer(1 << 20);
  DWORD size = static_cast<DWORD>(buffer.size());
  DWORD count = 0;
  size_t rows = 0;
  bool changed = false;
  world.on_outside = [&](const std::string& which) { rows += which == "ReadCounters"; };
  std::atomic<bool> done = false;
  std::thread reader([&] {
    EXPECT_EQ(MgmGetFirstMfeStats(&size, buffer.data(), &count, MGM_MFE_STATS_0), ERROR_NO_MORE_ITEMS);
    done = true;
  });
  while (!done) {
    world.Poll();
    if (rows == 0 || changed) continue;
    changed = true;
    EXPECT_LE(rows, mgm::kRowsPerTurn);
    EXPECT_EQ(world.Release("P1", 1), NO_ERROR);  // takes every MFE along
  }
  reader.join();
  world.on_outside = nullptr;
  EXPECT_EQ(count, mgm::kRowsPerTurn);
}

TEST_F(ReadingTurns, AGroupEnumerationIsReadInSeveral) {
  HANDLE enumeration = nullptr;
  std::vector<SOURCE_GROUP_ENTRY> records(2 * kStreams);
  DWORD size = static_cast<DWORD>(records.size() * sizeof(records[0]));
  DWORD count = 0;
  DWORD code = NO_ERROR;
  RowsOfTurns([&] {
    ASSERT_EQ(MgmGroupEnumerationStart(world.handle("P1"), ALL_SOURCES, &enumeration), NO_ERROR);
    code = MgmGroupEnumerationGetNext(enumeration, &size, reinterpret_cast<PBYTE>(records.data()), &count);
  });
  EXPECT_EQ(code, ERROR_NO_MORE_ITEMS);
  EXPECT_EQ(count, kStreams);
  std::set<DWORD> groups;
  for (DWORD n = 0; n < count; ++n) groups.insert(records[n].dwGroupAddr);
  EXPECT_EQ(groups.size(), kStreams);
  EXPECT_EQ(MgmGroupEnumerationEnd(enumeration), NO_ERROR);
}

}  // namespace
}  // namespace mgmd
