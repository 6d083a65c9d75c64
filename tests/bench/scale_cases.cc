#include "tests/bench/scale_cases.h"

#include <rte_ethdev.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "control/api/events.h"
#include "control/api/summary.h"
#include "control/api/telemetry_commands.h"
#include "control/config/config.h"
#include "control/mgm/host.h"
#include "control/mgm/mgm_ext.h"
#include "control/plane/eal.h"
#include "control/plane/packet_memory.h"
#include "control/router.h"

namespace mgmd::bench {
namespace {

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "scale_bench: %s\n", what.c_str());
  std::exit(1);
}
void Check(bool good, const std::string& what) {
  if (!good) Die(what);
}

// MiB that the process has, or had at most.
double MemoryOf(const char* line_begin) {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    double kilobytes = 0;
    if (word == line_begin && status >> kilobytes) return kilobytes / 1024;
  }
  return 0;
}

std::string AddressText(uint32_t address) { return Ipv4Address(address).ToString(); }
std::string SourceOf(uint32_t number) { return AddressText(0x0A000001u + number % 1000); }
std::string GroupOf(uint32_t number) { return AddressText(0xE8010000u + number / 1000); }

std::string Head(uint32_t mfes) {
  return absl::StrCat("[dpdk]\nworkers = [1]\n[limits]\nmfes = ", mfes + 1024,
                      "\nnegative_mfes = 1024\nretired = ", mfes + 65536, "\npending = 256\npending_packets = 1024\n",
                      "[[interface]]\nname = \"up0\"\ndevice = \"net_null0\"\naddresses = [\"10.255.0.1/16\"]\n");
}
std::string PortText(uint32_t number) {
  return absl::StrCat("[[interface]]\nname = \"dn", number, "\"\ndevice = \"net_null", number, "\"\n");
}
void AppendRoute(std::string& text, uint32_t number, std::string_view outputs) {
  absl::StrAppend(&text, "[[protocol.static.mroute]]\nfrom = \"up0\"\nsource = \"", SourceOf(number), "\"\ngroup = \"",
                  GroupOf(number), "\"\nto = [", std::string(outputs), "]\n");
}

// `vlans` interfaces besides the ports "up0" and "dn1" to "dn16", as evenly on these as it goes.
std::string VlanText(uint32_t vlans, std::string* names) {
  std::string text;
  for (uint32_t port = 1; port <= 16; ++port) text += PortText(port);
  *names = "\"up0\"";
  for (uint32_t vlan = 0; vlan < vlans; ++vlan) {
    absl::StrAppend(&text, "[[interface]]\nname = \"v", vlan, "\"\nparent = \"dn", 1 + vlan % 16,
                    "\"\nvlan = ", 1 + vlan / 16, "\n");
    absl::StrAppend(names, ", \"v", vlan, "\"");
  }
  return text;
}

// A router from a text, with the steps of its start measured.
struct Scene {
  Scene(const std::string& text, Figures& figures, const std::string& events_file = "") {
    const double before = MemoryOf("VmRSS:");
    figures.Measure("configuration check", [&] { parsed = config::Parse(text, "scale.toml"); });
    Check(parsed.ok(), parsed.ok() ? "" : parsed.errors.front().ToString());
    figures.Note("configuration, MiB of text", static_cast<double>(text.size()) / (1 << 20));
    figures.Note("configuration check, MiB at most", MemoryOf("VmHWM:") - before);
    std::string note;
    const auto args = plane::WithMemory({"--no-pci", "--no-telemetry", "--log-level=error", "-l", "0"},
                                        {.bytes = plane::SizePools(parsed.config).bytes}, &note);
    Check(args.ok(), std::string(args.status().message()));
    auto started = plane::Eal::Start("scale_bench", *args);
    Check(started.ok(), std::string(started.status().message()));
    eal = std::make_unique<plane::Eal>(*std::move(started));
    events = *api::Events::Open(events_file, parsed.config);
    figures.Measure("start", [&] {
      auto created = Router::Create(parsed.config, {.stepped = true, .observers = events->observers()});
      Check(created.ok(), std::string(created.status().message()));
      router = *std::move(created);
      // Until nothing waits to be decided, or for the FIB.
      while (router->StepControl()) router->StepWorkers();
    });
  }
  ~Scene() {
    router.reset();
    eal.reset();
  }

