#include <algorithm>
#include <map>

#include "control/config/group_fields.h"
#include "control/config/sections.h"

namespace mgmd::config {
namespace {

// Reports a reference to an interface that the protocol does not own.
void CheckOwned(const Reference& reference, const References& owned) {
  if (owned.Holds(reference.interface)) return;
  reference.field.Fail(Quoted(reference.interface->name) + " is not among the protocol's interfaces",
                       "those of protocol.static.interfaces");
}

// `from_name` is set where there is such an interface.
StaticMroute ReadMroute(Table& table, const InterfaceNames& names, const References& owned,
                        std::string_view* from_name) {
  StaticMroute mroute;
  std::vector<Reference> references;
  const Field from_field = table.Require("from");
  const Interface* from = names.Resolve(from_field);
  if (from != nullptr) {
    mroute.from = from->id;
    *from_name = from->name;
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
      CheckAnySource(group_field, *group, "a source with it, or another group");
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

// The nearest of the wider ranges that hold the group; null if there is none.
const size_t* FindWider(const std::map<Ipv4Prefix, size_t>& ranges, const Ipv4Prefix& group) {
  for (int length = group.length() - 1; length >= Ipv4::kAllGroupsLength; --length) {
    const auto found = ranges.find(Ipv4Prefix(group.address(), length));
    if (found != ranges.end()) return &found->second;
  }
  return nullptr;
}

bool Contains(const std::vector<InterfaceId>& interfaces, InterfaceId interface) {
  return std::find(interfaces.begin(), interfaces.end(), interface) != interfaces.end();
}

// Where an mroute stands, and what it comes from.
struct Place {
  Position position;
  std::string_view from;
};

// A group's packets come from one interface, that of its narrowest route without source. So a route
// for some groups of a range in the opposite direction ends the range's own direction for them,
// which nobody means who wants both.
void WarnOfTurns(const Table& protocol, const std::vector<StaticMroute>& mroutes, const std::vector<Place>& places) {
  std::map<Ipv4Prefix, size_t> ranges;
  for (size_t i = 0; i < mroutes.size(); ++i) {
    if (!mroutes[i].source && mroutes[i].group.length() != 0 && !places[i].from.empty())
      ranges.emplace(mroutes[i].group, i);
  }
  for (const auto& [group, i] : ranges) {
    const size_t* const wider = FindWider(ranges, group);
    if (wider == nullptr) continue;
    const StaticMroute& narrow = mroutes[i];
    const StaticMroute& wide = mroutes[*wider];
    if (narrow.from == wide.from || (!Contains(wide.to, narrow.from) && !Contains(narrow.to, wide.from))) {
      continue;
    }
    protocol.WarnAt(places[i].position, "mroute",
                    GroupText(group) + " is taken from " + Quoted(places[i].from) + " only, and no more from " +
                        Quoted(places[*wider].from) + " as " + GroupText(wide.group) + " at line " +
                        std::to_string(places[*wider].position.line) +
                        " says; a route with a source leaves other sources as they are");
  }
}

}  // namespace

void ReadStaticProtocol(Table table, const InterfaceNames& names, const BuiltRooms& rooms, StaticProtocol* protocol) {
  const References owned = ResolveList(names, table.Require("interfaces"));
  protocol->interfaces = owned.Ids();
  const Field smcroute = table.Get("smcroute");
  Assign(&protocol->smcroute, smcroute.String("the path of a file"));
  if (smcroute.present() && !rooms.smcroute) smcroute.Fail("not in this build", "[[protocol.static.mroute]] instead");

  std::map<Ipv4FibKey, int> line_of;
  std::vector<Place> places;
  for (Table& mroute_table : table.Get("mroute").Tables()) {
    Place place{mroute_table.position(), {}};
    const StaticMroute mroute = ReadMroute(mroute_table, names, owned, &place.from);
    const bool complete = mroute.group.length() != 0;
    const auto [other, is_new] = line_of.emplace(mroute.key(), mroute_table.position().line);
    if (complete && !is_new) {
      mroute_table.Fail(mroute.key().ToString() + " has an mroute already, at line " + std::to_string(other->second),
                        "one mroute for each source and group");
    }
    protocol->mroutes.push_back(mroute);
    places.push_back(place);
  }
  WarnOfTurns(table, protocol->mroutes, places);
  table.Finish();
}

}  // namespace mgmd::config
