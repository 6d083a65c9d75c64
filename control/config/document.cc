#include "control/config/document.h"

#include <algorithm>

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace mgmd::config {
namespace {

Position At(const toml::source_region& region) {
  return {static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

MemberList Members(const toml::table& table);

Node ToNode(const toml::node& node) {
  Node value{.data = DateOrTime{}, .position = At(node.source())};
  node.visit([&value](const auto& concrete) {
    using Concrete = std::decay_t<decltype(concrete)>;
    if constexpr (toml::is_table<Concrete>) {
      value.data = Members(concrete);
    } else if constexpr (toml::is_array<Concrete>) {
      NodeList list;
      for (const toml::node& element : concrete) list.push_back(ToNode(element));
      value.data = std::move(list);
    } else if constexpr (!toml::is_chronological<Concrete>) {
      value.data = concrete.get();
    }
  });
  return value;
}

// The library orders members by key; people read them in the order of the file.
MemberList Members(const toml::table& table) {
  MemberList members;
  for (const auto& [key, node] : table) {
    members.push_back(
        {.key = std::string(key.str()), .position = At(key.source()), .value = ToNode(node)});
  }
  std::stable_sort(members.begin(), members.end(),
                   [](const Member& a, const Member& b) { return a.position < b.position; });
  return members;
}

}  // namespace

std::variant<MemberList, SyntaxError> ParseDocument(std::string_view text) {
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    return SyntaxError{At(result.error().source()), std::string(result.error().description())};
  }
  return Members(result.table());
}

}  // namespace mgmd::config
