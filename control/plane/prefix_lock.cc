#include "control/plane/prefix_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "control/plane/runtime_folder.h"

namespace mgmd::plane {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLock = "mgmd.lock";
// In the lock file after the pid, where an mgmd has made the folder.
constexpr std::string_view kMade = "made";

// The last --file-prefix counts; EAL takes its name abbreviated, too ("--file", as getopt_long does).
std::string PrefixOf(const std::vector<std::string>& eal_args) {
  constexpr std::string_view kOption = "--file-prefix";
  constexpr size_t kShortest = 4;  // "--fi"
  std::string prefix = "rte";
  for (size_t i = 0; i < eal_args.size(); ++i) {
    const std::string_view arg = eal_args[i];
    const size_t equals = arg.find('=');
    const std::string_view name = arg.substr(0, equals);
    if (name.size() < kShortest || !kOption.starts_with(name)) continue;
    if (equals != std::string_view::npos) {
      prefix = arg.substr(equals + 1);
    } else if (i + 1 < eal_args.size()) {
      prefix = eal_args[++i];
    }
  }
  return prefix;
}

// Opens and locks the file, if it is the one at that path still when it is locked. -1 with errno: EWOULDBLOCK where
// another process has the lock; `held` is then open for reading.
int Lock(const std::string& path, int flags, int* held) {
  while (true) {
    const int file = open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    if (file < 0) return -1;
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
      *held = file;
      errno = EWOULDBLOCK;
      return -1;
    }
    struct stat opened {};
    struct stat named {};
    if (fstat(file, &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
        opened.st_ino == named.st_ino) {
      return file;
    }
    close(file);  // its owner has removed it as it ended
  }
}

std::string Contents(int file) {
  char text[64];
  const ssize_t size = pread(file, text, sizeof(text), 0);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : "";
}

bool SaysMade(int lock) { return Contents(lock).find(kMade) != std::string::npos; }

// The pid in a locked file. Whoever locks it writes at once; waits for that for a tenth of a second at most.
std::optional<int> PidIn(int file) {
  for (int tries = 0; tries < 100; ++tries) {
    const std::string text = Contents(file);
    int pid = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), pid).ec == std::errc()) return pid;
    const timespec millisecond{0, 1'000'000};
    nanosleep(&millisecond, nullptr);
  }
  return std::nullopt;
}

// Removes what is in the folder, the lock last, and the folder. Whoever has come into it meanwhile keeps it.
void Remove(const std::string& folder) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    std::error_code ignored;
    if (entry.path().filename() != kLock) fs::remove_all(entry.path(), ignored);
  }
  unlink(absl::StrCat(folder, "/", kLock).c_str());
  rmdir(folder.c_str());
}

// Removes the folders that killed mgmds have made: their locks are free.
void RemoveStale(const std::string& parent, const std::string& own) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, error)) {
    const std::string folder = entry.path().string();
    if (folder == own) continue;
    int held = -1;
    const int lock = Lock(absl::StrCat(folder, "/", kLock), 0, &held);
    if (held >= 0) close(held);
    if (lock < 0) continue;
    if (SaysMade(lock)) Remove(folder);
    close(lock);
  }
}

absl::Status NoFolder(const std::string& path) {
  return absl::UnavailableError(absl::StrCat("DPDK's runtime folder ", path, ": ", std::strerror(errno)));
}

}  // namespace

absl::StatusOr<PrefixLock> PrefixLock::Claim(const std::vector<std::string>& eal_args) {
  if (absl::Status secure = SecureRuntimeFolder(RuntimeBase()); !secure.ok()) return secure;
  const std::string parent = RuntimeBase() + "/dpdk";
  const std::string prefix = PrefixOf(eal_args);
  const std::string path = absl::StrCat(parent, "/", prefix);
  if (mkdir(parent.c_str(), 0700) != 0 && errno != EEXIST) return NoFolder(parent);
  RemoveStale(parent, path);
  int lock = -1;
  bool made = false;
  while (lock < 0) {
    made = mkdir(path.c_str(), 0700) == 0;
    if (!made && errno != EEXIST) return NoFolder(path);
    int held = -1;
    lock = Lock(absl::StrCat(path, "/", kLock), O_CREAT, &held);
    if (held >= 0) {
      const std::optional<int> pid = PidIn(held);
      close(held);
      return absl::AlreadyExistsError(absl::StrCat(
          "another mgmd, ", pid ? absl::StrCat("pid ", *pid) : "which is starting", ", runs with DPDK's file prefix \"",
          prefix, "\"; give this one another with --file-prefix in eal_args"));
    }
    // ENOENT: the folder went with its owner.
    if (lock < 0 && errno != ENOENT) return NoFolder(path);
  }
  made = made || SaysMade(lock);
  const std::string text = absl::StrCat(getpid(), "\n", made ? std::string(kMade) + "\n" : "");
  if (ftruncate(lock, 0) != 0 || pwrite(lock, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    const absl::Status status = NoFolder(path);
    close(lock);
    return status;
  }
  return PrefixLock(path, lock, made);
}

PrefixLock::~PrefixLock() {
  if (lock_ < 0) return;
  if (made_) {
    Remove(path_);
  } else {
    unlink(absl::StrCat(path_, "/", kLock).c_str());
  }
  close(lock_);
}

}  // namespace mgmd::plane
