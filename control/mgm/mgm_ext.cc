// mgm_ext.h: running a manager from C, and extensions for its clients.

#include "control/mgm/mgm_ext.h"

#include <bit>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "control/mgm/c_call.h"
#include "control/mgm/c_forwarder.h"
#include "control/mgm/c_values.h"
#include "control/mgm/outside_call.h"
#include "control/mgm/system_clock.h"

using mgmd::Ipv4;
using mgmd::Ipv4Address;
using mgmd::Ipv4FibKey;
using mgmd::Ipv4Prefix;
using namespace mgmd::mgm;  // NOLINT: this file is the namespace's C face

namespace {

constexpr size_t kLongestName = 31;  // octets

// So much of the text as fits, and no part of a character of UTF-8.
std::string Cut(const char* text, size_t most) {
  size_t length = strnlen(text, most + 1);
  const auto continues = [&] { return (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80; };
  if (length > most) {
    length = most;
    for (int back = 0; back < 3 && length > 0 && continues(); ++back) --length;
  }
  return std::string(text, length);
}

class CClock : public Clock {
 public:
  CClock(PMGM_EXT_CLOCK clock, PVOID context) : clock_(clock), context_(context) {}
  Time Now() override {
    if (clock_ == nullptr) return system_.Now();
    last_ = Time(AskOutside(static_cast<uint64_t>(last_.count()), clock_, context_));
    return last_;
  }

 private:
  Time last_{};
  const PMGM_EXT_CLOCK clock_;
  const PVOID context_;
  SystemClock system_;
};

class LogObserver : public Observer {
 public:
  LogObserver(PMGM_EXT_LOG log, PVOID context) : log_(log), context_(context) {}

  void BlockingCallback(const ClientName& client, std::string_view callback, std::chrono::milliseconds took) override {
    Log([&] {
      return "client " + std::string(client.name) + ": callback " + std::string(callback) + " took " +
             std::to_string(took.count()) + " ms; control stood still";
    });
  }
  void LimitMet(std::string_view limit, const Ipv4FibKey& key, uint64_t refused) override {
    Log([&] {
      return "no room for the MFE " + key.ToString() + ": " + std::string(limit) +
             " is met; refused so far: " + std::to_string(refused);
    });
  }
  void CallWaits(std::string_view client, std::string_view callback, std::chrono::milliseconds ran) override {
    Log([&] {
      return "a call waits: client " + std::string(client) + ": callback " + std::string(callback) + " has run for " +
             std::to_string(ran.count()) + " ms";
    });
  }

 private:
  // Without memory for the text there is no line.
  template <class Text>
  void Log(Text text) {
    if (log_ == nullptr) return;
    try {
      CallOutside(log_, context_, std::string(text()).c_str());
    } catch (const std::bad_alloc&) {
    }
  }
  const PMGM_EXT_LOG log_;
  const PVOID context_;
};

// What a C program's manager runs on.
struct CWorld {
  explicit CWorld(const MGM_EXT_CONFIG& config)
      : forwarder(config.Forwarder),
        routes(config.pfnRouteLookup, config.pvRouteContext),
        clock(config.pfnClock, config.pvClockContext),
        observer(config.pfnLog, config.pvLogContext) {}
  CForwarder forwarder;
  CRouteTable routes;
  CClock clock;
  LogObserver observer;
};

}  // namespace

DWORD MgmExtStart(const MGM_EXT_CONFIG* pConfig) {
  constexpr DWORD kKnown = MGM_EXT_OWN_THREAD | MGM_EXT_CREATION_TO_ALL;
  if (pConfig == nullptr || pConfig->dwSize != sizeof(MGM_EXT_CONFIG) || (pConfig->dwFlags & ~kKnown) != 0) {
    return ERROR_INVALID_PARAMETER;
  }
  if (OutsideCall::Running()) return ERROR_CAN_NOT_COMPLETE;
  return AsCode([&] {
    auto world = std::make_shared<CWorld>(*pConfig);
    RuntimeConfig config;
    config.families.of<Ipv4>() = {
        .forwarder = &world->forwarder, .routes = &world->routes, .observer = &world->observer};
    config.clock = &world->clock;
    if (pConfig->dwMaxMfes != 0) config.options.max_mfes = pConfig->dwMaxMfes;
    if (pConfig->dwMaxNegativeMfes != 0) config.options.max_negative_mfes = pConfig->dwMaxNegativeMfes;
    // Here 0 is the default, there it is no limit.
    const auto limit = [](DWORD given, uint32_t otherwise) {
      if (given == MGM_EXT_NO_LIMIT) return uint32_t{0};
      return given == 0 ? otherwise : uint32_t{given};
    };
    Options& options = config.options;
    options.max_mfes_per_group = limit(pConfig->dwMaxMfesPerGroup, options.max_mfes_per_group);
    options.max_mfes_per_interface = limit(pConfig->dwMaxMfesPerInterface, 0);
    options.max_mfes_per_owner = limit(pConfig->dwMaxMfesPerOwner, 0);
    config.options.creation_alert_to_all = (pConfig->dwFlags & MGM_EXT_CREATION_TO_ALL) != 0;
    config.options.igmp_grace = std::chrono::milliseconds(pConfig->dwIgmpGraceMs);
    config.own_thread = (pConfig->dwFlags & MGM_EXT_OWN_THREAD) != 0;
    config.kept = std::move(world);
    return CodeOf(Runtime::Start(std::move(config)));
  });
}

DWORD MgmExtStop(void) { return Runtime::Stop(Starter::kCaller) ? NO_ERROR : ERROR_CAN_NOT_COMPLETE; }

int MgmExtPollFd(void) {
  const std::shared_ptr<Runtime> runtime = Runtime::Current();
  return runtime == nullptr || runtime->starter() != Starter::kCaller ? -1 : runtime->fd();
}

DWORD MgmExtPoll(PDWORD pdwNextMs) {
  constexpr DWORD kNever = 0xFFFFFFFF;
  const std::shared_ptr<Runtime> runtime = Runtime::Current();
  const DWORD code = AsCode([&] {
    bool allowed = false;
    if (runtime != nullptr && runtime->starter() == Starter::kCaller) runtime->Poll(&allowed);
    return DWORD{allowed ? NO_ERROR : ERROR_CAN_NOT_COMPLETE};
  });
  if (code != NO_ERROR) return code;
  if (pdwNextMs == nullptr) return NO_ERROR;
  const std::optional<Time> next = runtime->TimeToNextDeadline();
  *pdwNextMs = kNever;
  if (next.has_value() && next->count() / 1000 < kNever - 1) {
    *pdwNextMs = static_cast<DWORD>((next->count() + 999) / 1000);
  }
  return NO_ERROR;
}

DWORD MgmExtNewPacket(DWORD dwSourceAddr, DWORD dwGroupAddr, DWORD dwIfIndex, DWORD dwIfNextHopAddr, DWORD dwHdrSize,
                      const BYTE* pbPacketHdr) {
  constexpr DWORD kLongestHeader = 65535;
  if ((pbPacketHdr == nullptr && dwHdrSize != 0) || dwHdrSize > kLongestHeader) return BadArgument<Ipv4>();
  const auto key =
      Ipv4FibKey::SourceGroup(Ipv4Address::FromNetwork(dwSourceAddr), Ipv4Address::FromNetwork(dwGroupAddr));
  if (!key.has_value()) return BadArgument<Ipv4>();
  const mgmd::InterfaceId arrival = InterfaceFromC<Ipv4>(dwIfIndex, dwIfNextHopAddr);
  return AsCode([&] {
    const std::vector<BYTE> header(pbPacketHdr, pbPacketHdr + dwHdrSize);
    return CallManager<Ipv4>([=](Ipv4GroupManager& manager) { return manager.NewPacket(*key, arrival, header); });
  });
}

DWORD MgmExtRoutesChanged(DWORD dwNetwork, DWORD dwMask) {
  const uint32_t mask = Ipv4Address::FromNetwork(dwMask).host_order();
  const int length = std::countl_one(mask);
  if (length < 32 && mask << length != 0) return BadArgument<Ipv4>();
  const Ipv4Prefix prefix(Ipv4Address::FromNetwork(dwNetwork), length);
  return CallManager<Ipv4>([=](Ipv4GroupManager& manager) { return manager.RoutesChanged(prefix); });
}

DWORD MgmExtNameClient(HANDLE hProtocol, const char* szName) {
  if (szName == nullptr) return BadArgument<Ipv4>();
  return AsCode([&] {
    const std::string name = Cut(szName, kLongestName);
    return CallManagerFor<Ipv4>(
        hProtocol, [=](Ipv4GroupManager& manager) { return manager.NameClient(ClientFromC(hProtocol), name); });
  });
}

DWORD MgmExtGetReleaseTrace(DWORD dwNumber, PMGM_EXT_RELEASE_TRACE pTrace) {
  if (pTrace == nullptr) return BadArgument<Ipv4>();
  return CallManager<Ipv4>(
      [=](Ipv4GroupManager& manager) {
        std::optional<MGM_EXT_RELEASE_TRACE> result;
        if (dwNumber >= manager.traces().size()) return result;
        const StoredTrace& trace = *manager.traces()[dwNumber];
        MGM_EXT_RELEASE_TRACE out = {};
        out.dwProtocolId = trace.client.protocol;
        out.dwComponentId = trace.client.component;
        out.dwIfIndex = trace.interface.index;
        out.dwIfNextHopAddr = trace.interface.next_hop.ToNetwork();
        out.bTake = trace.take ? TRUE : FALSE;
        out.bSettled = trace.settled ? TRUE : FALSE;
        out.bReclaimed = trace.reclaimed ? TRUE : FALSE;
        for (const ReleaseStep& step : trace.steps) {
          if (out.dwSteps == MGM_EXT_MAX_STEPS) break;
          out.Steps[out.dwSteps++] = {step.name.data(), static_cast<uint64_t>(step.duration.count()), step.count};
        }
        result = out;
        return result;
      },
      [&](const std::optional<MGM_EXT_RELEASE_TRACE>& trace) {
        if (!trace.has_value()) return DWORD{ERROR_NOT_FOUND};
        *pTrace = *trace;
        return DWORD{NO_ERROR};
      });
}
