#ifndef MGMD_CONTROL_OUTPUT_SUMMARY_FILE_H_
#define MGMD_CONTROL_OUTPUT_SUMMARY_FILE_H_

// The file that a document is written to, again and again, by a thread of its own.
//
// A file is written under another name beside it and then renamed: whoever reads it sees the old document or the new
// one, whole, and a full disk costs the new one only. Its mode, and where allowed its owner, stay. A FIFO, a device or
// a descriptor (/dev/stdout, /dev/fd/N) gets the text itself, and may take its time.
//
// Threads: the one that made it. Nothing waits for the file but Wait().

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mgmd::output {

class SummaryFile {
 public:
  // Looks whether it can be written: the error says what is wrong. Nothing is changed yet.
  static absl::StatusOr<std::unique_ptr<SummaryFile>> Open(const std::string& path);
  // Wait(0).
  ~SummaryFile();
  SummaryFile(const SummaryFile&) = delete;
  SummaryFile& operator=(const SummaryFile&) = delete;

  // Begins to write. False: the document before is still being written, and this one is not.
  bool Write(std::string document);
  // What has become of the document, once; nothing while it is being written, or there is none.
  std::optional<absl::Status> Finished();
  // The same, after at most `limit`. DEADLINE_EXCEEDED: it has been given up.
  std::optional<absl::Status> Wait(std::chrono::milliseconds limit);
  bool writing() const { return writing_ != nullptr; }

  const std::string& path() const { return path_; }

 private:
  struct Writing;
  explicit SummaryFile(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  std::shared_ptr<Writing> writing_;  // null: nothing is being written
};

}  // namespace mgmd::output

#endif  // MGMD_CONTROL_OUTPUT_SUMMARY_FILE_H_
