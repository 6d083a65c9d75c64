// Invariants of the runtime folder: one mgmd for each file prefix, whatever DPDK itself locks; nothing that an mgmd has
// made outlives it for longer than until the next one starts; what others have made stays.

#include "control/plane/prefix_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/temporary_folder.h"

namespace mgmd::plane {
namespace {

namespace fs = std::filesystem;
using Args = std::vector<std::string>;

class PrefixLockTest : public ::testing::Test {
 protected:
  PrefixLockTest() { setenv("RUNTIME_DIRECTORY", base_.c_str(), 1); }
  ~PrefixLockTest() override { unsetenv("RUNTIME_DIRECTORY"); }

  fs::path Folder(const std::string& prefix) const { return base_ / "dpdk" / prefix; }

  // Runs the function in a process of its own, which ends without cleaning up; returns its exit status.
  static int InChild(const std::function<bool()>& function, pid_t* pid = nullptr) {
    const pid_t child = fork();
    if (child == 0) _exit(function() ? 0 : 1);
    if (pid != nullptr) *pid = child;
    int status = -1;
    waitpid(child, &status, 0);
    return status;
  }

  const support::TemporaryFolder made_;
  const fs::path base_ = made_.path();
};

TEST_F(PrefixLockTest, IsTheOneThatEalWillUse) {
  const struct {
    Args args;
    const char* prefix;
  } rows[] = {
      {{}, "rte"},
      {{"-l", "0-1", "--file-prefix=one", "--no-huge"}, "one"},
      {{"--file-prefix", "one"}, "one"},
      {{"--file-prefix=one", "--file-prefix", "two"}, "two"},
      {{"--file-p", "one"}, "one"},
      {{"--fi=one"}, "one"},
      {{"--file-prefixes=one"}, "rte"},
      {{"--file-prefix"}, "rte"},
  };
  for (const auto& row : rows) {
    const auto folder = PrefixLock::Claim(row.args);
    ASSERT_TRUE(folder.ok()) << folder.status();
    EXPECT_EQ(folder->path(), Folder(row.prefix).string());
  }
}

TEST_F(PrefixLockTest, HasOneOwnerAndNamesItToTheOther) {
  const auto folder = PrefixLock::Claim({"--file-prefix=one"});
  ASSERT_TRUE(folder.ok()) << folder.status();
  const std::string says =
      absl::StrCat("another mgmd, pid ", getpid(),
                   ", runs with DPDK's file prefix \"one\"; give this one another with --file-prefix in eal_args");
  EXPECT_EQ(InChild([&] {
              const auto second = PrefixLock::Claim({"--file-prefix=one"});
              return absl::IsAlreadyExists(second.status()) && second.status().message() == says;
            }),
            0);
  EXPECT_EQ(InChild([] { return PrefixLock::Claim({"--file-prefix=other"}).ok(); }), 0);
}

TEST_F(PrefixLockTest, GoesWithItsOwnerAndWhatEalLeftInIt) {
  {
    const auto folder = PrefixLock::Claim({"--file-prefix=one"});
    ASSERT_TRUE(folder.ok()) << folder.status();
    std::ofstream(Folder("one") / "config") << "left";
    fs::create_directory(Folder("one") / "more");
    std::ofstream(Folder("one") / "more" / "left") << "left";
  }
  EXPECT_FALSE(fs::exists(Folder("one")));
  EXPECT_TRUE(PrefixLock::Claim({"--file-prefix=one"}).ok());
}

TEST_F(PrefixLockTest, OfAKilledOwnerGoesWhenTheNextOneStarts) {
  const auto claim_and_die = [](const std::string& prefix) {
    return InChild([&] {
      auto folder = PrefixLock::Claim({"--file-prefix=" + prefix});
      return folder.ok() && (new PrefixLock(*std::move(folder))) != nullptr;
    });
  };
  ASSERT_EQ(claim_and_die("dead"), 0);
  ASSERT_TRUE(fs::exists(Folder("dead")));
  const auto living = PrefixLock::Claim({"--file-prefix=living"});
  ASSERT_TRUE(living.ok()) << living.status();
  EXPECT_FALSE(fs::exists(Folder("dead")));
  // Who starts with the prefix of a killed one takes its folder over, and removes it at its end.
  ASSERT_EQ(claim_and_die("again"), 0);
  EXPECT_TRUE(PrefixLock::Claim({"--file-prefix=again"}).ok());
  EXPECT_FALSE(fs::exists(Folder("again")));
  EXPECT_TRUE(fs::exists(Folder("living") / "mgmd.lock"));
}

TEST_F(PrefixLockTest, ThatOthersHaveMadeStays) {
  fs::create_directories(Folder("theirs"));
  std::ofstream(Folder("theirs") / "config") << "theirs";
  fs::create_directories(Folder("elsewhere"));
  { EXPECT_TRUE(PrefixLock::Claim({"--file-prefix=theirs"}).ok()); }
  EXPECT_TRUE(fs::exists(Folder("theirs") / "config"));
  EXPECT_FALSE(fs::exists(Folder("theirs") / "mgmd.lock"));
  EXPECT_TRUE(fs::exists(Folder("elsewhere")));
}

TEST_F(PrefixLockTest, InAnotherUsersFolderTouchesNothing) {
  fs::create_directories(Folder("stale"));
  std::ofstream(Folder("stale") / "mgmd.lock") << "1\nmade\n";
  // A link is no better: whoever made it chooses where it leads.
  fs::rename(base_ / "dpdk", base_ / "elsewhere");
  fs::create_symlink(base_ / "elsewhere", base_ / "dpdk");
  EXPECT_TRUE(absl::IsPermissionDenied(PrefixLock::Claim({}).status()));
  EXPECT_TRUE(fs::exists(base_ / "elsewhere" / "stale"));
  EXPECT_FALSE(fs::exists(base_ / "elsewhere" / "rte"));
}

TEST_F(PrefixLockTest, ThatCannotBeSaysWhy) {
  setenv("RUNTIME_DIRECTORY", (base_ / "nowhere").c_str(), 1);
  EXPECT_EQ(PrefixLock::Claim({}).status().message(),
            "DPDK's runtime folder " + (base_ / "nowhere" / "dpdk").string() + ": No such file or directory");
}

}  // namespace
}  // namespace mgmd::plane
