// mgmd: reads the command line and the configuration, starts DPDK, wires the router to the control loop, and stops
// when it is told to.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <iostream>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "control/api/events.h"
#include "control/api/summary.h"
#include "control/api/telemetry_commands.h"
#include "control/config/command_line.h"
#include "control/config/config.h"
#include "control/control_loop.h"
#include "control/ending.h"
#include "control/mgm/host.h"
#include "control/output/log.h"
#include "control/output/summary_file.h"
#include "control/plane/eal.h"
#include "control/plane/packet_memory.h"
#include "control/plane/prefix_lock.h"
#include "control/plane/telemetry.h"
#include "control/privileges.h"
#include "control/router.h"
#include "control/signals.h"
#include "control/supervisor.h"

namespace mgmd {
namespace {

using Clock = std::chrono::steady_clock;

// An "idle" event is written when no packet has come for this long after some had.
constexpr std::chrono::milliseconds kIdleEvent{500};

// Watches for the stream of packets to cease.
class IdleWatch {
 public:
  explicit IdleWatch(std::chrono::milliseconds limit) : limit_(limit) {}
  // True once for each pause of `limit` in the arrival of packets.
  bool Ceased(uint64_t packets) {
    const auto now = Clock::now();
    if (packets != packets_) {
      packets_ = packets;
      last_arrival_ = now;
      told_ = false;
    }
    if (told_ || now - last_arrival_ < limit_) return false;
    told_ = true;
    return true;
  }

 private:
  const std::chrono::milliseconds limit_;
  uint64_t packets_ = 0;
  Clock::time_point last_arrival_ = Clock::now();
  bool told_ = false;
};

void RegisterCommands(plane::Telemetry& telemetry, api::TelemetryCommands& commands) {
  for (auto& command : commands.All()) telemetry.Register(command.name, command.help, std::move(command.run));
}

// The function of a client's or a module's that control is inside of.
std::optional<Supervisor::Foreign> InsideForeign() {
  std::optional<Supervisor::Foreign> inside;
  MgmHostForeign(
      [](void* context, const mgm::ForeignView& foreign) {
        *static_cast<std::optional<Supervisor::Foreign>*>(context) = {
            absl::StrCat(std::string(foreign.function), " of ", std::string(foreign.who), " has not returned"),
            foreign.lasted};
      },
      &inside);
  return inside;
}

int Failure(const absl::Status& status) {
  spdlog::error("{}", std::string(status.message()));
  return config::kFailureStatus;
}

int Run(const config::CommandLine& command_line, const config::Config& config, output::Log& log) {
  const int signals = TakeSignals();
  if (signals < 0) {
    spdlog::error("no pipe for signals: {}", std::strerror(errno));
    return config::kFailureStatus;
  }
  std::string memory_note;
  const plane::PoolSizes sizes = plane::SizePools(config);
  const auto eal_args = plane::WithMemory(
      config.dpdk.eal_args, {.bytes = sizes.bytes, .huge_bytes = sizes.huge_bytes, .rows_of_pages = sizes.rx_pages},
      &memory_note);
  if (!eal_args.ok()) return Failure(eal_args.status());
  // Before the events file is begun anew: a second mgmd of the same command may not empty the first one's.
  // Static: it outlives EAL's socket, which goes when the process exits.
  static const auto prefix = plane::PrefixLock::Claim(*eal_args);
  if (absl::IsAlreadyExists(prefix.status()) || absl::IsPermissionDenied(prefix.status())) {
    return Failure(prefix.status());
  }
  if (!prefix.ok()) spdlog::warn("{}", std::string(prefix.status().message()));
  auto events = api::Events::Open(command_line.events, config);
  if (!events.ok()) return Failure(events.status());
  std::unique_ptr<output::SummaryFile> summary_file;
  if (!command_line.summary.empty()) {
    auto opened = output::SummaryFile::Open(command_line.summary);
    if (!opened.ok()) {
      spdlog::error("--summary {}", std::string(opened.status().message()));
      return config::kFailureStatus;
    }
    summary_file = *std::move(opened);
  }
  const std::chrono::seconds stop_limit(config.control.stop_timeout);
  log.LimitStop(std::chrono::milliseconds(stop_limit) / 5);  // it is the last, after what the supervisor limits
  ControlLoop loop;
  Ending ending(summary_file.get(), stop_limit, **events);
  std::atomic<bool> summary_wanted = false;
  std::function<void()> write_summary = [] {};  // of the control thread
  Supervisor supervisor(signals, stop_limit,
                        {.stop =
                             [&](std::string_view why) {
                               spdlog::info("stopping: {}", why);
                               loop.Stop();
                             },
                         .write_summary =
                             [&] {
                               if (!summary_wanted.exchange(true)) loop.Post([&] { write_summary(); });
                             },
                         .inside = InsideForeign,
                         .progress = [&] { return loop.Turns(); },
                         .went_on =
                             [&](const std::string& what, std::chrono::milliseconds stood) {
                               // Here, not on control: after its loop nothing that is posted runs.
                               (*events)->ControlStoodStill(what, stood);
                             },
                         .cut_short = [&](const std::string& where) { ending.CutShort(where); }});

  plane::RememberAffinity();
  plane::SendLogTo(log.Foreign());
  auto eal = plane::Eal::Start("mgmd", *eal_args);
  if (!eal.ok()) return Failure(eal.status());
  plane::KeepOffWorkers(log.writer().thread());
  plane::KeepOffWorkers(supervisor.thread());
  if ((*events)->writer() != nullptr) plane::KeepOffWorkers((*events)->writer()->thread());
  spdlog::info("packet memory: {}", memory_note);

  auto router = Router::Open(
      config, {.stepped = false,
               .observers = (*events)->observers(),
               .igmp_observers = (*events)->igmp_observers(),
               .control = &loop.stats(),
               .port_changed = [&](const views::PortChange& change) { (*events)->PortChanged(change); },
               .twin_changed = [&](const views::TwinChange& change) { (*events)->TwinChanged(change); },
               .proxy_changed = [&](const views::ProxyChange& change) { (*events)->ProxyChanged(change); }});
  if (!router.ok()) return Failure(router.status());
  ending.SetRouter(router->get());
  absl::Status started = (*router)->Start(config);
  if (started.ok()) started = KeepPrivilegesForRunning(config);
  if (!started.ok()) {
    ending.SetRouter(nullptr);
    supervisor.BeginStop();  // what has started is stopped, modules too
    return Failure(started);
  }

  IdleWatch idle_event(kIdleEvent);
  IdleWatch idle_exit(command_line.exit_when_idle.value_or(std::chrono::milliseconds::max()));
  // The summary that was asked for, made a piece in a turn.
  std::optional<api::Summary> summary;
  std::string summary_text;
  write_summary = [&] {
    summary_wanted = false;
    if (summary_file == nullptr) {
      spdlog::warn("SIGUSR1: no --summary FILE was given");
    } else {
      summary.emplace(router->get(), (*router)->names());
      summary_text.clear();
    }
  };
  loop.AddPoller([&] {
    ending.TellSummary();
    if (!summary) return false;
    std::string piece;
    if (summary->Next(&piece)) {
      summary_text += piece;
    } else {
      summary.reset();
      ending.BeginSummary(std::exchange(summary_text, {}));
    }
    return true;
  });
  loop.AddPoller([&] { return (*router)->StepControl(); });
  loop.AddPoller([&] {
    const uint64_t packets = (*router)->packets_received();
    if (idle_event.Ceased(packets) && packets > 0) (*events)->Idle(packets);
    if (command_line.exit_when_idle && idle_exit.Ceased(packets)) {
      spdlog::info("stopping: no packet for {} ms", command_line.exit_when_idle->count());
      loop.Stop();
    }
    return false;
  });
  bool written = true;
  {
    api::TelemetryCommands commands(
        **router, (*router)->names(),
        {.release = [&](std::string_view protocol, std::string_view interface,
                        std::string_view family) { return (*router)->Release(protocol, interface, family); },
         .shut_down = [&](std::string_view protocol) { return (*router)->Shutdown(protocol); }});
    plane::Telemetry telemetry([&](const std::function<void()>& function) { loop.RunOnControl(function); });
    RegisterCommands(telemetry, commands);
    (*events)->Ready(getpid(), eal->telemetry_socket());
    spdlog::info("ready");
    loop.Run();
    supervisor.BeginStop();
    written = ending.StopInOrder(**router);
  }
  ending.SetRouter(nullptr);
  router->reset();
  { const plane::Eal ended = *std::move(eal); }
  (*events)->Stopped();
  // With time for the writer to see its limit: a reader that is slow is no reason to cut the stop short.
  const auto left = supervisor.LeftOfStop() - 4 * output::LineOutput::kSlice;
  (*events)->Close(std::clamp(left, std::chrono::milliseconds(0), std::chrono::milliseconds(stop_limit) / 2));
  return written ? config::kSuccessStatus : config::kFailureStatus;
}

spdlog::level::level_enum LevelOf(config::LogLevel level) { return static_cast<spdlog::level::level_enum>(level); }
static_assert(static_cast<int>(config::LogLevel::kWarning) == SPDLOG_LEVEL_WARN);
static_assert(static_cast<int>(config::LogLevel::kOff) == SPDLOG_LEVEL_OFF);

}  // namespace
}  // namespace mgmd

