// Invariant: a grace period ends when, and only when, every online reader has been quiescent or offline since it began;
// asking never blocks.

#include "dataplane/fib/epoch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace mgmd::dataplane {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr ReaderId kA{0};
constexpr ReaderId kB{1};
constexpr ReaderId kC{2};

TEST(Epoch, PassesAtOnceWhileNobodyIsOnline) {
  Epoch epoch({"a", "b"});
  EXPECT_TRUE(epoch.Passed(epoch.Start()));
  Epoch without_readers({});
  EXPECT_TRUE(without_readers.Passed(without_readers.Start()));
}

TEST(Epoch, WaitsForEveryOnlineReader) {
  Epoch epoch({"a", "b", "c"});
  epoch.Online(kA);
  epoch.Online(kC);
  const GraceToken token = epoch.Start();
  EXPECT_FALSE(epoch.Passed(token));
  epoch.Quiescent(kA);
  EXPECT_FALSE(epoch.Passed(token));
  epoch.Quiescent(kA);
  EXPECT_FALSE(epoch.Passed(token));
  epoch.Quiescent(kC);
  EXPECT_TRUE(epoch.Passed(token));
  EXPECT_TRUE(epoch.Passed(token));
}

TEST(Epoch, AReportBeforeTheStartDoesNotCount) {
  Epoch epoch({"a"});
  epoch.Online(kA);
  epoch.Quiescent(kA);
  const GraceToken token = epoch.Start();
  EXPECT_FALSE(epoch.Passed(token));
  epoch.Quiescent(kA);
  EXPECT_TRUE(epoch.Passed(token));
}

TEST(Epoch, GoingOfflineEndsTheWait) {
  Epoch epoch({"a", "b"});
  epoch.Online(kA);
  epoch.Online(kB);
  const GraceToken token = epoch.Start();
  epoch.Quiescent(kB);
  epoch.Offline(kA);
  EXPECT_TRUE(epoch.Passed(token));
}

TEST(Epoch, AReaderThatComesOnlineLaterIsNotWaitedForButByLaterTokens) {
  Epoch epoch({"a", "b"});
  epoch.Online(kA);
  const GraceToken before = epoch.Start();
  epoch.Online(kB);
  epoch.Quiescent(kA);
  EXPECT_TRUE(epoch.Passed(before));
  const GraceToken after = epoch.Start();
  epoch.Quiescent(kA);
  EXPECT_FALSE(epoch.Passed(after));
  epoch.Offline(kB);
  EXPECT_TRUE(epoch.Passed(after));
  epoch.Online(kB);
  const GraceToken again = epoch.Start();
  epoch.Quiescent(kA);
  EXPECT_FALSE(epoch.Passed(again));
}

TEST(Epoch, TokensPassInTheOrderOfTheirStart) {
  Epoch epoch({"a"});
  epoch.Online(kA);
  const GraceToken first = epoch.Start();
  epoch.Quiescent(kA);
  const GraceToken second = epoch.Start();
  EXPECT_LT(first, second);
  EXPECT_TRUE(epoch.Passed(first));
  EXPECT_FALSE(epoch.Passed(second));
  epoch.Quiescent(kA);
  EXPECT_TRUE(epoch.Passed(second));
  EXPECT_TRUE(epoch.Passed(first));
}

TEST(Epoch, NamesThoseWhoKeepATokenFromPassing) {
  Epoch epoch({"worker 0", "worker 1", "worker 2"});
  epoch.Online(kA);
  epoch.Online(kB);
  const GraceToken token = epoch.Start();
  EXPECT_THAT(epoch.Laggards(token), ElementsAre(kA, kB));
  epoch.Quiescent(kA);
  EXPECT_THAT(epoch.Laggards(token), ElementsAre(kB));
  EXPECT_EQ(epoch.name(epoch.Laggards(token).front()), "worker 1");
  epoch.Offline(kB);
  EXPECT_THAT(epoch.Laggards(token), IsEmpty());
}

}  // namespace
}  // namespace mgmd::dataplane
