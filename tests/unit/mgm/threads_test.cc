#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <cstring>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "control/mgm/mgm_ext.h"
#include "tests/fakes/mgm_world.h"

// mgm.h from many threads. Run under ThreadSanitizer.

namespace mgmd {
namespace {

using fakes::Address;

std::thread::id callback_thread;
std::atomic<int> inside{0};
std::atomic<int> callbacks{0};

// Every callback: on one thread, never two at once.
void Enter() {
  EXPECT_EQ(inside.fetch_add(1), 0);
  if (callbacks.fetch_add(1) == 0) callback_thread = std::this_thread::get_id();
  EXPECT_EQ(callback_thread, std::this_thread::get_id());
  inside.fetch_sub(1);
}

ROUTING_PROTOCOL_CONFIG CountingConfig() {
  ROUTING_PROTOCOL_CONFIG config = {};
  config.pfnJoinAlertCallback = [](DWORD, DWORD, DWORD, DWORD, BOOL) -> DWORD {
    Enter();
    return 0;
  };
  config.pfnPruneAlertCallback = [](DWORD, DWORD, DWORD, DWORD, DWORD, DWORD, BOOL, PDWORD) -> DWORD {
    Enter();
    return 0;
  };
  config.pfnCreationAlertCallback = [](DWORD, DWORD, DWORD, DWORD, DWORD, DWORD, DWORD, PMGM_IF_ENTRY) -> DWORD {
    Enter();
    return 0;
  };
  return config;
}

class OwnThread : public ::testing::Test {
 protected:
  OwnThread() {
    callbacks = 0;
    MGM_EXT_CONFIG config = {};
    config.dwSize = sizeof(config);
    config.dwFlags = MGM_EXT_OWN_THREAD;
    config.pfnRouteLookup = [](PVOID, DWORD source, PMGM_EXT_ROUTE route) -> DWORD {
      *route = {source, ~DWORD{0}, 3, 1 + source % 8, 0, 0};
      return NO_ERROR;
    };
    config.pvLogContext = this;
    config.pfnLog = [](PVOID self, const char* text) {
      auto* test = static_cast<OwnThread*>(self);
      const std::lock_guard lock(test->log_mutex_);
      if (test->log_.find(text) == std::string::npos) test->log_ += text;
      if (!std::exchange(test->was_logged_, true)) test->logged_.set_value();
    };
    EXPECT_EQ(MgmExtStart(&config), NO_ERROR);
  }
  ~OwnThread() override { MgmExtStop(); }