  void MeasureSummary(Figures& figures) {
    api::Summary summary(router.get(), router->names());
    std::string piece;
    size_t octets = 0;
    figures.MeasureTurns("summary", [&] {
      const bool more = summary.Next(&piece);
      octets += piece.size();
      return more;
    });
    figures.Note("summary, MiB", static_cast<double>(octets) / (1 << 20));
  }
  // All pages of a command.
  void MeasureCommand(Figures& figures, const std::string& name, std::string line) {
    figures.MeasureTurns(name, [&] {
      const size_t comma = line.find(',');
      for (const auto& command : all_commands()) {
        if (command.name != line.substr(0, comma)) continue;
        const auto answer = command.run(comma == std::string::npos ? "" : line.substr(comma + 1));
        line.clear();
        for (const auto& member : answer.members()) {
          if (member.name == "error") Die(name + ": " + std::get<std::string>(member.value));
          if (member.name == "next") line = std::get<std::string>(member.value);
        }
        return !line.empty();
      }
      Die("no command " + line);
    });
  }
  void MeasureMfeWalks(Figures& figures) {
    std::vector<BYTE> buffer(65536);
    for (const bool with_counters : {false, true}) {
      MIB_IPMCAST_MFE start = {};
      figures.MeasureTurns(with_counters ? "MgmGetNextMfeStats, 64 KiB" : "MgmGetNextMfe, 64 KiB", [&] {
        DWORD size = static_cast<DWORD>(buffer.size());
        DWORD count = 0;
        const DWORD code = with_counters ? MgmGetNextMfeStats(&start, &size, buffer.data(), &count, MGM_MFE_STATS_1)
                                         : MgmGetNextMfe(&start, &size, buffer.data(), &count);
        for (BYTE* at = buffer.data(); count > 0; --count) {
          std::memcpy(&start, at, 3 * sizeof(DWORD));  // the key, with which all structures begin
          at += with_counters ? SIZEOF_MIB_MFE_STATS_EX(reinterpret_cast<PMIB_IPMCAST_MFE_STATS_EX>(at)->ulNumOutIf)
                              : SIZEOF_MIB_MFE(reinterpret_cast<PMIB_IPMCAST_MFE>(at)->ulNumOutIf);
        }
        return code == ERROR_MORE_DATA;
      });
    }
  }
  void MeasureEnumeration(Figures& figures, HANDLE client, MGM_ENUM_TYPES type, const std::string& name) {
    HANDLE enumeration = nullptr;
    figures.Measure(name + ", start",
                    [&] { Check(MgmGroupEnumerationStart(client, type, &enumeration) == NO_ERROR, "no enumeration"); });
    std::vector<BYTE> buffer(256 * sizeof(SOURCE_GROUP_ENTRY));
    figures.MeasureTurns(name + ", 4 KiB", [&] {
      DWORD size = static_cast<DWORD>(buffer.size());
      DWORD count = 0;
      return MgmGroupEnumerationGetNext(enumeration, &size, buffer.data(), &count) == ERROR_MORE_DATA;
    });
    MgmGroupEnumerationEnd(enumeration);
  }
  void MeasureRelease(Figures& figures, const std::string& name, std::string_view interface) {
    figures.Measure(name, [&] { Check(router->Release("static", interface).ok(), name); });
    figures.MeasureTurns(name + ", after it", [&] {
      const bool more = router->StepControl();
      router->StepWorkers();
      return more;
    });
  }
  void MeasureShutdown(Figures& figures) {
    figures.Measure("shutdown", [&] { Check(router->Shutdown("static").ok(), "shutdown"); });
  }

