#include <map>

#include "control/config/group_fields.h"
#include "control/config/sections.h"

namespace mgmd::config {
namespace {

constexpr int64_t kLongestQueryInterval = 31744;  // seconds; the largest QQIC, RFC 3376 section 4.1.7
constexpr int64_t kHighestRobustness = 7;         // QRV has three bits, RFC 3376 section 4.1.6
constexpr int64_t kMostMemberships = 1 << 24;

void ReadStaticJoins(Table& igmp, const InterfaceNames& names, const References& interfaces,
                     const PerFamily<Prefixes>& ssm, std::vector<StaticJoin>* joins) {
  std::map<std::pair<const Interface*, Ipv4Address>, int> line_of;
  for (Table& table : igmp.Get("static").Tables()) {
    const Field interface_field = table.Require("interface");
    const Interface* interface = names.Resolve(interface_field);
    const Field group_field = table.Require("group");
    const auto group = ReadGroup<Ipv4>(group_field);
    table.Finish();
    if (interface != nullptr && !interfaces.Holds(interface)) {
      interface_field.Fail(Quoted(interface->name) + " is not among IGMP's interfaces", "those of igmp.interfaces");
    }
    if (group) CheckAnySource(group_field, ssm, Ipv4Prefix(*group, Ipv4::kAddressBits), "another group");
    if (interface == nullptr || !group) continue;
    CheckBoundary({interface_field, interface}, Ipv4Prefix(*group, Ipv4::kAddressBits));
    const auto [other, is_new] = line_of.emplace(std::pair(interface, *group), table.position().line);
    if (!is_new) {
      table.Fail(group->ToString() + " is joined already, at line " + std::to_string(other->second),
                 "each group of an interface once");
    }
    joins->push_back({interface->id, *group});
  }
}

}  // namespace

void ReadIgmp(Table& root, const InterfaceNames& names, const BuiltRooms& rooms, const PerFamily<Prefixes>& ssm,
              std::optional<Igmp>* igmp) {
  auto table = root.Get("igmp").AsTable();
  if (!table) return;
  if (!rooms.igmp) table->Fail("not in this build", "no [igmp]");
  Igmp& out = igmp->emplace();
  const References interfaces = ResolveList(names, table->Require("interfaces"));
  out.interfaces = interfaces.Ids();
  Assign(&out.version, table->Get("version").Integer(1, 3));
  Assign(&out.query_interval, table->Get("query_interval").Integer(1, kLongestQueryInterval));
  Assign(&out.robustness, table->Get("robustness").Integer(1, kHighestRobustness));
  Assign(&out.immediate_leave, table->Get("immediate_leave").Boolean());
  Assign(&out.max_groups, table->Get("max_groups").Integer(1, kMostMemberships));
  Assign(&out.max_sources, table->Get("max_sources").Integer(1, kMostMemberships));
  ReadStaticJoins(*table, names, interfaces, ssm, &out.static_joins);
  table->Finish();
}

}  // namespace mgmd::config
