#include "control/output/summary_file.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "control/every_thread.h"
#include "control/output/line_output.h"
#include "control/output/path.h"

namespace mgmd::output {
namespace {

using Clock = std::chrono::steady_clock;

// Where a path leads, and what is to be done there.
struct Target {
  Place place;
  bool written_to = false;         // instead of being replaced
  std::optional<struct stat> old;  // of the file that is replaced, where there is one
};

absl::StatusOr<Target> Find(const std::string& path) {
  auto place = Resolve(path);
  if (!place.ok()) return place.status();
  Target target{.place = *std::move(place), .written_to = false, .old = {}};
  target.written_to = target.place.descriptor >= 0;
  if (target.written_to) return target;
  struct stat found {};
  if (fstatat(target.place.folder.get(), target.place.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) return Failed(path, errno);
  } else if (S_ISREG(found.st_mode)) {
    target.old = found;
  } else if (S_ISFIFO(found.st_mode) || S_ISCHR(found.st_mode)) {
    target.written_to = true;
  } else {
    return Failed(path, S_ISDIR(found.st_mode) ? EISDIR : ENXIO);
  }
  return target;
}

// A new file beside the one that is to be replaced.
struct Beside {
  std::string name;
  Descriptor fd;
};

absl::StatusOr<Beside> CreateBeside(const std::string& path, const Place& place) {
  constexpr int kTries = 100;
  static std::atomic<unsigned> number = 0;
  for (int i = 0; i < kTries; ++i) {
    Beside beside;
    beside.name = absl::StrCat(".", place.name.substr(0, 200), ".", getpid(), ".", number++);
    beside.fd =
        Descriptor(openat(place.folder.get(), beside.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (beside.fd.valid()) return beside;
    if (errno != EEXIST) break;
  }
  return Failed(path, errno);
}

absl::Status Replace(const std::string& path, const Target& target, std::string_view text) {
  const Place& place = target.place;
  const std::optional<struct stat>& old = target.old;
  auto beside = CreateBeside(path, place);
  if (!beside.ok()) return beside.status();
  const auto fail = [&](int error) {
    unlinkat(place.folder.get(), beside->name.c_str(), 0);
    return Failed(path, error);
  };
  const int fd = beside->fd.get();
  if (old) {
    // Only root may give a file away; the mode comes second, since a new owner costs some of its bits.
    if (fchown(fd, old->st_uid, old->st_gid) != 0 && errno != EPERM) return fail(errno);
    if (fchmod(fd, old->st_mode & 07777) != 0) return fail(errno);
  }
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail(written < 0 ? errno : ENOSPC);
    text.remove_prefix(static_cast<size_t>(written));
  }
  if (close(beside->fd.Release()) != 0) return fail(errno);
  if (renameat(place.folder.get(), beside->name.c_str(), place.folder.get(), place.name.c_str()) != 0)
    return fail(errno);
  return absl::OkStatus();
}

}  // namespace

struct SummaryFile::Writing : Patience {
  std::mutex mutex;
  std::condition_variable end;
  bool given_up = false;
  std::string trouble;
  std::optional<absl::Status> result;

  bool GoesOn() override {
    const std::lock_guard lock(mutex);
    return !given_up;
  }
  void Trouble(const std::string& what) override {
    const std::lock_guard lock(mutex);
    trouble = what;
  }

  absl::Status Write(const std::string& path, const std::string& text) {
    const auto target = Find(path);
    if (!target.ok()) return target.status();
    if (!target->written_to) return Replace(path, *target, text);
    auto output = LineOutput::Open(path);
    if (!output.ok()) return output.status();
    if (output->Write(text, *this) == text.size()) return absl::OkStatus();
    const std::lock_guard lock(mutex);
    return absl::UnavailableError(trouble.empty() ? path + ": it takes nothing" : trouble);
  }
};

absl::StatusOr<std::unique_ptr<SummaryFile>> SummaryFile::Open(const std::string& path) {
  const auto target = Find(path);
  if (!target.ok()) return target.status();
  const Place& place = target->place;
  if (target->written_to) {
    const int access = place.descriptor >= 0 ? fcntl(place.descriptor, F_GETFL)
                                             : faccessat(place.folder.get(), place.name.c_str(), W_OK, AT_EACCESS);
    if (access < 0 || (place.descriptor >= 0 && (access & O_ACCMODE) == O_RDONLY)) {
      return Failed(path, access < 0 ? errno : EBADF);
    }
  } else {
    const auto beside = CreateBeside(path, place);
    if (!beside.ok()) return beside.status();
    unlinkat(place.folder.get(), beside->name.c_str(), 0);
  }
  return std::unique_ptr<SummaryFile>(new SummaryFile(path));
}

SummaryFile::~SummaryFile() { Wait(std::chrono::milliseconds(0)); }

bool SummaryFile::Write(std::string document) {
  if (writing_ != nullptr) return false;
  auto writing = std::make_shared<Writing>();
  try {
    std::thread([writing, path = path_, document = std::move(document)] {
      BlockSignals();
      pthread_setname_np(pthread_self(), "summary");
      setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
      absl::Status result;
      try {
        result = writing->Write(path, document);
      } catch (const std::exception& error) {
        result = absl::ResourceExhaustedError(absl::StrCat(path, ": ", error.what()));
      }
      const std::lock_guard lock(writing->mutex);
      writing->result = std::move(result);
      writing->end.notify_all();
    }).detach();
  } catch (const std::system_error& error) {
    writing->result = absl::ResourceExhaustedError(absl::StrCat(path_, ": ", error.what()));
  }
  writing_ = std::move(writing);
  return true;
}

std::optional<absl::Status> SummaryFile::Finished() {
  if (writing_ == nullptr) return std::nullopt;
  std::optional<absl::Status> result;
  {
    const std::lock_guard lock(writing_->mutex);
    if (!writing_->result) return std::nullopt;
    // Moved, so that no two threads share what is behind a status.
    result = std::move(*writing_->result);
  }
  writing_ = nullptr;
  return result;
}

std::optional<absl::Status> SummaryFile::Wait(std::chrono::milliseconds limit) {
  if (writing_ == nullptr) return std::nullopt;
  const std::shared_ptr<Writing> writing = std::exchange(writing_, nullptr);
  std::unique_lock lock(writing->mutex);
  if (writing->end.wait_for(lock, limit, [&] { return writing->result.has_value(); })) {
    return std::move(*writing->result);
  }
  writing->given_up = true;
  return absl::DeadlineExceededError(absl::StrCat(path_, ": it takes nothing, and is given up"));
}

}  // namespace mgmd::output
