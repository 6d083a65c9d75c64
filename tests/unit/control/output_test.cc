// Invariant: whoever has something to tell never waits; what is written is whole lines, and what is missing is said at
// its place.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "control/output/line_writer.h"
#include "control/output/outbox.h"
#include "control/output/path.h"
#include "control/output/summary_file.h"
#include "tests/support/temporary_folder.h"

namespace mgmd::output {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;  // NOLINT: durations

constexpr auto kLong = 20s;       // only the guard against a hang
constexpr auto kUntilWoken = 1h;  // beyond what a test may take: who is not woken hangs

std::string Read(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Records are lines without their end. What goes wrong is told by Trouble().
struct Parts {
  std::promise<std::string> trouble;  // the first
  bool told = false;
  LineWriterParts Make(size_t limit, size_t reserve = 0) {
    return {.thread_name = "test",
            .limit = limit,
            .reserve = reserve,
            .format = [](std::string_view record, std::string& lines) { lines.append(record).append("\n"); },
            .format_lost = [](uint64_t count, std::string& lines) { absl::StrAppend(&lines, "lost ", count, "\n"); },
            .trouble =
                [this](const std::string& what) {
                  if (!std::exchange(told, true)) trouble.set_value(what);
                }};
  }
};

// The lines of a block, those that are lost as "lost N".
std::vector<std::string> Lines(std::string_view block) {
  std::vector<std::string> lines;
  Outbox::ForEach(block, [&](std::string_view record, uint64_t count, bool lost) {
    lines.push_back(lost ? absl::StrCat("lost ", count) : std::string(record));
  });
  return lines;
}

TEST(Outbox, SaysWhereSomethingIsMissingAndHowMuch) {
  Outbox outbox(1000, 1000);
  const std::string large(600, 'x');
  std::string block;
  EXPECT_TRUE(outbox.Push(large, 1, false));
  EXPECT_FALSE(outbox.Push(large, 3, false)) << "a gap begins";
  EXPECT_TRUE(outbox.Push("small", 4, false)) << "it would fit, but not after what is missing";
  EXPECT_TRUE(outbox.Push("important", 1, true));
  EXPECT_TRUE(outbox.Push("small", 2, false));
  ASSERT_TRUE(outbox.Take(block, kLong));
  EXPECT_THAT(Lines(block), ElementsAre(large, "lost 7", "important"));
  ASSERT_TRUE(outbox.Take(block, kLong)) << "also where nothing comes after it";
  EXPECT_THAT(Lines(block), ElementsAre("lost 2"));
  EXPECT_TRUE(outbox.Push("again", 1, false));
  ASSERT_TRUE(outbox.Take(block, kLong));
  EXPECT_THAT(Lines(block), ElementsAre("again"));
  EXPECT_FALSE(outbox.Take(block, 0ms));
}

TEST(Outbox, WhatTheWriterHasCountsUntilItComesBack) {
  Outbox outbox(1000, 0);
  std::string block;
  ASSERT_TRUE(outbox.Push(std::string(800, 'x'), 1, false));
  ASSERT_TRUE(outbox.Take(block, kLong));
  EXPECT_FALSE(outbox.Push(std::string(800, 'y'), 1, false));
  ASSERT_TRUE(outbox.Take(block, kLong));
  EXPECT_THAT(Lines(block), ElementsAre("lost 1"));
  ASSERT_FALSE(outbox.Take(block, 0ms));
  EXPECT_TRUE(outbox.Push(std::string(800, 'y'), 1, false));
}

TEST(Outbox, IsEmptyWhenTheWriterHasComeBack) {
  Outbox outbox(1000, 0);
  EXPECT_TRUE(outbox.WaitUntilEmpty(0ms));
  ASSERT_TRUE(outbox.Push("line", 1, false));
  EXPECT_FALSE(outbox.WaitUntilEmpty(0ms));
  std::string block;
  ASSERT_TRUE(outbox.Take(block, kLong));
  EXPECT_FALSE(outbox.WaitUntilEmpty(0ms)) << "the writer has it";
  std::thread writer([&] { EXPECT_FALSE(outbox.Take(block, 0ms)); });
  EXPECT_TRUE(outbox.WaitUntilEmpty(kUntilWoken));
  writer.join();
}

TEST(Outbox, KeepsTheOrderOfManyThreadsRecords) {
  Outbox outbox(size_t{64} << 20, 0);
  constexpr int kThreads = 4;
  constexpr int kRecords = 10'000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRecords; ++i) EXPECT_TRUE(outbox.Push(absl::StrCat(t, " ", i), 1, false));
    });
  }
  std::vector<int> next(kThreads);
  std::string block;
  for (int seen = 0; seen < kThreads * kRecords;) {
    ASSERT_TRUE(outbox.Take(block, kLong));
    for (const std::string& line : Lines(block)) {
      const int thread = line[0] - '0';
      ASSERT_EQ(line, absl::StrCat(thread, " ", next[static_cast<size_t>(thread)]++));
      ++seen;
    }
  }
  for (std::thread& thread : threads) thread.join();
}

