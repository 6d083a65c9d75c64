// Invariant: whatever was called before, what a worker forwards is what the reference model allows:
// a packet leaves once by every oif of its stream if it arrived on the stream's iif, and by nothing
// otherwise.
//
// The whole router with its real forwarder and FIB, stepped in this one thread.

#include <gtest/gtest.h>
#include <rte_mempool.h>

#include <cstring>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <tuple>

#include "control/config/config.h"
#include "control/router.h"
#include "tests/fakes/mgm_world.h"
#include "tests/pipeline/case_ports.h"
#include "tests/support/eal_environment.h"
#include "tests/support/packet_builder.h"
#include "tests/unit/mgm/reference_model.h"

namespace mgmd {
namespace {

using fakes::Address;
using reference::Entry;

constexpr int kInterfaces = 6;
constexpr int kSources = 3;  // source n is behind interface n
constexpr int kGroups = 3;
constexpr int kSteps = 10'000;
constexpr int kTurnsUntilQuiet = 10000;

const auto* const kEal = support::WithEal(512);

std::string Name(int interface) { return "i" + std::to_string(interface); }
std::string Suffix(int number) { return number == 0 ? "" : std::to_string(number + 1); }

constexpr uint32_t kGrace = 3600;  // seconds: no end of it in a history

struct Life {
  unsigned seed = 0;
  bool hitless = false;  // the takeover of IGMP's interfaces (A28)
};

config::Config MakeConfig(bool hitless) {
  std::ostringstream text;
  text << "[dpdk]\nworkers = [1]\n[limits]\nmfes = 1024\npending = 64\npending_packets = 256\n"
          "retired = 1024\nmbufs = 8192\n";
  for (int i = 1; i <= kInterfaces; ++i) {
    text << "[[interface]]\nname = \"" << Name(i) << "\"\ndevice = \"net_ring_" << Name(i)
         << "\"\naddresses = [\"192.168." << i << ".254/24\"]\n";
  }
  for (int i = 1; i <= kSources; ++i) {
    text << "[[route]]\nprefix = \"10.0.0." << i << "/32\"\ninterface = \"" << Name(i) << "\"\nnext_hop = \"192.168."
         << i << ".1\"\n";
  }
  config::Result result = config::Parse(text.str(), "history.toml");
  EXPECT_TRUE(result.ok()) << result.ErrorText();
  if (hitless) result.config.takeover.of<Ipv4>() = {.grace = kGrace, .hitless = true};
  return result.config;
}

class ForwardingHistory : public ::testing::TestWithParam<Life> {
 protected:
  ForwardingHistory()
      : config_(MakeConfig(GetParam().hitless)),
        ports_(config_, files_),
        router_(*Router::Create(config_, {.stepped = true})),
        model_({.veto = [](const std::string&, const Entry&, int) { return false; },
                .grace_us = GetParam().hitless ? int64_t{kGrace} * 1'000'000 : 0,
                .hitless = GetParam().hitless}),
        random_(GetParam().seed) {
    for (int i = 1; i <= kSources; ++i) model_.RouteChanges("S" + Suffix(i - 1), i);
  }

  int Below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  void Call() {
    static const std::string clients[] = {"P1", "P2", "P3", "P4", "I"};
    const std::string client = clients[Below(5)];
    const int interface = 1 + Below(kInterfaces);
    HANDLE& handle = handles_[client];
    const auto index = static_cast<DWORD>(interface);
    Entry entry{"G" + Suffix(Below(kGroups)), "*"};
    if (Below(3) == 0) entry.source = "S" + Suffix(Below(kSources));
    if (Below(12) == 0) entry = {"*", "*"};
    const DWORD source = Address::Of(entry.source);
    const DWORD group = Address::Of(entry.group);
    const DWORD source_mask = source == 0 ? 0 : ~DWORD{0};
    const DWORD group_mask = group == 0 ? 0 : ~DWORD{0};
    const DWORD flags = static_cast<DWORD>(1 + Below(3));
    const int dice = Below(100);
    if (dice < 6) {
      ROUTING_PROTOCOL_CONFIG callbacks = {};
      const DWORD protocol = client == "I" ? MS_IP_IGMP : static_cast<DWORD>(client[1]);
      EXPECT_EQ(MgmRegisterMProtocol(&callbacks, protocol, 1, &handle), model_.Register(client));
    } else if (dice < 8) {
      EXPECT_EQ(MgmDeRegisterMProtocol(handle), model_.DeRegister(client));
    } else if (dice < 30) {
      EXPECT_EQ(MgmTakeInterfaceOwnership(handle, index, 0), model_.Take(client, interface));
    } else if (dice < 40) {
      EXPECT_EQ(MgmReleaseInterfaceOwnership(handle, index, 0), model_.Release(client, interface));
    } else if (dice < 75) {
      EXPECT_EQ(MgmAddGroupMembershipEntry(handle, source, source_mask, group, group_mask, index, 0, flags),
                model_.Add(client, entry, interface, flags));
    } else {
      EXPECT_EQ(MgmDeleteGroupMembershipEntry(handle, source, source_mask, group, group_mask, index, 0, flags),
                model_.Delete(client, entry, interface, flags));
    }
  }

