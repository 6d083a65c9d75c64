#ifndef MGMD_CONTROL_PLANE_TELEMETRY_H_
#define MGMD_CONTROL_PLANE_TELEMETRY_H_

// Commands on DPDK's telemetry socket that answer with JSON.
//
// DPDK calls a command on a thread of its own and knows no way to unregister one; this class gives each command a
// handler that runs on the control thread, and answers {"error": ...} once it is gone.
//
// DPDK 22.11 answers with one object of numbers, texts and flat arrays. So a handler's list of objects, with the same
// members each, becomes an array for each member, and what is nested deeper becomes text ("dn1 725, dn2 725"). DPDK cuts
// texts at 128 characters, arrays at 512 items and the whole at 16 KB. Characters beyond ASCII become '?'.

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace mgmd::plane {

class Telemetry {
 public:
  using Handler = std::function<nlohmann::ordered_json(std::string_view parameters)>;
  // Runs a function on the control thread and returns when it has run; throws if control has stopped.
  using RunOnControl = std::function<void(std::function<void()>)>;

  explicit Telemetry(RunOnControl run_on_control);
  // From here on the commands answer that mgmd is stopping. A command that runs is waited for.
  ~Telemetry();
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

  // `command` is a path such as "/mgm/routes". The handler returns an object or a list of objects; it may throw.
  void Register(const std::string& command, const std::string& help, Handler handler);
};

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_TELEMETRY_H_