class LineWriterTest : public ::testing::Test {
 protected:
  LineWriter& Start(absl::StatusOr<LineOutput> output, size_t limit = 1 << 20) {
    EXPECT_TRUE(output.ok()) << output.status().message();
    writer_ = std::make_unique<LineWriter>(*std::move(output), parts_.Make(limit));
    return *writer_;
  }
  Parts parts_;
  support::TemporaryFolder folder_;
  std::unique_ptr<LineWriter> writer_;
};

TEST_F(LineWriterTest, WritesWhatWaitsBeforeItStops) {
  const std::string path = folder_ / "lines";
  std::ofstream(path) << "from before";
  LineWriter& writer = Start(LineOutput::Open(path), 4 << 20);
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(writer.Push(std::to_string(i), 1, false));
  EXPECT_EQ(writer.Stop(kLong), 0u);
  std::string expected;
  for (int i = 0; i < 100'000; ++i) absl::StrAppend(&expected, i, "\n");
  EXPECT_TRUE(Read(path) == expected);
}

TEST_F(LineWriterTest, AFlushReturnsWhenAllIsWritten) {
  const std::string path = folder_ / "lines";
  LineWriter& writer = Start(LineOutput::Open(path));
  writer.Push("line", 1, false);
  EXPECT_TRUE(writer.Flush(kUntilWoken));
  EXPECT_EQ(Read(path), "line\n");
}

TEST_F(LineWriterTest, AFlushEndsWhereNobodyReads) {
  const std::string path = folder_ / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  LineWriter& writer = Start(LineOutput::Open(path));
  writer.Push("line", 1, false);
  EXPECT_FALSE(writer.Flush(1ms));
  std::ifstream reader(path);
  EXPECT_TRUE(writer.Flush(kUntilWoken));
}

TEST_F(LineWriterTest, AReaderThatSleepsHoldsUpNobodyAndFindsWholeLines) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  LineWriter& writer = Start(LineOutput::OnDescriptor(ends[1], "the pipe"), 100'000);
  const std::string line(99, 'x');
  for (int i = 0; i < 10'000; ++i) writer.Push(line, 1, false);  // a megabyte
  const uint64_t lost = writer.Stop(kLong);
  EXPECT_GT(lost, 9000u - 2 * 655u) << "a pipe holds 64 KB, and a hundred wait";
  close(ends[1]);
  std::string read(1 << 20, '\0');
  size_t size = 0;
  for (ssize_t got; (got = ::read(ends[0], read.data() + size, read.size() - size)) > 0;)
    size += static_cast<size_t>(got);
  close(ends[0]);
  EXPECT_GT(size, 0u);
  EXPECT_EQ(size % 100, 0u) << "whole lines";
  EXPECT_EQ(read.substr(0, 100), line + "\n");
}

TEST_F(LineWriterTest, ADescriptorOfOthersKeepsItsMode) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Start(LineOutput::OnDescriptor(ends[1], "the pipe")).Push("line", 1, false);
  EXPECT_EQ(writer_->Stop(kLong), 0u);
  EXPECT_EQ(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(LineWriterTest, AReaderThatGoesEndsNothing) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  LineWriter& writer = Start(LineOutput::OnDescriptor(ends[1], "the pipe"));
  close(ends[0]);
  writer.Push("nobody reads this", 1, false);
  EXPECT_THAT(parts_.trouble.get_future().get(), HasSubstr("the pipe: its reader has gone"));
  writer.Push("nor this", 1, false);
  EXPECT_EQ(writer.Stop(kLong), 2u);
  close(ends[1]);
}

TEST_F(LineWriterTest, AFifoWaitsForItsReadersAndEachBeginsWithALine) {
  const std::string path = folder_ / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  LineWriter& writer = Start(LineOutput::Open(path));
  writer.Push("first", 1, false);
  {
    std::ifstream reader(path);
    std::string line;
    ASSERT_TRUE(std::getline(reader, line));
    EXPECT_EQ(line, "first");
    // More than the pipe holds: its reader leaves within a line.
    for (int i = 0; i < 1000; ++i) writer.Push(absl::StrCat("line ", std::string(1000, 'x')), 1, false);
    std::vector<char> part(5000);
    reader.read(part.data(), static_cast<std::streamsize>(part.size()));
  }
  EXPECT_THAT(parts_.trouble.get_future().get(), HasSubstr("fifo: its reader has gone"));
  std::ifstream reader(path);
  std::string line;
  ASSERT_TRUE(std::getline(reader, line));
  EXPECT_EQ(line, absl::StrCat("line ", std::string(1000, 'x')));
}

TEST_F(LineWriterTest, AFullDiskLeavesWholeLinesAndLosesNoneThatFindRoomLater) {
  const std::string path = folder_ / "lines";
  LineWriter& writer = Start(LineOutput::Open(path));
  signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{.rlim_cur = 25, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  for (int i = 0; i < 9; ++i) writer.Push(absl::StrCat("line ", i, " ..."), 1, false);  // 11 octets each
  EXPECT_THAT(parts_.trouble.get_future().get(), HasSubstr("File too large"));
  // The trouble is told before the line is cut: the next attempt, or the end, comes after that.
  std::string text;
  do {
    text = Read(path);
  } while (text.size() > 22);
  EXPECT_EQ(text, "line 0 ...\nline 1 ...\n");
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(writer.Stop(kLong), 0u);
  std::string expected;
  for (int i = 0; i < 9; ++i) absl::StrAppend(&expected, "line ", i, " ...\n");
  EXPECT_EQ(Read(path), expected);
}

TEST_F(LineWriterTest, ADeviceThatIsFullIsGivenUp) {
  LineWriter& writer = Start(LineOutput::Open("/dev/full"));
  writer.Push("line", 1, false);
  EXPECT_THAT(parts_.trouble.get_future().get(), HasSubstr("/dev/full: No space left on device"));
  EXPECT_EQ(writer.Stop(kLong), 1u);
}

TEST(Path, FollowsOnesOwnLinksAndRoots) {
  support::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "real");
  std::filesystem::create_directory_symlink("real", folder / "link");
  std::filesystem::create_symlink("../link/file", folder / "real/other");
  const auto place = Resolve(folder / "link/other");
  ASSERT_TRUE(place.ok()) << place.status().message();
  EXPECT_EQ(place->name, "file");
  EXPECT_EQ(Resolve("/dev/stdout")->descriptor, 1);
  EXPECT_EQ(Resolve("/dev/fd/17")->descriptor, 17);
  std::filesystem::create_symlink("/dev/stderr", folder / "errors");
  EXPECT_EQ(Resolve(folder / "errors")->descriptor, 2);
}

TEST(Path, RefusesLinksOfOthers) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make another user's link";
  support::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "real");
  std::filesystem::create_directory_symlink("real", folder / "folder");
  std::filesystem::create_symlink("real/file", folder / "file");
  for (const char* name : {"folder", "file"}) ASSERT_EQ(lchown((folder / name).c_str(), 65534, 65534), 0);
  for (const char* name : {"folder/file", "file"}) {
    const auto place = Resolve(folder / name);
    ASSERT_FALSE(place.ok()) << name;
    EXPECT_THAT(std::string(place.status().message()), HasSubstr("is a symbolic link of another user's (uid 65534)"));
  }
}