int main(int argc, char** argv) {
  using namespace mgmd;
  output::OpenStandardDescriptors();
  SurviveBrokenOutputs();
  const auto parsed = config::ParseCommandLine(argc, argv);
  if (const auto* quit = std::get_if<config::Quit>(&parsed)) {
    (quit->status == config::kSuccessStatus ? std::cout : std::cerr) << quit->text;
    return quit->status;
  }
  const auto& command_line = std::get<config::CommandLine>(parsed);
  const config::Result result = config::Load(command_line.config, {.eal_args = command_line.eal_args});
  if (!result.ok()) {
    std::cerr << result.ErrorText();
    return config::kFailureStatus;
  }
  if (command_line.check) {
    std::cerr << result.WarningText();
    std::cout << command_line.config << ": ok\n";
    return config::kSuccessStatus;
  }
  if (const absl::Status status = KeepPrivilegesForStart(result.config); !status.ok()) {
    std::cerr << "mgmd: " << status.message() << "\n";
    return config::kFailureStatus;
  }
  const auto log = output::Log::Start(LevelOf(result.config.log_level));
  if (!log.ok()) {
    std::cerr << "mgmd: " << log.status().message() << "\n";
    return config::kFailureStatus;
  }
  for (const config::Error& warning : result.warnings) spdlog::warn("{}", warning.ToString());
  if (result.more_warnings > 0) spdlog::warn("{}: {} more warnings", command_line.config, result.more_warnings);
  return Run(command_line, result.config, **log);
}
