#ifndef MGMD_CONTROL_PLANE_TELEMETRY_H_
#define MGMD_CONTROL_PLANE_TELEMETRY_H_

// Commands on DPDK's telemetry socket.
//
// DPDK calls a command on a thread of its own and knows no way to unregister one; this class gives each command a
// handler that runs on the control thread, and answers {"error": ...} once it is gone. What an answer can hold stands
// in telemetry_answer.h.

#include <functional>
#include <string>
#include <string_view>

#include "control/plane/telemetry_answer.h"

namespace mgmd::plane {

class Telemetry {
 public:
  using Handler = std::function<TelemetryAnswer(std::string_view parameters)>;
  // Runs a function on the control thread and returns when it has run; throws if control has stopped.
  using RunOnControl = std::function<void(std::function<void()>)>;

  explicit Telemetry(RunOnControl run_on_control);
  // From here on the commands answer that mgmd is stopping. A command that runs is waited for.
  ~Telemetry();
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

  // `command` is a path such as "/mgm/routes"; `help` has fewer than 64 octets. The handler may throw.
  void Register(const std::string& command, const std::string& help, Handler handler);
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_TELEMETRY_H_
