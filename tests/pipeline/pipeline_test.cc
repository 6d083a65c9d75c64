// Invariant: for every folder under cases/, what leaves each interface is what the folder expects,
// octet by octet and each stream in order; the summary counts what it expects; and no buffer is
// lost. tests/pipeline/README.md describes the folders.
//
// The whole router, from the configuration file to the devices, stepped in this one thread.

#include <gtest/gtest.h>
#include <rte_mempool.h>

#include <cstdio>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "control/api/summary.h"
#include "control/config/config.h"
#include "control/plane/packet_memory.h"
#include "control/router.h"
#include "dataplane/tx/buffer_stash.h"
#include "tests/pipeline/case_files.h"
#include "tests/pipeline/case_ports.h"
#include "tests/pipeline/member.h"
#include "tests/support/eal_environment.h"

namespace mgmd::pipeline {
namespace {

constexpr int kTurnsUntilQuiet = 10000;
constexpr size_t kShownOctets = 128;

const auto* const kEal = support::WithEal(512);

std::string Hex(const Frame& frame) {
  std::string text;
  char octet[4];
  for (size_t i = 0; i < frame.size() && i < kShownOctets; ++i) {
    std::snprintf(octet, sizeof(octet), i % 4 == 0 ? " %02x" : "%02x", frame[i]);
    text += octet;
  }
  return text + (frame.size() > kShownOctets ? " ..." : "") + " (" + std::to_string(frame.size()) + " octets)";
}

// Port, tag, source and group of what left. Order is promised for each stream and oif, and not
// among them.
std::string StreamOf(const std::string& port, const Frame& frame) {
  std::ostringstream name;
  name << "port " << port;
  size_t ip = 14;
  if (frame.size() > 16 && frame[12] == 0x81 && frame[13] == 0x00) {
    name << ", VLAN " << ((frame[14] & 15) << 8 | frame[15]);
    ip = 18;
  }
  const bool ipv6 = frame.size() > ip && frame[ip - 2] == 0x86;
  const size_t address = ipv6 ? 16 : 4;
  const size_t source = ip + (ipv6 ? 8 : 12), group = source + address;
  for (size_t i = source; i < group + address && i < frame.size(); ++i) {
    name << (i == source ? ", from " : i == group ? " to " : ".") << int(frame[i]);
  }
  return name.str();
}

using ByStream = std::map<std::string, std::vector<Frame>>;
ByStream Sort(const std::map<std::string, std::vector<Frame>>& by_port) {
  ByStream sorted;
  for (const auto& [port, frames] : by_port) {
    for (const Frame& frame : frames) sorted[StreamOf(port, frame)].push_back(frame);
  }
  return sorted;
}

void CompareFrames(const ByStream& sent, const ByStream& expected) {
  ByStream all = expected;
  all.insert(sent.begin(), sent.end());
  for (const auto& any : all) {
    const std::string& stream = any.first;
    const auto of = [&](const ByStream& frames) {
      const auto found = frames.find(stream);
      return found == frames.end() ? std::vector<Frame>() : found->second;
    };
    const std::vector<Frame> is = of(sent);
    const std::vector<Frame> should = of(expected);
    SCOPED_TRACE(stream);
    EXPECT_EQ(is.size(), should.size());
    for (size_t i = 0; i < std::min(is.size(), should.size()); ++i) {
      if (is[i] == should[i]) continue;
      ADD_FAILURE() << "frame " << i << "\n  is    " << Hex(is[i]) << "\n  should" << Hex(should[i]);
      break;
    }
  }
}

// Every member of each expected port.
void ComparePorts(const nlohmann::json& is, const nlohmann::json& should) {
  for (const nlohmann::json& port : should) {
    const auto found = std::find_if(is.begin(), is.end(),
                                    [&](const nlohmann::json& one) { return one.at("name") == port.at("name"); });
    ASSERT_NE(found, is.end()) << port;
    for (const auto& [name, value] : port.items()) EXPECT_EQ(found->at(name), value) << port.at("name") << " " << name;
  }
}

// Every member of each expected route; routes that are not expected must not be there.
void CompareSummary(const nlohmann::json& is, const nlohmann::json& should) {
  EXPECT_EQ(is.at("drops"), should.at("drops"));
  EXPECT_EQ(is.at("punts"), should.at("punts"));
  if (should.contains("ports")) ComparePorts(is.at("ports"), should.at("ports"));
  const auto key = [](const nlohmann::json& route) {
    return route.at("source").get<std::string>() + " " + route.at("group").get<std::string>();
  };
  std::map<std::string, nlohmann::json> present;
  for (const nlohmann::json& route : is.at("routes")) present[key(route)] = route;
  for (const nlohmann::json& route : should.at("routes")) {
    const auto found = present.find(key(route));
    if (found == present.end()) {
      ADD_FAILURE() << "no route " << key(route);
      continue;
    }
    for (const auto& [name, value] : route.items())
      EXPECT_EQ(found->second.at(name), value) << key(route) << " " << name;
    present.erase(found);
  }
  for (const auto& [name, route] : present) ADD_FAILURE() << "a route that is not expected: " << route;
}

// A worker keeps buffers for copies and for headers at hand (dataplane/tx/buffer_stash.h). That none of these is
// lost either is shown where workers can be taken down before their pools, in random_test and the
// unit tests.
void ExpectPoolsFull(const config::Config& config) {
  size_t at_hand = config.dpdk.workers.size() * (2 * dataplane::BufferStash::kMost + plane::SizePools(config).spare);
  rte_mempool_walk(
      [](rte_mempool* pool, void* at_hand) {
        const std::string_view name = pool->name;
        const bool stashed = name == "mgmd_copy" || name == "mgmd_header";
        const size_t missing = pool->size - rte_mempool_avail_count(pool);
        EXPECT_LE(missing, stashed ? *static_cast<size_t*>(at_hand) : 0) << pool->name;
      },
      &at_hand);
}

class CaseRun {
 public:
  CaseRun(const CaseFiles& files, const config::Config& config)
      : files_(files), config_(config), ports_(config, files) {
    auto router = Router::Create(config, {.stepped = true});
    if (!router.ok()) throw std::runtime_error(std::string(router.status().message()));
    router_ = *std::move(router);
    UntilQuiet();
  }

