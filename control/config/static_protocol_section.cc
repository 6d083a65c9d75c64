#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_set>

#include "common/ipv6_header.h"
#include "control/config/group_fields.h"
#include "control/config/sections.h"

namespace mgmd::config {
namespace {

template <class Family>
using Interfaces = std::unordered_set<const Interface*>;

// The interfaces of the protocol, and those of them that are its in a family.
struct Owned {
  References all;
  PerFamily<Interfaces> in;
};

// The words that the field holds; nothing: there is no such field, or it is wrong.
std::optional<std::set<std::string>> ReadFamilies(const Field& field) {
  static const std::vector<std::string> words = {std::string(Ipv4::kWord), std::string(Ipv6::kWord)};
  std::set<std::string> families;
  const std::vector<Field> elements = field.List("an array of families, \"ipv4\", \"ipv6\"");
  if (field.is_list() && elements.empty()) field.Fail("the array is empty", "at least one of \"ipv4\", \"ipv6\"");
  for (const Field& element : elements) {
    const auto place = element.OneOf(words, "is no family");
    if (place && !families.insert(words[*place]).second) {
      element.Fail(Quoted(words[*place]) + " is there already", "each family once");
    }
  }
  return families.empty() ? std::nullopt : std::optional(families);
}

Owned ReadOwned(Table& table, const InterfaceNames& names) {
  Owned owned{.all = ResolveList(names, table.Require("interfaces")), .in = {}};
  const auto families = ReadFamilies(table.Get("families"));
  for (const Reference& reference : owned.all.list()) {
    const Interface& interface = *reference.interface;
    ForEachFamily([&]<class Family>() {
      const bool is_in = families ? families->contains(std::string(Family::kWord)) : interface.HasFamily<Family>();
      if (is_in) owned.in.of<Family>().insert(&interface);
    });
    if (families && families->contains(std::string(Ipv6::kWord)) && interface.mtu < kLowestIpv6Mtu) {
      reference.field.Fail(
          "the mtu of " + Quoted(interface.name) + ", " + std::to_string(interface.mtu) + ", is too small for IPv6",
          "at least " + std::to_string(kLowestIpv6Mtu) + ", or families = [\"ipv4\"]");
    }
  }
  return owned;
}

// Reports a reference to an interface that the protocol does not own, or not in the family.
void CheckListed(const Reference& reference, const Owned& owned) {
  if (owned.all.Holds(reference.interface)) return;
  reference.field.Fail(Quoted(reference.interface->name) + " is not among the protocol's interfaces",
                       "those of protocol.static.interfaces");
}
template <class Family>
void CheckOwned(const Reference& reference, const Owned& owned) {
  if (owned.in.of<Family>().contains(reference.interface)) return;
  if (!owned.all.Holds(reference.interface)) return CheckListed(reference, owned);
  const std::string family(Family::kName);
  reference.field.Fail(Quoted(reference.interface->name) + " is not the protocol's in " + family,
                       "those of protocol.static.interfaces that have " + family +
                           " addresses, or the family in protocol.static.families");
}

// The interfaces that an mroute names.
struct Ends {
  const Interface* from = nullptr;
  std::vector<const Interface*> to;
  std::vector<Reference> references;  // to all of them
};

Ends ReadEnds(Table& table, const InterfaceNames& names) {
  Ends ends;
  const Field from = table.Require("from");
  ends.from = names.Resolve(from);
  if (ends.from != nullptr) ends.references.push_back({from, ends.from});
  const References outputs = ResolveList(names, table.Require("to"));
  for (const Reference& to : outputs.list()) {
    if (to.interface == ends.from) {
      to.field.Fail(Quoted(ends.from->name) + " is where the packets come from", "other interfaces");
      continue;
    }
    ends.to.push_back(to.interface);
    ends.references.push_back(to);
  }
  return ends;
}

// The source, where it goes with the group.
template <class Family>
std::optional<typename Family::Address> CheckSource(const Field& field, const std::optional<AnyAddress>& source) {
  if (!source) return std::nullopt;
  if (const auto* address = std::get_if<typename Family::Address>(&*source)) return *address;
  const std::string text = std::visit([](const auto& address) { return address.ToString(); }, *source);
  field.Fail(text + " is of another family than the group",
             "a source of " + std::string(Family::kName) + ", or another group");
  return std::nullopt;
}

template <class Id>
bool Contains(const std::vector<Id>& interfaces, const Id& interface) {
  return std::find(interfaces.begin(), interfaces.end(), interface) != interfaces.end();
}

// Where an mroute stands, and what it comes from.
struct Place {
  Position position;
  std::string_view from;
};

// The mroutes of one family as they are read.
template <class Family>
struct Read {
  std::map<FibKey<Family>, int> line_of;
  std::vector<Place> places;  // of each mroute
};

// A group's packets come from one interface, that of its narrowest route without source. So a route
// for some groups of a range in the opposite direction ends the range's own direction for them,
// which nobody means who wants both.
template <class Family>
void WarnOfTurns(const Table& protocol, const StaticMroutes<Family>& mroutes, const std::vector<Place>& places) {
  std::map<typename Family::Prefix, size_t> ranges;
  for (size_t i = 0; i < mroutes.size(); ++i) {
    if (!mroutes[i].source && !places[i].from.empty()) ranges.emplace(mroutes[i].group, i);
  }
  std::vector<size_t> around;  // the ranges that hold the group, the widest first: in this order they come before it
  for (const auto& [group, i] : ranges) {
    while (!around.empty() && !mroutes[around.back()].group.Contains(group.address())) around.pop_back();
    around.push_back(i);
    if (around.size() == 1) continue;
    const size_t wider = around[around.size() - 2];  // the nearest
    const StaticMroute<Family>& narrow = mroutes[i];
    const StaticMroute<Family>& wide = mroutes[wider];
    if (narrow.from == wide.from || (!Contains(wide.to, narrow.from) && !Contains(narrow.to, wide.from))) {
      continue;
    }
    protocol.WarnAt(places[i].position, "mroute",
                    group.ToShortString() + " is taken from " + Quoted(places[i].from) + " only, and no more from " +
                        Quoted(places[wider].from) + " as " + wide.group.ToShortString() + " at line " +
                        std::to_string(places[wider].position.line) +
                        " says; a route with a source leaves other sources as they are");
  }
}

// Reads the mroutes of both families, in the order of the file.
class MrouteReader {
 public:
  MrouteReader(const InterfaceNames& names, const PerFamily<Prefixes>& ssm, const Owned& owned,
               PerFamily<StaticMroutes>* mroutes)
      : names_(names), ssm_(ssm), owned_(owned), mroutes_(*mroutes) {}

