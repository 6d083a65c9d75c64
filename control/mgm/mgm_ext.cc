// mgm_ext.h and mgm6_ext.h: running a manager from C, and extensions for its clients. A function of either is the
// template of its family.

#include "control/mgm/mgm_ext.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "control/mgm/c_call.h"
#include "control/mgm/c_forwarder.h"
#include "control/mgm/c_values.h"
#include "control/mgm/outside_call.h"
#include "control/mgm/system_clock.h"

using mgmd::FibKey;
using mgmd::InterfaceIdOf;
using mgmd::Ipv4;
using mgmd::Ipv6;
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

template <class Family>
class LogObserver : public ObserverOf<Family> {
 public:
  LogObserver(PMGM_EXT_LOG log, PVOID context) : log_(log), context_(context) {}

  void BlockingCallback(const ClientName& client, std::string_view callback, std::chrono::milliseconds took) override {
    Log([&] {
      return "client " + std::string(client.name) + ": callback " + std::string(callback) + " took " +
             std::to_string(took.count()) + " ms; control stood still";
    });
  }
  void LimitMet(std::string_view limit, const FibKey<Family>& key, uint64_t refused) override {
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

// What a C program's manager of one family runs on.
template <class Family>
struct CSide {
  // `config` is the family's own.
  template <class Config>
  CSide(const Config& config, PMGM_EXT_LOG log, PVOID context)
      : forwarder(config.Forwarder), routes(config.pfnRouteLookup, config.pvRouteContext), observer(log, context) {}

  Surroundings<Family> around() { return {.forwarder = &forwarder, .routes = &routes, .observer = &observer}; }

  CForwarder<Family> forwarder;
  CRouteTable<Family> routes;
  LogObserver<Family> observer;
};

struct CWorld {
  CWorld(const MGM_EXT_CONFIG& config, const MGM6_EXT_CONFIG* config6)
      : ipv4(config, config.pfnLog, config.pvLogContext), clock(config.pfnClock, config.pvClockContext) {
    if (config6 != nullptr) ipv6.emplace(*config6, config.pfnLog, config.pvLogContext);
  }
  CSide<Ipv4> ipv4;
  std::optional<CSide<Ipv6>> ipv6;
  CClock clock;
};

// `pConfig6` null: without IPv6.
DWORD Start(const MGM_EXT_CONFIG* pConfig, const MGM6_EXT_CONFIG* pConfig6) {
  constexpr DWORD kKnown = MGM_EXT_OWN_THREAD | MGM_EXT_CREATION_TO_ALL | MGM_EXT_HITLESS_TAKEOVER;
  if (pConfig == nullptr || pConfig->dwSize != sizeof(MGM_EXT_CONFIG) || (pConfig->dwFlags & ~kKnown) != 0) {
    return ERROR_INVALID_PARAMETER;
  }
  const bool hitless = (pConfig->dwFlags & MGM_EXT_HITLESS_TAKEOVER) != 0;
  if (hitless && pConfig->dwIgmpGraceMs == 0) return ERROR_INVALID_PARAMETER;
  if (pConfig6 != nullptr && pConfig6->dwSize != sizeof(MGM6_EXT_CONFIG)) return ERROR_INVALID_PARAMETER;
  if (OutsideCall::Running()) return ERROR_CAN_NOT_COMPLETE;
  return AsCode([&] {
    auto world = std::make_shared<CWorld>(*pConfig, pConfig6);
    RuntimeConfig config;
    config.families.of<Ipv4>() = world->ipv4.around();
    if (world->ipv6.has_value()) config.families.of<Ipv6>() = world->ipv6->around();
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
    mgmd::ForEachFamily([&]<class Family>() {
      options.igmp_takeover.of<Family>() = {std::chrono::milliseconds(pConfig->dwIgmpGraceMs), hitless};
    });
    config.own_thread = (pConfig->dwFlags & MGM_EXT_OWN_THREAD) != 0;
    config.kept = std::move(world);
    return CodeOf(Runtime::Start(std::move(config)));
  });
}

template <class Family>
DWORD NewPacket(CParameter<Family> source, CParameter<Family> group, DWORD index, CParameter<Family> next_hop,
                DWORD size, const BYTE* bytes) {
  using Values = CValues<Family>;
  constexpr DWORD kLongestHeader = 65535;
  if ((bytes == nullptr && size != 0) || size > kLongestHeader) return BadArgument<Family>();
  const auto key =
      FibKey<Family>::SourceGroup(Values::FromC(Values::Given(source)), Values::FromC(Values::Given(group)));
  if (!key.has_value()) return BadArgument<Family>();
  const auto arrival = GivenInterface<Family>(index, next_hop);
  return AsCode([&] {
    const std::vector<BYTE> header(bytes, bytes + size);
    return CallManager<Family>([=](GroupManager<Family>& manager) { return manager.NewPacket(*key, arrival, header); });
  });
}

template <class Family>
DWORD RoutesChanged(CParameter<Family> network, DWORD mask) {
  using Values = CValues<Family>;
  if (!Values::IsMask(mask)) return BadArgument<Family>();
  const typename Family::Prefix prefix(Values::FromC(Values::Given(network)), Values::LengthOf(mask));
  return CallManager<Family>([=](GroupManager<Family>& manager) { return manager.RoutesChanged(prefix); });
}

// ERROR_INVALID_PARAMETER: the client is not in the family.
template <class Family>
DWORD NameClient(HANDLE client, const std::string& name) {
  return CallManagerFor<Family>(
      client, [=](GroupManager<Family>& manager) { return manager.NameClient(ClientFromC(client), name); });
}

template <class Family>
typename CValues<Family>::Trace TraceToC(const StoredTrace& stored, const InterfaceIdOf<Family>& interface) {
  typename CValues<Family>::Trace trace = {stored.client.protocol,
                                           stored.client.component,
                                           interface.index,
                                           CValues<Family>::ToC(interface.next_hop),
                                           stored.take ? TRUE : FALSE,
                                           stored.settled ? TRUE : FALSE,
                                           stored.reclaimed ? TRUE : FALSE,
                                           0,
                                           {}};
  for (const ReleaseStep& step : stored.steps) {
    if (trace.dwSteps == MGM_EXT_MAX_STEPS) break;
    trace.Steps[trace.dwSteps++] = {step.name.data(), static_cast<uint64_t>(step.duration.count()), step.count};
  }
  return trace;
}

template <class Family>
DWORD GetReleaseTrace(DWORD number, typename CValues<Family>::Trace* trace) {
  using Trace = typename CValues<Family>::Trace;
  if (trace == nullptr) return BadArgument<Family>();
  // The code, where there is no trace.
  return CallManager<Family>(
      [=](GroupManager<Family>& manager) -> std::variant<DWORD, Trace> {
        if (number >= manager.traces().size()) return DWORD{ERROR_NOT_FOUND};
        const StoredTrace& stored = *manager.traces()[number];
        const auto* interface = std::get_if<InterfaceIdOf<Family>>(&stored.interface);
        if (interface == nullptr) return DWORD{ERROR_INVALID_PARAMETER};
        return TraceToC<Family>(stored, *interface);
      },
      [&](const std::variant<DWORD, Trace>& result) {
        if (const DWORD* code = std::get_if<DWORD>(&result)) return *code;
        *trace = std::get<Trace>(result);
        return DWORD{NO_ERROR};
      });
}

template <class Family>
DWORD GetRefused(typename CValues<Family>::Refused* refused, DWORD room, PDWORD count) {
  if (count == nullptr || (refused == nullptr && room != 0)) return BadArgument<Family>();
  struct Found {
    size_t count = 0;
    std::vector<RefusedOf<Family>> some;
  };
  return CallManager<Family>(
      [most = std::min<size_t>(room, MGM_EXT_MOST_REFUSED)](GroupManager<Family>& manager) {
        Found found;
        found.count = manager.Refused(most, found.some);
        return found;
      },
      [=](const Found& found) {
        constexpr std::array<DWORD, 3> kReasons = {MGM_EXT_REFUSED_BY_TABLE, MGM_EXT_REFUSED_BY_LIMIT,
                                                   MGM_EXT_REFUSED_NO_IIF};
        auto* place = refused;
        for (const auto& [key, by] : found.some) {
          const CEntry<Family> entry = ToC(key);
          *place++ = {kReasons[static_cast<size_t>(by)], entry.source, entry.source_mask, entry.group,
                      entry.group_mask};
        }
        *count = static_cast<DWORD>(found.count);
        return DWORD{found.some.size() == found.count ? NO_ERROR : ERROR_MORE_DATA};
      });
}

}  // namespace

DWORD MgmExtStart(const MGM_EXT_CONFIG* pConfig) { return Start(pConfig, nullptr); }

DWORD Mgm6ExtStart(const MGM_EXT_CONFIG* pConfig, const MGM6_EXT_CONFIG* pConfig6) {
  return pConfig6 == nullptr ? ERROR_INVALID_PARAMETER : Start(pConfig, pConfig6);
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
  return NewPacket<Ipv4>(dwSourceAddr, dwGroupAddr, dwIfIndex, dwIfNextHopAddr, dwHdrSize, pbPacketHdr);
}

DWORD Mgm6ExtNewPacket(const struct in6_addr* pSourceAddr, const struct in6_addr* pGroupAddr, DWORD dwIfIndex,
                       const struct in6_addr* pIfNextHopAddr, DWORD dwHdrSize, const BYTE* pbPacketHdr) {
  return NewPacket<Ipv6>(pSourceAddr, pGroupAddr, dwIfIndex, pIfNextHopAddr, dwHdrSize, pbPacketHdr);
}

DWORD MgmExtRoutesChanged(DWORD dwNetwork, DWORD dwMask) { return RoutesChanged<Ipv4>(dwNetwork, dwMask); }

DWORD Mgm6ExtRoutesChanged(const struct in6_addr* pNetwork, DWORD dwLength) {
  return RoutesChanged<Ipv6>(pNetwork, dwLength);
}

DWORD MgmExtNameClient(HANDLE hProtocol, const char* szName) {
  if (szName == nullptr) return BadArgument<Ipv4>();
  return AsCode([&] {
    const std::string name = Cut(szName, kLongestName);
    const DWORD code = NameClient<Ipv4>(hProtocol, name);
    const std::shared_ptr<Runtime> runtime = Runtime::Current();
    if (code != ERROR_INVALID_PARAMETER || runtime == nullptr || !runtime->has<Ipv6>()) return code;
    return NameClient<Ipv6>(hProtocol, name);
  });
}

DWORD MgmExtGetReleaseTrace(DWORD dwNumber, PMGM_EXT_RELEASE_TRACE pTrace) {
  return GetReleaseTrace<Ipv4>(dwNumber, pTrace);
}

DWORD Mgm6ExtGetReleaseTrace(DWORD dwNumber, PMGM6_EXT_RELEASE_TRACE pTrace) {
  return GetReleaseTrace<Ipv6>(dwNumber, pTrace);
}

DWORD MgmExtGetRefused(PMGM_EXT_REFUSED pRefused, DWORD dwRoom, PDWORD pdwCount) {
  return GetRefused<Ipv4>(pRefused, dwRoom, pdwCount);
}

DWORD Mgm6ExtGetRefused(PMGM6_EXT_REFUSED pRefused, DWORD dwRoom, PDWORD pdwCount) {
  return GetRefused<Ipv6>(pRefused, dwRoom, pdwCount);
}