TEST(Path, SaysWhichPartIsWrong) {
  support::TemporaryFolder folder;
  std::ofstream(folder / "file") << "";
  EXPECT_THAT(std::string(Resolve(folder / "nosuch/file").status().message()), HasSubstr("nosuch: No such file"));
  EXPECT_THAT(std::string(Resolve(folder / "file/file").status().message()), HasSubstr("file: Not a directory"));
  EXPECT_FALSE(Resolve(folder / "").ok());
  EXPECT_FALSE(Resolve(folder / "..").ok());
  EXPECT_FALSE(Resolve("").ok());
  EXPECT_TRUE(Resolve(folder / "new").ok());
}

TEST(SummaryFile, ReplacesTheFileAndKeepsItsMode) {
  support::TemporaryFolder folder;
  const std::string path = folder / "summary.json";
  std::ofstream(path) << "the old one";
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  std::ifstream reader(path);  // of the old one, while the new one comes
  auto file = SummaryFile::Open(path);
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(Read(path), "the old one");
  ASSERT_TRUE((*file)->Write("the new one\n"));
  ASSERT_TRUE((*file)->Wait(kLong)->ok());
  EXPECT_EQ(Read(path), "the new one\n");
  std::string old;
  std::getline(reader, old);
  EXPECT_EQ(old, "the old one");
  struct stat stat {};
  ASSERT_EQ(::stat(path.c_str(), &stat), 0);
  EXPECT_EQ(stat.st_mode & 07777, 0640u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "."), {}), 1) << "nothing is left beside it";
}

