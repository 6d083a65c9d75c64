// Invariant: the list is a vector to who uses it, whatever its length, and nothing in it moves once it is longer than a
// chunk.

#include "control/mgm/state/chunked_list.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/support/choices.h"

namespace mgmd::mgm {
namespace {

using List = ChunkedList<uint32_t>;

TEST(ChunkedList, IsAVectorAroundTheEndsOfChunks) {
  support::RandomChoices choices(2);
  List list;
  std::vector<uint32_t> model;
  // Long walks up and down, over the ends of several chunks.
  for (const size_t goal : {List::kChunk - 1, List::kChunk + 1, size_t{3}, 3 * List::kChunk + 5, 2 * List::kChunk,
                            2 * List::kChunk - 1, size_t{0}, List::kChunk}) {
    while (model.size() != goal) {
      if (model.size() < goal) {
        list.push_back(static_cast<uint32_t>(model.size()));
        model.push_back(static_cast<uint32_t>(model.size()));
      } else {
        list.pop_back();
        model.pop_back();
      }
      ASSERT_EQ(list.size(), model.size());
      ASSERT_EQ(list.empty(), model.empty());
      if (model.empty()) continue;
      const size_t place = choices.Below(static_cast<uint32_t>(model.size()));
      list[place] = model[place] = choices.Below(1000);
      ASSERT_EQ(list.back(), model.back());
    }
    for (size_t place = 0; place < model.size(); ++place) ASSERT_EQ(list[place], model[place]);
  }
  const List copy = list;
  list.clear();
  EXPECT_TRUE(list.empty());
  ASSERT_EQ(copy.size(), model.size());
  for (size_t place = 0; place < model.size(); ++place) ASSERT_EQ(copy[place], model[place]);
}

TEST(ChunkedList, NothingMovesOnceAChunkIsFull) {
  List list;
  for (uint32_t n = 0; n < List::kChunk; ++n) list.push_back(n);
  const uint32_t* const first = &list[0];
  list.push_back(0);
  const uint32_t* const next = &list[List::kChunk];
  for (uint32_t n = 0; n < 20 * List::kChunk; ++n) list.push_back(n);
  EXPECT_EQ(&list[0], first);
  EXPECT_EQ(&list[List::kChunk], next);
}

}  // namespace
}  // namespace mgmd::mgm
