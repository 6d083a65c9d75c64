#include <algorithm>
#include <map>
#include <tuple>

#include "control/config/group_fields.h"
#include "control/config/membership_keys.h"
#include "control/config/sections.h"

namespace mgmd::config {
namespace {

using membership::AccessList;
using membership::Protocol;

constexpr uint32_t kGrace = 5;  // seconds
constexpr int64_t kLongestGrace = 3600;

template <class Family>
class MembershipSection {
 public:
  MembershipSection(Table& table, const InterfaceNames& names, const PerFamily<Prefixes>& ssm, Membership<Family>* out)
      : table_(table), names_(names), ssm_(ssm), out_(*out) {}

  // `common`: with what the section says of all interfaces, from then on.
  void Read(MembershipInterface<Family>* common) {
    const References listed = ResolveList(names_, table_.Require("interfaces"));
    ReadMembershipKeys(table_, common);
    Assign(&out_.max_memberships, table_.Get("max_memberships").Integer(1, kMostMemberships));
    for (const Reference& reference : listed.list()) {
      if (!reference.interface->HasFamily<Family>()) {
        reference.field.Fail(Quoted(reference.interface->name) + " has no " + std::string(Family::kName) + " address",
                             "interfaces of that family");
        continue;
      }
      out_.interfaces.push_back(*common);
      out_.interfaces.back().name = reference.interface->name;
      out_.interfaces.back().id = reference.interface->id;
    }
    ReadInterfaces();
    ReadStatic();
    ReadMembershipProxies(table_.Get("proxy"), names_, *common, &out_);
  }

 private:
  // Null, and reported: it is not among those of the section.
  MembershipInterface<Family>* Resolve(const Field& field) {
    const Interface* const interface = names_.Resolve(field);
    if (interface == nullptr) return nullptr;
    for (MembershipInterface<Family>& each : out_.interfaces) {
      if (each.id == interface->id) return &each;
    }
    field.Fail(Quoted(interface->name) + " is not among " + std::string(Protocol<Family>::kName) + "'s interfaces",
               "those of " + std::string(SectionName<Family>()) + ".interfaces");
    return nullptr;
  }

  void ReadInterfaces() {
    std::map<const MembershipInterface<Family>*, int> line_of;
    for (Table& table : table_.Get("interface").Tables()) {
      const Field name = table.Require("name");
      MembershipInterface<Family>* const interface = Resolve(name);
      MembershipInterface<Family> nobodys;
      ReadMembershipKeys(table, interface != nullptr ? interface : &nobodys);
      table.Finish();
      if (interface == nullptr) continue;
      const auto [other, is_new] = line_of.emplace(interface, table.position().line);
      if (!is_new) {
        name.Fail(Quoted(interface->name) + " has a table already, at line " + std::to_string(other->second),
                  "each interface once");
      }
    }
  }

  void ReadStatic() {
    using Address = typename Family::Address;
    std::map<std::tuple<const MembershipInterface<Family>*, Address, std::optional<Address>>, int> line_of;
    for (Table& table : table_.Get("static").Tables()) {
      const Field interface_field = table.Require("interface");
      MembershipInterface<Family>* const interface = Resolve(interface_field);
      const Field group_field = table.Require("group");
      const auto group = ReadGroup<Family>(group_field);
      const Field source_field = table.Get("source");
      std::optional<Address> source;
      if (source_field.present()) source = ReadSourceOf(source_field);
      table.Finish();
      if (!group || (source_field.present() && !source)) continue;
      if (!source) {
        CheckAnySource(group_field, ssm_, typename Family::Prefix(*group, Family::kAddressBits),
                       "a source, or another group");
      }
      if (interface == nullptr) continue;
      CheckBoundary({interface_field, names_.Resolve(interface_field)},
                    typename Family::Prefix(*group, Family::kAddressBits));
      const AccessList<Family>& acl = interface->router.acl;
      if (source ? !acl.Permits(*group, *source) : !acl.PermitsAnySource(*group)) {
        group_field.Fail(group->ToString() + " is denied by the interface's acl", "a group that it permits");
      }
      const auto [other, is_new] = line_of.emplace(std::tuple(interface, *group, source), table.position().line);
      if (!is_new) {
        table.Fail(group->ToString() + " is joined already, at line " + std::to_string(other->second),
                   "each group of an interface once, or once for each source");
        continue;
      }
      interface->router.static_members.push_back({*group, source});
    }
  }

  static std::optional<typename Family::Address> ReadSourceOf(const Field& field) {
    const auto source = ReadSource(field);
    if (!source) return std::nullopt;
    if (const auto* of_family = std::get_if<typename Family::Address>(&*source)) return *of_family;
    field.Fail("an address of the other family", "one of " + std::string(Family::kName));
    return std::nullopt;
  }

  Table& table_;
  const InterfaceNames& names_;
  const PerFamily<Prefixes>& ssm_;
  Membership<Family>& out_;
};

// Where an interface joins, the router is a host, with the section or without it.
template <class Family>
void AddJoins(const InterfaceNames& names, const MembershipInterface<Family>& common,
              MembershipOf<Family>* membership) {
  for (const Interface& interface : names.interfaces()) {
    const Joins<Family>& join = interface.join.of<Family>();
    if (join.empty()) continue;
    if (!*membership) membership->emplace();
    auto& all = (*membership)->interfaces;
    auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.id == interface.id; });
    if (found == all.end()) {
      found = all.insert(all.end(), common);
      found->id = interface.id;
      found->name = interface.name;
      found->has_router = false;
    }
    found->join = join;
  }
}

template <class Family>
void ReadTakeover(Table& section, TakeoverOf<Family>* takeover) {
  Assign(&takeover->grace, section.Get("grace").Integer(0, kLongestGrace));
  const Field hitless = section.Get("hitless_takeover");
  Assign(&takeover->hitless, hitless.Boolean());
  if (takeover->hitless && takeover->grace == 0) {
    hitless.Fail("there is no time in which streams could go on", "false, or a grace of 1 second or more");
  }
}

}  // namespace

template <class Family>
void ReadMembership(Table& root, const InterfaceNames& names, const PerFamily<Prefixes>& ssm,
                    std::optional<Membership<Family>>* membership, TakeoverOf<Family>* takeover) {
  MembershipInterface<Family> common;
  common.router.ssm = SsmRanges<Family>(ssm.of<Family>());
  auto table = root.Get(SectionName<Family>()).AsTable();
  if (table) MembershipSection<Family>(*table, names, ssm, &membership->emplace()).Read(&common);
  AddJoins(names, common, membership);
  if (!*membership) return;
  takeover->grace = kGrace;
  if (!table) return;
  ReadTakeover(*table, takeover);
  table->Finish();
}

template void ReadMembership<Ipv4>(Table&, const InterfaceNames&, const PerFamily<Prefixes>&,
                                   std::optional<Membership<Ipv4>>*, TakeoverOf<Ipv4>*);
template void ReadMembership<Ipv6>(Table&, const InterfaceNames&, const PerFamily<Prefixes>&,
                                   std::optional<Membership<Ipv6>>*, TakeoverOf<Ipv6>*);

}  // namespace mgmd::config