TEST(SummaryFile, AFullDiskCostsOnlyTheNewOne) {
  support::TemporaryFolder folder;
  const std::string path = folder / "summary.json";
  std::ofstream(path) << "the old one";
  auto file = SummaryFile::Open(path);
  ASSERT_TRUE(file.ok());
  signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{.rlim_cur = 5, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  (*file)->Write("a long text\n");
  const auto result = (*file)->Wait(kLong);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_THAT(std::string(result->message()), HasSubstr("summary.json: File too large"));
  EXPECT_EQ(Read(path), "the old one");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "."), {}), 1) << "nothing is left beside it";
}

TEST(SummaryFile, AFifoWithoutReaderHoldsUpNobody) {
  support::TemporaryFolder folder;
  const std::string path = folder / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  auto file = SummaryFile::Open(path);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Write("the new one\n"));
  EXPECT_FALSE((*file)->Write("another\n")) << "the first one waits";
  EXPECT_FALSE((*file)->Finished());
  EXPECT_EQ(Read(path), "the new one\n");
  EXPECT_TRUE((*file)->Wait(kLong)->ok());
  ASSERT_TRUE((*file)->Write("another\n"));
  EXPECT_EQ((*file)->Wait(1ms)->code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(SummaryFile, IsLookedAtBeforeItIsNeeded) {
  support::TemporaryFolder folder;
  EXPECT_THAT(std::string(SummaryFile::Open(folder / "nosuch/summary").status().message()), HasSubstr("nosuch"));
  EXPECT_FALSE(SummaryFile::Open(folder / ".").ok());
  EXPECT_FALSE(SummaryFile::Open("/dev/fd/987").ok());
  ASSERT_TRUE(SummaryFile::Open(folder / "new").ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "."), {}), 0) << "nothing is made by looking";
}

}  // namespace
}  // namespace mgmd::output
