#include "control/plane/telemetry.h"

#include <rte_telemetry.h>

#include <map>
#include <mutex>
#include <utility>

namespace mgmd::plane {
namespace {

using Json = nlohmann::ordered_json;

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

void FillDict(rte_tel_data* data, const Json& object);

rte_tel_data* NewContainer(const Json& value);

void FillArray(rte_tel_data* data, const Json& array) {
  const bool containers = !array.empty() && array.front().is_structured();
  const bool numbers = !array.empty() && array.front().is_number();
  rte_tel_data_start_array(data, containers ? RTE_TEL_CONTAINER : numbers ? RTE_TEL_U64_VAL : RTE_TEL_STRING_VAL);
  for (const Json& item : array) {
    if (containers) {
      rte_tel_data_add_array_container(data, NewContainer(item), 0);
    } else if (numbers) {
      rte_tel_data_add_array_u64(data, item.get<uint64_t>());
    } else {
      rte_tel_data_add_array_string(data, item.get_ref<const std::string&>().c_str());
    }
  }
}

void FillDict(rte_tel_data* data, const Json& object) {
  rte_tel_data_start_dict(data);
  for (const auto& [name, value] : object.items()) {
    if (value.is_structured()) {
      rte_tel_data_add_dict_container(data, name.c_str(), NewContainer(value), 0);
    } else if (value.is_boolean()) {
      rte_tel_data_add_dict_int(data, name.c_str(), value.get<bool>() ? 1 : 0);
    } else if (value.is_number()) {
      rte_tel_data_add_dict_u64(data, name.c_str(), value.get<uint64_t>());
    } else {
      rte_tel_data_add_dict_string(data, name.c_str(), value.get_ref<const std::string&>().c_str());
    }
  }
}

rte_tel_data* NewContainer(const Json& value) {
  rte_tel_data* data = rte_tel_data_alloc();
  if (value.is_object()) {
    FillDict(data, value);
  } else {
    FillArray(data, value);
  }
  return data;
}

Json Answer(std::string_view command, std::string_view parameters) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  const auto found = registry.handlers.find(command);
  if (found == registry.handlers.end()) return {{"error", "mgmd is stopping"}};
  Json answer;
  try {
    registry.run_on_control([&] { answer = found->second(parameters); });
  } catch (const std::exception& error) {
    answer = {{"error", error.what()}};
  }
  return answer;
}

int HandleCommand(const char* command, const char* parameters, rte_tel_data* data) {
  const Json answer = Answer(command, parameters == nullptr ? "" : parameters);
  if (answer.is_string()) {
    rte_tel_data_string(data, answer.get_ref<const std::string&>().c_str());
  } else if (answer.is_array()) {
    FillArray(data, answer);
  } else {
    FillDict(data, answer);
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
  rte_telemetry_register_cmd(command.c_str(), HandleCommand, help.c_str());
}

}  // namespace mgmd::plane