  const std::vector<api::TelemetryCommands::Command>& all_commands() {
    if (commands_ == nullptr) {
      commands_ = std::make_unique<api::TelemetryCommands>(*router, router->names(), api::Actions());
      all_ = commands_->All();
    }
    return all_;
  }

  config::Result parsed;
  std::unique_ptr<plane::Eal> eal;
  std::unique_ptr<api::Events> events;
  std::unique_ptr<Router> router;

 private:
  std::unique_ptr<api::TelemetryCommands> commands_;
  std::vector<api::TelemetryCommands::Command> all_;
};

std::string RoutesText(uint32_t size) {
  std::string text =
      Head(size) + PortText(1) + PortText(2) + "[protocol.static]\ninterfaces = [\"up0\", \"dn1\", \"dn2\"]\n";
  for (uint32_t number = 0; number < size; ++number) AppendRoute(text, number, number % 2 == 0 ? "\"dn1\"" : "\"dn2\"");
  return text;
}

void Routes(uint32_t size, Figures& figures) {
  Scene scene(RoutesText(size), figures);
  Check(MgmHostCountMfes<Ipv4>() == size, "routes are missing");
  size_t standing = 0;
  std::optional<Ipv4FibKey> next = Ipv4FibKey();
  while (next) {
    const views::RoutePageOf<Ipv4> page = scene.router->Routes(next, views::kMostRows);
    for (const views::RouteOf<Ipv4>& route : page.routes) standing += route.iif && route.oifs.size() == 1;
    next = page.next;
  }
  Check(standing == size, "routes are not as configured");
  scene.MeasureSummary(figures);
  scene.MeasureCommand(figures, "/mgm/routes, all pages", "/mgm/routes");
  scene.MeasureCommand(figures, "/mgm/interfaces", "/mgm/interfaces");
  scene.MeasureMfeWalks(figures);
  scene.MeasureRelease(figures, "release of an oif", "dn1");
  scene.MeasureShutdown(figures);
}

void RoutesWithEvents(uint32_t size, Figures& figures) {
  Scene scene(RoutesText(size), figures, "/dev/null");
  scene.MeasureRelease(figures, "release of an oif, with events", "dn1");
  scene.MeasureRelease(figures, "release of the iif, with events", "up0");
}

void UnicastRoutes(uint32_t size, Figures& figures) {
  std::string text = Head(1024);
  for (uint32_t number = 0; number < size; ++number) {
    absl::StrAppend(&text, "[[route]]\nprefix = \"", AddressText(0x0B000000u + number), "/32\"\ninterface = \"up0\"\n");
  }
  Scene scene(text, figures);
}

void Interfaces(uint32_t size, Figures& figures) {
  std::string names;
  std::string text = Head(1024) + VlanText(size, &names);
  absl::StrAppend(&text, "[protocol.static]\ninterfaces = [", names, "]\n");
  Scene scene(text, figures);
  scene.MeasureSummary(figures);
  scene.MeasureCommand(figures, "/mgm/interfaces, all pages", "/mgm/interfaces");
  rte_eth_dev_set_link_down(1);
  figures.Measure("a link's change", [&] { scene.router->StepControl(); });
  scene.MeasureShutdown(figures);
}

void Oifs(uint32_t size, Figures& figures) {
  std::string names;
  std::string text = Head(1024) + VlanText(size, &names);
  absl::StrAppend(&text, "[protocol.static]\ninterfaces = [", names, "]\n");
  const std::string outputs = names.substr(names.find("\"v"));
  AppendRoute(text, 0, outputs);
  Scene scene(text, figures);
  Check(scene.router->Routes(std::optional<Ipv4FibKey>(), 1).routes.front().oifs.size() == size, "oifs are missing");
  scene.MeasureSummary(figures);
  scene.MeasureCommand(figures, "/mgm/routes", "/mgm/routes");
  scene.MeasureCommand(figures, "/mgm/route, all pages", absl::StrCat("/mgm/route,", GroupOf(0), ",", SourceOf(0)));
  scene.MeasureRelease(figures, "release of an oif", "v0");
  scene.MeasureRelease(figures, "release of the iif", "up0");
  scene.MeasureShutdown(figures);
}