  void Add(Table& table) {
    const Ends ends = ReadEnds(table, names_);
    const Field source_field = table.Get("source");
    const auto source = ReadSource(source_field);
    const Field group_field = table.Require("group");
    const auto groups = ReadGroups(group_field);
    if (!groups) {
      for (const Reference& reference : ends.references) CheckListed(reference, owned_);
    } else {
      std::visit(
          [&](const auto& prefix) {
            AddOf(table, ends, {.source_field = source_field, .source = source, .group_field = group_field}, prefix);
          },
          *groups);
    }
    table.Finish();
  }

  void WarnOf(const Table& protocol) const {
    ForEachFamily(
        [&]<class Family>() { WarnOfTurns<Family>(protocol, mroutes_.of<Family>(), read_.of<Family>().places); });
  }

 private:
  struct Stream {
    const Field& source_field;
    const std::optional<AnyAddress>& source;
    const Field& group_field;
  };

  template <class Prefix>
  void AddOf(const Table& table, const Ends& ends, const Stream& stream, const Prefix& group) {
    using Family = typename Prefix::Family;
    for (const Reference& reference : ends.references) CheckOwned<Family>(reference, owned_);
    StaticMroute<Family> mroute;
    if (ends.from != nullptr) mroute.from = ends.from->template IdIn<Family>();
    for (const Interface* to : ends.to) mroute.to.push_back(to->IdIn<Family>());
    mroute.source = CheckSource<Family>(stream.source_field, stream.source);
    mroute.group = group;
    if (!stream.source_field.present()) {
      CheckAnySource(stream.group_field, ssm_, group, "a source with it, or another group");
    } else if (group.length() != Family::kAddressBits) {
      stream.group_field.Fail(group.ToString() + " is a range, and there is a source",
                              "a range without source, or one group");
    }
    for (const Reference& reference : ends.references) CheckBoundary(reference, group);

    if (stream.source_field.present() && !mroute.source) return;  // of which stream is not known
    Read<Family>& read = read_.of<Family>();
    const auto [other, is_new] = read.line_of.emplace(mroute.key(), table.position().line);
    if (!is_new) {
      table.Fail(mroute.key().ToString() + " has an mroute already, at line " + std::to_string(other->second),
                 "one mroute for each source and group");
    }
    read.places.push_back({table.position(), ends.from == nullptr ? std::string_view() : ends.from->name});
    mroutes_.of<Family>().push_back(std::move(mroute));
  }

  const InterfaceNames& names_;
  const PerFamily<Prefixes>& ssm_;
  const Owned& owned_;
  PerFamily<StaticMroutes>& mroutes_;
  PerFamily<Read> read_;
};

}  // namespace

void ReadStaticProtocol(Table table, const InterfaceNames& names, const BuiltRooms& rooms,
                        const PerFamily<Prefixes>& ssm, StaticProtocol* protocol) {
  const Owned owned = ReadOwned(table, names);
  ForEachFamily([&]<class Family>() {
    for (const Reference& reference : owned.all.list()) {
      if (!owned.in.of<Family>().contains(reference.interface)) continue;
      protocol->interfaces.of<Family>().push_back(reference.interface->IdIn<Family>());
    }
  });
  const Field smcroute = table.Get("smcroute");
  Assign(&protocol->smcroute, smcroute.String("the path of a file"));
  if (smcroute.present() && !rooms.smcroute) smcroute.Fail("not in this build", "[[protocol.static.mroute]] instead");

  MrouteReader mroutes(names, ssm, owned, &protocol->mroutes);
  for (Table& mroute : table.Get("mroute").Tables()) mroutes.Add(mroute);
  mroutes.WarnOf(table);
  table.Finish();
}

}  // namespace mgmd::config
