#include "control/plane/telemetry.h"

#include <rte_telemetry.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <exception>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace mgmd::plane {
namespace {

static_assert(TelemetryAnswer::kMostText == RTE_TEL_MAX_STRING_LEN - 1);
static_assert(TelemetryAnswer::kMostItems == RTE_TEL_MAX_ARRAY_ENTRIES);
static_assert(TelemetryAnswer::kMostMembers == RTE_TEL_MAX_DICT_ENTRIES);

// DPDK hands a command nothing but its name, so the handlers stand in one table for the process.
struct Registry {
  std::mutex mutex;
  Telemetry::RunOnControl run_on_control;
  std::map<std::string, Telemetry::Handler, std::less<>> handlers;
};

Registry& TheRegistry() {
  static Registry registry;
  return registry;
}

// Whether DPDK took a thing whole.
class Taken {
 public:
  void operator()(int code) { whole_ = whole_ && code == 0; }
  bool whole() const { return whole_; }

 private:
  bool whole_ = true;
};

void AddMember(rte_tel_data* data, const TelemetryAnswer::Member& member, Taken& taken) {
  const char* const name = member.name.c_str();
  if (const auto* number = std::get_if<uint64_t>(&member.value)) {
    taken(rte_tel_data_add_dict_u64(data, name, *number));
  } else if (const auto* text = std::get_if<std::string>(&member.value)) {
    taken(rte_tel_data_add_dict_string(data, name, text->c_str()));
  } else {
    rte_tel_data* const array = rte_tel_data_alloc();
    if (array == nullptr) return taken(-ENOMEM);
    if (const auto* numbers = std::get_if<std::vector<uint64_t>>(&member.value)) {
      taken(rte_tel_data_start_array(array, RTE_TEL_U64_VAL));
      for (const uint64_t number : *numbers) taken(rte_tel_data_add_array_u64(array, number));
    } else {
      taken(rte_tel_data_start_array(array, RTE_TEL_STRING_VAL));
      for (const std::string& text : std::get<std::vector<std::string>>(member.value)) {
        taken(rte_tel_data_add_array_string(array, text.c_str()));
      }
    }
    const int code = rte_tel_data_add_dict_container(data, name, array, 0);
    taken(code);
    if (code < 0) rte_tel_data_free(array);
  }
}

TelemetryAnswer Answer(std::string_view command, std::string_view parameters) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  const auto found = registry.handlers.find(command);
  if (found == registry.handlers.end()) return TelemetryAnswer::Error("mgmd is stopping");
  TelemetryAnswer answer;
  try {
    registry.run_on_control([&] { answer = found->second(parameters); });
  } catch (const std::exception& error) {
    answer = TelemetryAnswer::Error(error.what());
  }
  return answer;
}

int HandleCommand(const char* command, const char* parameters, rte_tel_data* data) {
  const TelemetryAnswer answer = Answer(command, parameters == nullptr ? "" : parameters);
  rte_tel_data_start_dict(data);
  Taken taken;
  for (const TelemetryAnswer::Member& member : answer.members()) AddMember(data, member, taken);
  if (!taken.whole() || answer.octets() > TelemetryAnswer::kMostOctets) {
    spdlog::error("telemetry: the answer of {} does not fit into DPDK's form", command);
  }
  return 0;
}

}  // namespace

Telemetry::Telemetry(RunOnControl run_on_control) {
  const std::lock_guard lock(TheRegistry().mutex);
  TheRegistry().run_on_control = std::move(run_on_control);
}

Telemetry::~Telemetry() {
  const std::lock_guard lock(TheRegistry().mutex);
  TheRegistry().handlers.clear();
  TheRegistry().run_on_control = nullptr;
}

void Telemetry::Register(const std::string& command, const std::string& help, Handler handler) {
  {
    const std::lock_guard lock(TheRegistry().mutex);
    TheRegistry().handlers.insert_or_assign(command, std::move(handler));
  }
  if (rte_telemetry_register_cmd(command.c_str(), HandleCommand, help.c_str()) != 0) {
    spdlog::error("telemetry: DPDK does not take the command {}", command);
  }
}

}  // namespace mgmd::plane