  std::mutex log_mutex_;
  std::string log_;
  bool was_logged_ = false;
  std::promise<void> logged_;
};

// Eight threads use every function at once; nothing is lost between them, and the callbacks stay on
// one thread.
TEST_F(OwnThread, EightThreadsAtOnce) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 60;
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  for (int number = 0; number < kThreads; ++number) {
    threads.emplace_back([number, &start] {
      std::mt19937 random(static_cast<unsigned>(number));
      const DWORD interface = static_cast<DWORD>(number) + 1;
      start.arrive_and_wait();
      for (int round = 0; round < kRounds; ++round) {
        ROUTING_PROTOCOL_CONFIG config = CountingConfig();
        HANDLE client = nullptr;
        ASSERT_EQ(MgmRegisterMProtocol(&config, 100, interface, &client), NO_ERROR);
        ASSERT_EQ(MgmTakeInterfaceOwnership(client, interface, 0), NO_ERROR);
        for (int step = 0; step < 6; ++step) {
          const DWORD group = Address::Of("G" + std::to_string(1 + random() % 9));
          const DWORD source = Address::Of("S" + std::to_string(1 + random() % 9));
          ASSERT_EQ(MgmAddGroupMembershipEntry(client, 0, 0, group, ~0u, interface, 0, MGM_JOIN_STATE_FLAG), NO_ERROR);
          ASSERT_EQ(MgmExtNewPacket(source, group, interface, 0, 0, nullptr), NO_ERROR);
          std::array<BYTE, 4096> buffer;
          DWORD size = buffer.size();
          DWORD count = 0;
          const DWORD walked = MgmGetFirstMfe(&size, buffer.data(), &count);
          ASSERT_TRUE(walked == ERROR_MORE_DATA || walked == ERROR_NO_MORE_ITEMS);
          HANDLE enumeration = nullptr;
          ASSERT_EQ(MgmGroupEnumerationStart(client, ALL_SOURCES, &enumeration), NO_ERROR);
          size = buffer.size();
          ASSERT_EQ(MgmGroupEnumerationGetNext(enumeration, &size, buffer.data(), &count), ERROR_NO_MORE_ITEMS);
          ASSERT_GE(count, 1u);
          ASSERT_EQ(MgmGroupEnumerationEnd(enumeration), NO_ERROR);
        }
        ASSERT_EQ(MgmDeRegisterMProtocol(client), ERROR_CAN_NOT_COMPLETE);
        ASSERT_EQ(MgmReleaseInterfaceOwnership(client, interface, 0), NO_ERROR);
        ASSERT_EQ(MgmDeRegisterMProtocol(client), NO_ERROR);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(callbacks, 0);
  std::vector<BYTE> buffer(1 << 20);
  DWORD size = static_cast<DWORD>(buffer.size());
  DWORD count = 0;
  ASSERT_EQ(MgmGetFirstMfe(&size, buffer.data(), &count), ERROR_NO_MORE_ITEMS);
  for (DWORD i = 0; i < count; ++i) {
    MIB_IPMCAST_MFE mfe = {};
    std::memcpy(&mfe, buffer.data() + i * SIZEOF_MIB_MFE(0), SIZEOF_MIB_MFE(0));
    EXPECT_EQ(mfe.ulNumOutIf, 0u) << "all owners are gone";
    EXPECT_EQ(mfe.dwInIfProtocol, 0u);
  }
}

std::promise<void>* entered = nullptr;
std::shared_future<void> leave;

// Two clients; another thread adds a membership of one, and the JOIN callback of the other does not return before
// GoOn().
struct BlockedJoin {
  BlockedJoin() {
    entered = &in_;
    leave = out_.get_future().share();
    ROUTING_PROTOCOL_CONFIG blocking = {};
    blocking.pfnJoinAlertCallback = [](DWORD, DWORD, DWORD, DWORD, BOOL) -> DWORD {
      entered->set_value();
      leave.wait();
      return 0;
    };
    ROUTING_PROTOCOL_CONFIG plain = {};
    EXPECT_EQ(MgmRegisterMProtocol(&blocking, 1, 1, &slow), NO_ERROR);
    EXPECT_EQ(MgmRegisterMProtocol(&plain, 2, 1, &other), NO_ERROR);
    EXPECT_EQ(MgmExtNameClient(slow, "slow"), NO_ERROR);
    EXPECT_EQ(MgmTakeInterfaceOwnership(other, 1, 0), NO_ERROR);
    adder_ = std::thread([this] { added = MgmAddGroupMembershipEntry(other, 0, 0, Address::Of("G"), ~0u, 1, 0, 1); });
    in_.get_future().wait();
  }
  // A test that ends before its GoOn() has failed, and is to say so.
  ~BlockedJoin() {
    if (adder_.joinable()) GoOn();
  }
  void GoOn() {
    out_.set_value();
    adder_.join();
  }

  HANDLE slow = nullptr;
  HANDLE other = nullptr;
  DWORD added = ERROR_CAN_NOT_COMPLETE;  // what the call has returned

 private:
  std::promise<void> in_;
  std::promise<void> out_;
  std::thread adder_;
};

// A client's deregistration waits for its callback that runs; a caller who waits for long says for
// whom.
TEST_F(OwnThread, DeRegisterWaitsForTheRunningCallback) {
  BlockedJoin join;
  std::atomic<bool> deregistered = false;
  std::thread leaver([&] {
    EXPECT_EQ(MgmDeRegisterMProtocol(join.slow), NO_ERROR);
    deregistered = true;
  });
  logged_.get_future().wait();  // the leaver, after a second
  EXPECT_FALSE(deregistered);
  join.GoOn();
  EXPECT_EQ(join.added, NO_ERROR);
  leaver.join();
  const std::lock_guard lock(log_mutex_);
  EXPECT_THAT(log_, ::testing::HasSubstr("client slow: callback JOIN has run for"));
}

// A thread that is cancelled while its call waits takes nothing with it: the call is completed and
// nobody else waits.
TEST_F(OwnThread, AThreadThatDiesInItsCallHarmsNobody) {
  BlockedJoin join;
  std::promise<void> calling;
  struct Shared {
    std::promise<void>* calling;
    HANDLE client;
  } shared{&calling, join.other};
  pthread_t doomed;
  ASSERT_EQ(pthread_create(
                &doomed, nullptr,
                [](void* argument) -> void* {
                  auto* given = static_cast<Shared*>(argument);
                  given->calling->set_value();
                  std::array<BYTE, 65536> buffer;  // on the stack that goes
                  DWORD size = buffer.size();
                  DWORD count = 0;
                  MgmGetFirstMfe(&size, buffer.data(), &count);
                  MgmTakeInterfaceOwnership(given->client, 2, 0);
                  return nullptr;
                },
                &shared),
            0);
  calling.get_future().wait();
  pthread_cancel(doomed);
  void* how = nullptr;
  ASSERT_EQ(pthread_join(doomed, &how), 0);
  EXPECT_EQ(how, PTHREAD_CANCELED);
  join.GoOn();
  EXPECT_EQ(MgmDeRegisterMProtocol(join.slow), NO_ERROR);
  EXPECT_EQ(MgmReleaseInterfaceOwnership(join.other, 1, 0), NO_ERROR);
  EXPECT_EQ(MgmDeRegisterMProtocol(join.other), NO_ERROR);
}

// The next manager may start while a callback keeps the last one from stopping; no handle of the
// one is good in the other.
TEST_F(OwnThread, HandlesDifferWhileAnotherManagerStops) {
  BlockedJoin join;
  std::thread stopper([] { EXPECT_EQ(MgmExtStop(), NO_ERROR); });
  MGM_EXT_CONFIG config = {};
  config.dwSize = sizeof(config);
  config.dwFlags = MGM_EXT_OWN_THREAD;
  while (MgmExtStart(&config) == ERROR_ALREADY_EXISTS) std::this_thread::yield();
  ROUTING_PROTOCOL_CONFIG plain = {};
  HANDLE next = nullptr;
  EXPECT_EQ(MgmRegisterMProtocol(&plain, 3, 1, &next), NO_ERROR);
  EXPECT_NE(next, join.slow);
  EXPECT_NE(next, join.other);
  EXPECT_EQ(MgmTakeInterfaceOwnership(join.slow, 2, 0), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(MgmTakeInterfaceOwnership(join.other, 2, 0), ERROR_INVALID_PARAMETER);
  join.GoOn();
  stopper.join();
  EXPECT_EQ(MgmTakeInterfaceOwnership(next, 2, 0), NO_ERROR) << "the next one runs on";
}

TEST_F(OwnThread, PollIsForManagersWithoutAThread) { EXPECT_EQ(MgmExtPoll(nullptr), ERROR_CAN_NOT_COMPLETE); }

// Where the caller is the control thread, other threads' calls make the descriptor readable and
// wait for MgmExtPoll.
TEST(CallersThread, CallsWaitForPoll) {
  fakes::MgmWorld world;
  std::thread other([] {
    ROUTING_PROTOCOL_CONFIG config = {};
    HANDLE client = nullptr;
    EXPECT_EQ(MgmRegisterMProtocol(&config, 5, 5, &client), NO_ERROR);
    EXPECT_EQ(MgmExtPoll(nullptr), ERROR_CAN_NOT_COMPLETE) << "not the control thread";
    EXPECT_EQ(MgmDeRegisterMProtocol(client), NO_ERROR);
    EXPECT_EQ(MgmExtStop(), ERROR_CAN_NOT_COMPLETE);
  });
  for (int calls = 0; calls < 2; ++calls) {
    pollfd wait = {.fd = MgmExtPollFd(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(poll(&wait, 1, -1), 1);
    DWORD next = 0;
    EXPECT_EQ(MgmExtPoll(&next), NO_ERROR);
    EXPECT_EQ(next, 0xFFFFFFFF);
  }
  other.join();
}

// Calls that wait when the manager stops fail; nobody hangs.
TEST(CallersThread, StoppingAnswersThoseWhoWait) {
  auto world = std::make_unique<fakes::MgmWorld>();
  std::thread other([] {
    ROUTING_PROTOCOL_CONFIG config = {};
    HANDLE client = nullptr;
    EXPECT_EQ(MgmRegisterMProtocol(&config, 5, 5, &client), ERROR_CAN_NOT_COMPLETE);
  });
  pollfd wait = {.fd = MgmExtPollFd(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll(&wait, 1, -1), 1);
  world.reset();
  other.join();
}

}  // namespace
}  // namespace mgmd
