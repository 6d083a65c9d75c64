// [[igmp.proxy]] and [[mld.proxy]].

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "control/config/group_fields.h"
#include "control/config/membership_keys.h"

namespace mgmd::config {
namespace {

template <class Family>
class ProxyReader {
 public:
  ProxyReader(const InterfaceNames& names, const MembershipInterface<Family>& common, Membership<Family>* out)
      : names_(names), common_(common), out_(*out) {}

  void Read(Table& table) {
    MembershipProxy<Family> proxy;
    ReadUpstream(table.Require("upstream"), &proxy);
    const References downstream = ResolveList(names_, table.Require("downstream"));
    for (const Reference& reference : downstream.list()) ReadDownstream(reference, &proxy);
    const Field sources = out_.proxies.empty() ? table.Get("sources") : table.Require("sources");
    ReadSources(sources, &proxy);
    if (!sources.present()) proxy.sources = {typename Family::Prefix()};
    if (const Field acl = table.Get("acl"); acl.present()) proxy.acl = ReadAccessList<Family>(acl);
    Assign(&proxy.upstream_sends, table.Get("upstream_sends").Boolean());
    table.Finish();
    out_.proxies.push_back(std::move(proxy));
  }
  // The upstreams of those that have been read join the section's interfaces.
  void AddUpstreams() { std::move(upstreams_.begin(), upstreams_.end(), std::back_inserter(out_.interfaces)); }

 private:
  static std::string ProtocolName() { return std::string(membership::Protocol<Family>::kName); }
  static std::string Listed() { return std::string(SectionName<Family>()) + ".interfaces"; }

  // Null: it is not among those of the section.
  MembershipInterface<Family>* Find(const Interface& interface) {
    const auto found = std::find_if(out_.interfaces.begin(), out_.interfaces.end(),
                                    [&](const auto& each) { return each.id == interface.id; });
    return found == out_.interfaces.end() ? nullptr : &*found;
  }

  // False, and reported: it has a part in a proxy already.
  bool TakePart(const Field& field, const Interface& interface) {
    const auto [other, is_new] = line_of_.emplace(&interface, field.position().line);
    if (is_new) return true;
    field.Fail(Quoted(interface.name) + " has a part in a proxy already, at line " + std::to_string(other->second),
               "each interface once, in one proxy");
    return false;
  }

  void ReadUpstream(const Field& field, MembershipProxy<Family>* proxy) {
    const Interface* const interface = names_.Resolve(field);
    if (interface == nullptr || !TakePart(field, *interface)) return;
    if (!interface->HasFamily<Family>()) {
      field.Fail(Quoted(interface->name) + " has no " + std::string(Family::kName) + " address",
                 "an interface of that family");
    } else if (Find(*interface) != nullptr) {
      field.Fail(Quoted(interface->name) + " is among " + ProtocolName() +
                     "'s interfaces, and upstream of a proxy the "
                     "router is a host",
                 "an interface that is not in " + Listed());
    }
    MembershipInterface<Family> upstream = common_;
    upstream.id = proxy->upstream = interface->id;
    upstream.name = interface->name;
    upstream.has_router = false;
    upstreams_.push_back(std::move(upstream));
  }

  void ReadDownstream(const Reference& reference, MembershipProxy<Family>* proxy) {
    MembershipInterface<Family>* const interface = Find(*reference.interface);
    if (interface == nullptr) {
      reference.field.Fail(Quoted(reference.interface->name) + " is not among " + ProtocolName() + "'s interfaces",
                           "those of " + Listed());
      return;
    }
    if (!TakePart(reference.field, *reference.interface)) return;
    // RFC 4605 section 3.
    if (!interface->forward_only_as_querier) interface->forward_only_as_querier = true;
    proxy->downstream.push_back(interface->id);
  }

  void ReadSources(const Field& list, MembershipProxy<Family>* proxy) {
    const std::string allowed = "a prefix of " + std::string(Family::kName) + " sources";
    for (const Field& element : list.List("an array of prefixes of the sources behind the upstream")) {
      const auto any = element.Prefix(allowed);
      if (!any) continue;
      const auto* const prefix = std::get_if<typename Family::Prefix>(&*any);
      if (prefix == nullptr || prefix->is_multicast()) {
        element.Fail(std::visit([](const auto& each) { return each.ToString(); }, *any) + " is none", allowed);
        continue;
      }
      const auto [other, is_new] = line_of_sources_.emplace(*prefix, element.position().line);
      if (!is_new) {
        element.Fail(prefix->ToString() + " is there already, at line " + std::to_string(other->second),
                     "each prefix once, behind one upstream");
        continue;
      }
      proxy->sources.push_back(*prefix);
    }
  }

  const InterfaceNames& names_;
  const MembershipInterface<Family>& common_;
  Membership<Family>& out_;
  std::map<const Interface*, int> line_of_;
  std::map<typename Family::Prefix, int> line_of_sources_;
  std::vector<MembershipInterface<Family>> upstreams_;
};

}  // namespace

template <class Family>
void ReadMembershipProxies(const Field& field, const InterfaceNames& names, const MembershipInterface<Family>& common,
                           Membership<Family>* out) {
  ProxyReader<Family> reader(names, common, out);
  for (Table& table : field.Tables()) reader.Read(table);
  reader.AddUpstreams();
}

template void ReadMembershipProxies(const Field&, const InterfaceNames&, const MembershipInterface<Ipv4>&,
                                    Membership<Ipv4>*);
template void ReadMembershipProxies(const Field&, const InterfaceNames&, const MembershipInterface<Ipv6>&,
                                    Membership<Ipv6>*);

}  // namespace mgmd::config