  void Run() {
    for (const std::string& step : files_.steps) {
      SCOPED_TRACE("step \"" + step + "\"");
      Step(step);
    }
    EXPECT_TRUE(ports_.finished()) << "frames are left over that no step has sent";
    CompareFrames(Sort(ports_.sent()), Sort(files_.expected));
    CompareSummary(nlohmann::json::parse(api::WholeSummary(&*router_, router_->names())), files_.summary);
    ExpectPoolsFull(config_);
    member4_.reset();
    member6_.reset();
  }

 private:
  void Step(const std::string& step) {
    std::istringstream words(step);
    std::string verb, first, second, third;
    words >> verb >> first >> second >> third;
    const DWORD code = third == "refused" ? ERROR_INVALID_PARAMETER : NO_ERROR;
    if (verb == "send" && first.empty()) {
      for (size_t n = 0; !ports_.finished(); ++n) Burst(files_.bursts[n % files_.bursts.size()]);
    } else if (verb == "send") {
      Burst(std::stoul(first));
    } else if (verb == "receive") {
      Feed(std::stoul(first));
      Turn();
    } else if (verb == "release") {
      EXPECT_TRUE(router_->Release(first, second).ok());
      UntilQuiet();
    } else if (verb == "shutdown") {
      EXPECT_TRUE(router_->Shutdown(first).ok());
      UntilQuiet();
    } else if (verb == "down" || verb == "up") {
      EXPECT_TRUE(ports_.SetLink(first, verb == "up"));
      UntilQuiet();
    } else if (verb == "own" && second == "ipv6") {
      Own(member6_, first);
    } else if (verb == "own") {
      Own(member4_, first);
    } else if (verb == "join" && first.find(':') != std::string::npos) {
      member6_->Join(Ipv6Address::Parse(first).value(), Index(second), code);
      UntilQuiet();
    } else if (verb == "join") {
      member4_->Join(Ipv4Address::Parse(first).value(), Index(second), code);
      UntilQuiet();
    } else {
      ADD_FAILURE() << "no such step";
    }
  }

  void Feed(size_t count) { ports_.Feed(count, rte_mempool_lookup("mgmd_rx")); }
  void Burst(size_t count) {
    Feed(count);
    UntilQuiet();
  }
  void Turn() {
    router_->StepWorkers();
    ports_.Collect();
  }
  // Workers first: what they hold waits for control.
  void UntilQuiet() {
    int turns = 0;
    do {
      Turn();
    } while (router_->StepControl() && ++turns < kTurnsUntilQuiet);
    EXPECT_LT(turns, kTurnsUntilQuiet) << "control does not come to rest";
    Turn();
  }
  uint32_t Index(const std::string& name) const { return config_.Find(name)->id.index; }
  template <class Family>
  void Own(std::optional<Member<Family>>& member, const std::string& interface) {
    if (!member) member.emplace();
    member->Take(Index(interface));
    UntilQuiet();
  }

  const CaseFiles& files_;
  const config::Config& config_;
  CasePorts ports_;
  std::unique_ptr<Router> router_;
  std::optional<Member<Ipv4>> member4_;
  std::optional<Member<Ipv6>> member6_;
};

class PipelineTest : public ::testing::TestWithParam<std::string> {};

TEST_P(PipelineTest, ForwardsAndCountsAsExpected) {
  const std::filesystem::path folder = std::filesystem::path(MGMD_PIPELINE_CASES) / GetParam();
  const CaseFiles files = ReadCase(folder);
  const config::Result config = config::Load(folder / "config.toml");
  ASSERT_TRUE(config.ok()) << config.ErrorText();
  SCOPED_TRACE(files.description);
  CaseRun(files, config.config).Run();
}

INSTANTIATE_TEST_SUITE_P(Cases, PipelineTest, ::testing::ValuesIn(CaseNames(MGMD_PIPELINE_CASES)),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace mgmd::pipeline
