#ifndef MGMD_CONTROL_VIEWS_IGMP_H_
#define MGMD_CONTROL_VIEWS_IGMP_H_

// What IGMP, or in IPv6 MLD, knows of the hosts of each link: interfaces, their groups, and a group's sources, in pages
// as routes are (routes.h). The objects of RFC 5519 (mgmdRouterInterfaceTable, mgmdRouterCacheTable,
// mgmdRouterSrcListTable) follow from them.
//
// Plain values; times are from the moment of reading, in milliseconds. Control thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/interface.h"
#include "common/ip_family.h"
#include "control/views/counts.h"

namespace mgmd::views {

// Of a kind of messages. Octets are without IP's header.
struct IgmpTraffic {
  std::string message;  // "IGMPv3 report"
  uint64_t received = 0;
  uint64_t received_octets = 0;
  uint64_t sent = 0;
  uint64_t sent_octets = 0;
};

// A variable of RFC 9776 section 8, RFC 9777 section 9; intervals in milliseconds.
struct IgmpVariable {
  std::string_view name;  // a literal
  uint64_t in_force = 0;  // the querier's where another router is it
  uint64_t configured = 0;
};

template <class Family>
struct IgmpInterfaceOf {
  using Address = typename Family::Address;
  using Milliseconds = std::chrono::milliseconds;

  InterfaceIdOf<Family> id{};
  // A literal: "querier", "non_querier", "silent" (its link is down, or the router has no address there).
  std::string_view role{};
  Address querier{};                            // who asks; zero: nobody is known to
  Address address{};                            // this router's there; zero: none
  Milliseconds querier_for{};                   // for how long that one has been it
  std::optional<Milliseconds> querier_heard{};  // how long ago another router that asks was heard
  std::optional<Milliseconds> querier_left{};   // until this router asks in its place
  std::optional<Milliseconds> next_query{};     // until this router asks all hosts
  int version = 0;                              // as people number IGMP's, or MLD's
  std::string_view told{};                      // as of a group (below), of all of the interface's
  uint64_t groups = 0;                          // with members
  uint64_t sources = 0;                         // of all of them
  uint64_t hosts = 0;                           // that are told apart, of each group
  std::vector<NamedCount> counts{};             // the rows MGMD_MEMBERSHIP of common/counter_table.def
  std::vector<IgmpTraffic> traffic{};
  std::vector<IgmpVariable> variables{};
};

template <class Family>
struct IgmpInterfacePageOf {
  std::vector<IgmpInterfaceOf<Family>> interfaces;  // ascending
  std::optional<InterfaceIdOf<Family>> next;        // where the next page begins; nothing: there is no more
  size_t total = 0;
};

template <class Family>
struct IgmpGroupOf {
  using Milliseconds = std::chrono::milliseconds;

  typename Family::Address group{};
  std::string_view mode{};  // a literal: "include", "exclude"; empty: it has no members, and is static alone
  int version = 0;          // of its oldest host, as people number them
  Milliseconds up_time{};
  std::optional<Milliseconds> expires{};     // of EXCLUDE: until its last member that named no source is forgotten
  std::optional<Milliseconds> v1_expires{};  // until hosts of the version are
  std::optional<Milliseconds> v2_expires{};
  uint64_t sources = 0;
  uint64_t hosts = 0;
  typename Family::Address last_reporter{};  // zero: there is none
  std::string_view static_members{};         // a literal: "any", "sources"; empty: none
  int questions_left = 0;                    // how often it has still to be asked whether a member is left
  // A literal, what the Group Manager knows: "told" all of it; "waiting" to be told; "refused", and to be told again;
  // "disabled" while the owner of the interface changes; "not_forwarded", where another router forwards.
  std::string_view told{};
};

template <class Family>
struct IgmpGroupPageOf {
  std::vector<IgmpGroupOf<Family>> groups;  // ascending
  std::optional<typename Family::Address> next;
  size_t total = 0;  // with members
};

template <class Family>
struct IgmpSourceOf {
  typename Family::Address source{};
  bool forwarded = false;  // false: blocked
  bool is_static = false;
  std::optional<std::chrono::milliseconds> expires{};  // until nobody is known to want it; nothing: no timer runs
  int questions_left = 0;
  std::string_view told{};  // a literal, what the Group Manager has: "joined", "blocked"; empty: it goes by the group's
};

template <class Family>
struct IgmpSourcePageOf {
  IgmpGroupOf<Family> group{};
  std::vector<IgmpSourceOf<Family>> sources{};  // ascending
  std::optional<typename Family::Address> next{};
};

template <class Family>
class IgmpReaderOf {
 public:
  using Address = typename Family::Address;
  using Interface = InterfaceIdOf<Family>;

  virtual ~IgmpReaderOf() = default;

  // From a place on, from the first if there is none; at most `limit` rows, and at most mgm::kRowsPerTurn.
  virtual IgmpInterfacePageOf<Family> Interfaces(std::optional<Interface> from, size_t limit) const = 0;
  // Nothing: it is not on the interface.
  virtual std::optional<IgmpGroupPageOf<Family>> Groups(const Interface& interface, const Address& from,
                                                        size_t limit) const = 0;
  // Nothing: that, or nobody wants anything of the group there.
  virtual std::optional<IgmpSourcePageOf<Family>> Sources(const Interface& interface, const Address& group,
                                                          const Address& from, size_t limit) const = 0;
  // Of all interfaces: "interfaces", "queriers", "groups", "sources", "hosts", and their counts.
  virtual std::vector<NamedCount> Totals() const = 0;
};

// Null: the protocol does not run.
template <class Family>
using IgmpPointer = const IgmpReaderOf<Family>*;

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_IGMP_H_