  using Copy = std::tuple<std::string, std::string>;  // oif, stream

  // A packet of every stream, on its iif or somewhere else.
  void SendEverything() {
    std::multiset<Copy> expected;
    for (int s = 0; s < kSources; ++s) {
      for (int g = 0; g < kGroups; ++g) {
        const Entry stream{"G" + Suffix(g), "S" + Suffix(s)};
        const int arrival = Below(4) == 0 ? 1 + Below(kInterfaces) : s + 1;
        files_.in[Name(arrival)].push_back(testing::PacketBuilder()
                                               .From("10.0.0." + std::to_string(s + 1))
                                               .To("239.1.1." + std::to_string(g + 1))
                                               .Build());
        model_.Packet(stream, arrival);
        const auto mfe = model_.mfes().find(stream);
        if (mfe == model_.mfes().end() || model_.Holder(arrival).empty()) continue;
        if (mfe->second.orphan || mfe->second.route != arrival) continue;
        for (const int oif : model_.Oil(stream)) expected.insert({Name(oif), stream.ToString()});
      }
    }
    ports_.Feed(kSources * kGroups, rte_mempool_lookup("mgmd_rx"));
    UntilQuiet();
    std::multiset<Copy> seen;
    for (const auto& [port, frames] : ports_.sent()) {
      size_t& known = known_[port];
      for (; known < frames.size(); ++known) {
        DWORD source = 0;
        DWORD group = 0;
        ASSERT_GE(frames[known].size(), 34u);
        std::memcpy(&source, frames[known].data() + 26, 4);
        std::memcpy(&group, frames[known].data() + 30, 4);
        seen.insert({port, Address::Entry(source, group)});
      }
    }
    EXPECT_EQ(seen, expected);
    copies_ += seen.size();
  }

  void UntilQuiet() {
    int turns = 0;
    do {
      router_->StepWorkers();
      ports_.Collect();
    } while (router_->StepControl() && ++turns < kTurnsUntilQuiet);
    EXPECT_LT(turns, kTurnsUntilQuiet) << "control does not come to rest";
    router_->StepWorkers();
    ports_.Collect();
  }

  pipeline::CaseFiles files_;
  const config::Config config_;
  pipeline::CasePorts ports_;
  std::unique_ptr<Router> router_;
  reference::ReferenceModel model_;
  std::mt19937 random_;
  std::map<std::string, HANDLE> handles_;
  std::map<std::string, size_t> known_;
  size_t copies_ = 0;
};

TEST_P(ForwardingHistory, ForwardsWhatTheModelAllowsAfterEveryCall) {
  for (int step = 0; step < kSteps; ++step) {
    Call();
    // Sometimes several calls pass without a packet between them.
    if (Below(4) == 0) continue;
    SendEverything();
    ASSERT_FALSE(HasFailure()) << "step " << step;
  }
  EXPECT_GT(copies_, static_cast<size_t>(kSteps)) << "the history forwards too little to say anything";
}

INSTANTIATE_TEST_SUITE_P(Seeds, ForwardingHistory,
                         ::testing::Values(Life{1}, Life{2}, Life{3}, Life{4, true}, Life{5, true}),
                         [](const auto& info) {
                           return std::to_string(info.param.seed) + (info.param.hitless ? "hitless" : "");
                         });

}  // namespace
}  // namespace mgmd
