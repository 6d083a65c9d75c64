// What EAL's arguments say stays; what they leave open is chosen.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "control/plane/eal.h"

namespace mgmd::plane {
namespace {

using Args = std::vector<std::string>;
using ::testing::Contains;
using ::testing::ElementsAreArray;
using ::testing::Not;

Args Chosen(const Args& given, bool rows_of_pages) {
  std::string note;
  auto args = WithMemory(given, {.rows_of_pages = rows_of_pages}, &note);
  return args.ok() ? *std::move(args) : Args{std::string(args.status().message())};
}

TEST(EalArgumentsTest, WhatIsSaidOfMemoryStays) {
  for (const char* arg : {"--no-huge", "--in-memory", "-m", "--socket-mem=64"}) {
    EXPECT_THAT(Chosen({"-l", "0", arg}, false), ElementsAreArray({"-l", "0", arg}));
  }
  EXPECT_GT(Chosen({"-l", "0"}, false).size(), 2u);
}

TEST(EalArgumentsTest, RowsOfPagesTakeVirtualAddresses) {
  EXPECT_THAT(Chosen({"-l", "0"}, true), Contains("--iova-mode=va"));
  EXPECT_THAT(Chosen({"-l", "0"}, false), Not(Contains("--iova-mode=va")));
  EXPECT_THAT(Chosen({"-m", "64"}, true), ElementsAreArray({"-m", "64", "--iova-mode=va"}));
  EXPECT_THAT(Chosen({"-m", "64", "--iova-mode=pa"}, true), ElementsAreArray({"-m", "64", "--iova-mode=pa"}));
}

}  // namespace
}  // namespace mgmd::plane
