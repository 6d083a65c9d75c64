#include <algorithm>
#include <map>

#include "control/config/group_fields.h"
#include "control/config/sections.h"

namespace mgmd::config {
namespace {

// Reports a reference to an interface that the protocol does not own.
void CheckOwned(const Reference& reference, const References& owned) {
  if (owned.Holds(reference.interface)) return;
  reference.field.Fail(
      Quoted(reference.interface->name) + " is not among the protocol's interfaces",
      "those of protocol.static.interfaces");
}

StaticMroute ReadMroute(Table& table, const InterfaceNames& names, const References& owned) {
  StaticMroute mroute;
  std::vector<Reference> references;
  const Field from_field = table.Require("from");
  const Interface* from = names.Resolve(from_field);
  if (from != nullptr) {
    mroute.from = from->id;
    references.push_back({from_field, from});
  }
  const References outputs = ResolveList(names, table.Require("to"));
  for (const Reference& to : outputs.list()) {
    if (to.interface == from) {
      to.field.Fail(Quoted(from->name) + " is where the packets come from", "other interfaces");
      continue;
    }
    mroute.to.push_back(to.interface->id);
    references.push_back(to);
  }
  for (const Reference& reference : references) CheckOwned(reference, owned);

  const Field source_field = table.Get("source");
  mroute.source = ReadSource(source_field);
  const Field group_field = table.Require("group");
  const auto group = ReadGroup(group_field, /*ranges=*/true);
  if (group) {
    mroute.group = *group;
    if (!source_field.present()) {
      CheckAnySource(group_field, *group, "a source beside it, or another group");
    }
    if (source_field.present() && group->length() != 32) {
      group_field.Fail(group->ToString() + " is a range, and there is a source",
                       "a range without source, or one group");
    }
    for (const Reference& reference : references) CheckBoundary(reference, *group);
  }
  table.Finish();
  return mroute;
}

}  // namespace

void ReadStaticProtocol(Table table, const InterfaceNames& names, const BuiltRooms& rooms,
                        StaticProtocol* protocol) {
  const References owned = ResolveList(names, table.Require("interfaces"));
  protocol->interfaces = owned.Ids();
  const Field smcroute = table.Get("smcroute");
  Assign(&protocol->smcroute, smcroute.String("the path of a file"));
  if (smcroute.present() && !rooms.smcroute)
    smcroute.Fail("not in this build", "[[protocol.static.mroute]] instead");

  std::map<Ipv4FibKey, int> line_of;
  for (Table& mroute_table : table.Get("mroute").Tables()) {
    const StaticMroute mroute = ReadMroute(mroute_table, names, owned);
    const bool complete = mroute.group.length() != 0;
    const auto [other, is_new] = line_of.emplace(mroute.key(), mroute_table.position().line);
    if (complete && !is_new) {
      mroute_table.Fail(mroute.key().ToString() + " has an mroute already, at line " +
                            std::to_string(other->second),
                        "one mroute for each source and group");
    }
    protocol->mroutes.push_back(mroute);
  }
  table.Finish();
}

}  // namespace mgmd::config
