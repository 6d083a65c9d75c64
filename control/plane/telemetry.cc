#include "control/plane/telemetry.h"

#include <rte_telemetry.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "control/json_text.h"

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

// DPDK 22.11 looks octets beyond ASCII up beyond the end of a table when it escapes texts. Each character becomes a '?',
// as does each octet that begins none.
std::string Ascii(std::string_view text) {
  std::string ascii;
  bool inside = false;  // a character beyond ASCII
  for (const char octet : text) {
    const auto value = static_cast<unsigned char>(octet);
    if (value < 0x80 || value >= 0xC0 || !inside) ascii.push_back(value < 0x80 ? octet : '?');
    inside = value >= 0x80;
  }
  return ascii;
}

// A value inside a table as one cell of text: "dn1, dn2" or "dn1 725, dn2 725".
std::string CellText(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_structured()) return JsonText(value);
  std::string text;
  for (const auto& [name, item] : value.items()) {
    if (!text.empty()) text += ", ";
    text += value.is_object() ? name + " " + CellText(item) : CellText(item);
  }
  return text;
}

rte_tel_data* NewArray(const std::vector<Json>& values) {
  rte_tel_data* const data = rte_tel_data_alloc();
  const bool numbers = !values.empty() && std::all_of(values.begin(), values.end(),
                                                      [](const Json& value) { return value.is_number_unsigned(); });
  rte_tel_data_start_array(data, numbers ? RTE_TEL_U64_VAL : RTE_TEL_STRING_VAL);
  for (const Json& value : values) {
    if (numbers) {
      rte_tel_data_add_array_u64(data, value.get<uint64_t>());
    } else {
      rte_tel_data_add_array_string(data, Ascii(CellText(value)).c_str());
    }
  }
  return data;
}

// A list of objects, all with the same members, as an array for each member.
void AddColumns(rte_tel_data* data, const Json& rows) {
  if (rows.empty()) return;
  for (const auto& column : rows.front().items()) {
    std::vector<Json> cells;
    for (const Json& row : rows) cells.push_back(row.at(column.key()));
    rte_tel_data_add_dict_container(data, column.key().c_str(), NewArray(cells), 0);
  }
}

void AddMember(rte_tel_data* data, const std::string& name, const Json& value) {
  if (value.is_array() && (value.empty() || value.front().is_object())) {
    AddColumns(data, value);
  } else if (value.is_array()) {
    rte_tel_data_add_dict_container(data, name.c_str(), NewArray(value.get<std::vector<Json>>()), 0);
  } else if (value.is_number_unsigned() || value.is_boolean()) {
    rte_tel_data_add_dict_u64(data, name.c_str(), value.is_boolean() ? value.get<bool>() : value.get<uint64_t>());
  } else {
    rte_tel_data_add_dict_string(data, name.c_str(), Ascii(CellText(value)).c_str());
  }
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
  rte_tel_data_start_dict(data);
  if (answer.is_array()) {
    AddColumns(data, answer);
  } else {
    for (const auto& [name, value] : answer.items()) AddMember(data, name, value);
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
