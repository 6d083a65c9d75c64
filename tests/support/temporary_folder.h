#ifndef MGMD_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
#define MGMD_TESTS_SUPPORT_TEMPORARY_FOLDER_H_

// A folder of its own for a test, which goes with it and with all that is in it.

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace mgmd::support {

class TemporaryFolder {
 public:
  TemporaryFolder() : path_((std::filesystem::temp_directory_path() / "mgmd-test-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) throw std::system_error(errno, std::generic_category(), path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace mgmd::support

#endif  // MGMD_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
