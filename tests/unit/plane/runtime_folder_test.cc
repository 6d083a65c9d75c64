// Invariant: DPDK's sockets stand where no other user can replace them.

#include "control/plane/runtime_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.h"

namespace mgmd::plane {
namespace {

using ::testing::HasSubstr;

class RuntimeFolder : public ::testing::Test {
 protected:
  std::string Refusal() const { return std::string(SecureRuntimeFolder(base_).message()); }

  const support::TemporaryFolder made_;
  const std::string& base_ = made_.path();
  std::string folder() const { return base_ + "/dpdk"; }
};

TEST_F(RuntimeFolder, IsMadeForItsUserAlone) {
  ASSERT_TRUE(SecureRuntimeFolder(base_).ok());
  struct stat made {};
  ASSERT_EQ(lstat(folder().c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 07777, 0700u);
  EXPECT_TRUE(SecureRuntimeFolder(base_).ok()) << "and is as good the next time";
}

TEST_F(RuntimeFolder, OfAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make another user's folder";
  std::filesystem::create_directory(folder());
  ASSERT_EQ(chown(folder().c_str(), 65534, 65534), 0);
  EXPECT_THAT(Refusal(), HasSubstr(folder() + " is another user's (uid 65534)"));
  std::filesystem::remove(folder());
  std::filesystem::create_directory_symlink("/tmp", folder());
  ASSERT_EQ(lchown(folder().c_str(), 65534, 65534), 0);
  EXPECT_THAT(Refusal(), HasSubstr("is another user's (uid 65534)"));
}

TEST_F(RuntimeFolder, ThatOthersMayWriteIsRefused) {
  std::filesystem::create_directory(folder());
  ASSERT_EQ(chmod(folder().c_str(), 0777), 0);
  EXPECT_THAT(Refusal(), HasSubstr("can be written by others"));
}

TEST_F(RuntimeFolder, WhereOthersMayRenameIsRefused) {
  ASSERT_EQ(chmod(base_.c_str(), 0777), 0);
  EXPECT_THAT(Refusal(), HasSubstr("can be replaced by others"));
  ASSERT_EQ(chmod(base_.c_str(), 01777), 0);
  EXPECT_EQ(Refusal(), "") << "like /tmp";
}

TEST_F(RuntimeFolder, ThatCannotBeMadeIsDpdksBusiness) { EXPECT_TRUE(SecureRuntimeFolder(base_ + "/nosuch").ok()); }

}  // namespace
}  // namespace mgmd::plane