// Protocols of the case, besides the configuration's.
HANDLE NewClient(DWORD number) {
  ROUTING_PROTOCOL_CONFIG callbacks = {};
  HANDLE client = nullptr;
  Check(MgmRegisterMProtocol(&callbacks, PROTOCOL_ID(PROTO_TYPE_MCAST, 1, number), 1, &client) == NO_ERROR,
        "a client is refused");
  return client;
}

void Memberships(uint32_t size, Figures& figures) {
  Scene scene(Head(1024) + PortText(1), figures);
  const HANDLE client = NewClient(1);
  for (const DWORD index : {1u, 2u}) {
    Check(MgmTakeInterfaceOwnership(client, index, 0) == NO_ERROR, "an interface is refused");
  }
  const auto group = [](uint32_t number) { return Ipv4Address(0xEF000000u + number).ToNetwork(); };
  const auto source = [](uint32_t number) { return Ipv4Address(0x0A000001u + number % 1000).ToNetwork(); };
  figures.Measure("(*,G) joins", [&] {
    for (uint32_t number = 0; number < size; ++number) {
      MgmAddGroupMembershipEntry(client, 0, 0, group(number), ~0u, 2, 0, MGM_JOIN_STATE_FLAG);
    }
  });
  figures.Measure("(S,G) joins", [&] {
    for (uint32_t number = 0; number < size; ++number) {
      MgmAddGroupMembershipEntry(client, source(number), ~0u, group(number / 1000), ~0u, 2, 0, MGM_JOIN_STATE_FLAG);
    }
  });
  scene.MeasureEnumeration(figures, client, ALL_SOURCES, "enumeration of entries");
  scene.MeasureEnumeration(figures, client, ANY_SOURCE, "enumeration of groups");
  HANDLE other = nullptr;
  figures.Measure("registration", [&] { other = NewClient(2); });
  figures.Measure("deregistration", [&] { MgmDeRegisterMProtocol(other); });
  figures.Measure("change of a route", [&] { MgmExtRoutesChanged(0, 0); });
  figures.Measure("release of the interface", [&] { MgmReleaseInterfaceOwnership(client, 2, 0); });
}

void Clients(uint32_t size, Figures& figures) {
  Scene scene(Head(1024) + PortText(1), figures);
  std::vector<HANDLE> clients;
  figures.Measure("registrations", [&] {
    for (uint32_t number = 1; number <= size; ++number) clients.push_back(NewClient(number));
  });
  Check(MgmTakeInterfaceOwnership(clients[0], 1, 0) == NO_ERROR, "an interface is refused");
  figures.Measure("a join that alerts all", [&] {
    MgmAddGroupMembershipEntry(clients[0], 0, 0, Ipv4Address(239, 1, 1, 1).ToNetwork(), ~0u, 1, 0, MGM_JOIN_STATE_FLAG);
  });
  figures.Measure("deregistrations", [&] {
    for (size_t number = 1; number < clients.size(); ++number) MgmDeRegisterMProtocol(clients[number]);
  });
}

const std::vector<uint32_t> kStreams = {1000, 30'000, 1'000'000};
const std::vector<uint32_t> kInterfaces = {1000, 8'000, 32'000};

}  // namespace

std::span<const ScaleCase> ScaleCases() {
  static const std::vector<ScaleCase> cases = {
      {"routes", "static routes", {1000, 30'000, 100'000, 1'000'000}, Routes},
      {"events", "static routes, with events to /dev/null", kStreams, RoutesWithEvents},
      {"unicast", "[[route]]s", kStreams, UnicastRoutes},
      {"interfaces", "VLAN interfaces", kInterfaces, Interfaces},
      {"oifs", "oifs of one route", kInterfaces, Oifs},
      {"memberships", "memberships of each kind", kStreams, Memberships},
      {"clients", "clients", {100, 1000, 4000}, Clients},
  };
  return cases;
}

}  // namespace mgmd::bench
