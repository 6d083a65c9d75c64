#ifndef MGMD_CONTROL_CONFIG_CONFIG_H_
#define MGMD_CONTROL_CONFIG_CONFIG_H_

// The configuration file as plain values.
//
// Load() reads a TOML file and gives either a Config that is complete and consistent, or every error found in it, each
// with its place. Whoever holds a Config from a result that is ok() needs no checks of their own: names are resolved
// to interfaces, numbers are in range, references lead somewhere. What only the machine can tell (whether a device
// exists, whether its queues suffice) is not known here.
//
// A member whose key is absent has its default, which stands beside it. What names addresses stands once for each
// family. Any thread; no global state.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "common/encapsulation.h"
#include "common/fib_key.h"
#include "common/icmpv6_error.h"
#include "common/interface.h"
#include "common/ip_family.h"
#include "common/local_class.h"
#include "common/ssm_ranges.h"
#include "control/config/built_rooms.h"
#include "control/membership/settings.h"

namespace mgmd::config {

enum class LcoreId : uint32_t {};  // DPDK's number of a logical core
enum class VlanId : uint16_t {};   // 1 to 4094

constexpr uint32_t Value(LcoreId lcore) { return static_cast<uint32_t>(lcore); }
constexpr uint16_t Value(VlanId vlan) { return static_cast<uint16_t>(vlan); }

inline constexpr VlanId kNoVlan{0};

// How packet memory is chosen. Anything else than `auto` is said with EAL's own options in eal_args.
enum class Memory : uint8_t { kAuto };

struct Dpdk {
  std::vector<std::string> eal_args;  // as in the file, then those of the command line
  std::vector<LcoreId> workers;       // at least one; never the main lcore, as far as eal_args tell it
  Memory memory = Memory::kAuto;
};

// Ceilings, of each family but for local_packets and mbufs. Tables start small and grow; pools are made at their full
// size.
struct Limits {
  uint32_t mfes = 1048576;
  uint32_t negative_mfes = 262144;  // at most `mfes`; absent: a quarter of `mfes`, at most this
  // Of `mfes`: what one group, one iif, the interfaces of one owner may have; 0: all.
  uint32_t mfes_per_group = 65536;
  uint32_t mfes_per_interface = 0;
  uint32_t mfes_per_owner = 0;
  uint32_t pending = 65536;          // streams
  uint32_t pending_depth = 1024;     // packets of one stream
  uint32_t pending_packets = 65536;  // packets of all streams
  uint32_t pending_timeout = 10;     // seconds
  uint32_t retired = 1048576;        // objects
  uint32_t local_packets = 8192;     // buffers that packets for the router itself have in all
  uint32_t mbufs = 0;                // 0: sized from ports, queues and fan-out
};

enum class Idle : uint8_t { kPoll, kSleep };

struct Dataplane {
  std::optional<uint32_t> share_above;  // bytes; absent: auto
  Idle idle = Idle::kPoll;              // what a worker does that has nothing to do
  uint32_t release_wait = 1000;         // milliseconds
  uint32_t vanish_linger = 30;          // seconds that streams stay after their port's device has gone
};

using Mac = std::array<uint8_t, 6>;

// A router's own address on a link, with the link's prefix length.
template <class Family>
struct InterfaceAddress {
  typename Family::Address address;
  int length = Family::kAddressBits;

  typename Family::Prefix prefix() const { return typename Family::Prefix(address, length); }
  bool operator==(const InterfaceAddress&) const = default;
};

template <class Family>
using InterfaceAddresses = std::vector<InterfaceAddress<Family>>;
template <class Family>
using Prefixes = std::vector<typename Family::Prefix>;
template <class Family>
using Groups = std::vector<typename Family::Address>;
template <class Family>
using InterfaceIds = std::vector<InterfaceIdOf<Family>>;
template <class Family>
using Joins = std::vector<membership::StaticMember<Family>>;

struct Control {
  uint32_t stop_timeout = 10;  // seconds in which a stop ends, whatever hangs
  // Groups that are forwarded for known sources only, as in the file; at most SsmRanges::kMost of each family.
  PerFamily<Prefixes> ssm = {{SsmRanges<Ipv4>::Default()}, {SsmRanges<Ipv6>::Default()}};
  uint32_t icmpv6_errors = kIcmpv6ErrorsPerSecond;  // a second, to senders on each interface; 0: none
  // IPv6 hop-by-hop options, as they say; otherwise they are passed over (RFC 9673).
  bool act_on_unknown_options = true;
};

inline constexpr uint16_t kLowestMtu = 68;  // of IPv4: RFC 791 section 3.2

// Either a port (with a device) or of another kind and on a port, never both or neither (interface_kind.h).
struct Interface {
  std::string name;
  InterfaceId id;      // its next hop is zero; absent `index`: the interface's place in the file, from 1
  std::string device;  // of a port. DPDK's words: a PCI address, or a vdev, with its arguments
  InterfaceId port;    // the interface whose device it is on: a port's own
  // What its frames are, besides Ethernet's. All of it is empty for a port.
  VlanId vlan = kNoVlan;
  std::optional<uint8_t> pcp;  // 802.1p priority of the tag of what leaves; absent: as it came
  std::shared_ptr<const Encapsulation> encapsulation;
  // Link-local ones of IPv6 are the interface's own: others may have them, too.
  PerFamily<InterfaceAddresses> addresses;
  // Of IP packets. Never above its port's, less what an encapsulation adds; absent: that, unless it is a port. At least
  // kLowestIpv6Mtu where there is IPv6.
  uint16_t mtu = 1500;
  uint8_t ttl_threshold = 1;
  PerFamily<Prefixes> boundary;
  uint8_t scope_boundary = 0;  // IPv6 groups of this scope and below may not cross the interface; 0: all may
  uint16_t rx_queues = 1;
  std::optional<LcoreId> worker;  // one of Dpdk::workers; absent: dealt in turn
  bool late = false;              // its device need not be there at the start
  std::vector<Mac> macs;          // of stations that the router is here besides its port's (VRRP)
  bool tap = false;               // a twin: a netdev of the host's by which it lives on the interface's wire
  bool tap_all = false;           // frames that are neither IP nor ARP go to the twin, too
  PerFamily<Groups> deliver;      // groups whose data that arrives here the twin gets a copy of; each once
  PerFamily<Joins> join;          // what the router itself is a member of there; each once
  bool ipv6_auto = false;         // the twin takes IPv6 addresses by router advertisements, too
  // Whether UDP and TCP checksums that local senders left to a card are completed; absent: auto, on virtual devices.
  // What is no port has its port's.
  std::optional<bool> complete_checksums;

  bool has_device() const { return !device.empty(); }
  // Its MTU while its port takes packets of `port_mtu` octets; 0: the port does not say. Never below kLowestMtu.
  uint16_t UsableMtu(uint32_t port_mtu) const;
  template <class Family>
  InterfaceIdOf<Family> IdIn() const {
    return {.index = id.index, .next_hop = {}};
  }
  // Whether a protocol is on it in the family where nothing else says so: it has addresses of the family, or none at
  // all. Never in IPv6 with less than kLowestIpv6Mtu.
  template <class Family>
  bool HasFamily() const;
  // Whether no group of `groups` may cross the interface, in either direction: one of its boundaries has them all, or
  // it has any boundary and they are in 239.255.0.0/16 (RFC 2365 section 6.1); IPv6: or none has a scope above
  // scope_boundary.
  bool IsBoundaryFor(const Ipv4Prefix& groups) const;
  bool IsBoundaryFor(const Ipv6Prefix& groups) const;
  // For any groups.
  template <class Family>
  bool HasBoundary() const {
    return !boundary.of<Family>().empty() || (std::is_same_v<Family, Ipv6> && scope_boundary != 0);
  }
};

template <class Family>
struct StaticRoute {
  typename Family::Prefix prefix;
  InterfaceIdOf<Family> interface;
  typename Family::Address next_hop;  // zero: the sources are on the link; IPv6: link-local
};

template <class Family>
using StaticRoutes = std::vector<StaticRoute<Family>>;

template <class Family>
struct StaticMroute {
  InterfaceIdOf<Family> from;
  std::optional<typename Family::Address> source;  // absent: any source
  // A range only without `source`; never one of groups alone that are not forwarded, or not without a source.
  typename Family::Prefix group;
  InterfaceIds<Family> to;  // at least one, none twice, never `from`

  FibKey<Family> key() const {
    return source ? FibKey<Family>::SourceGroupUnchecked(*source, group.address())
                  : FibKey<Family>::AnySource(group.address(), group.length());
  }
};

template <class Family>
using StaticMroutes = std::vector<StaticMroute<Family>>;

// Where the unicast routes are from that RPF goes by, besides `routes`, which count before them.
struct Rib {
  bool kernel = false;   // the kernel's are followed
  uint32_t table = 254;  // the number of the kernel's table
};

struct StaticProtocol {
  PerFamily<InterfaceIds> interfaces;  // those it takes ownership of
  std::string smcroute;                // path; empty: none
  PerFamily<StaticMroutes> mroutes;    // no two with the same key; their interfaces are among `interfaces`
};

using OptionValue = std::variant<bool, int64_t, double, std::string>;

struct ProtocolModule {
  std::string module;  // path of the shared object
  uint32_t component = 0;
  std::vector<std::pair<std::string, OptionValue>> options;  // in order of their names
};

struct Protocol {
  std::string name;  // of [protocol.NAME]
  std::variant<StaticProtocol, ProtocolModule> kind;
};

// What becomes of hosts' memberships on an interface that a protocol takes or releases, of [igmp] and [mld].
template <class Family>
struct TakeoverOf {
  uint32_t grace = 0;    // seconds in which they come back without a word to others; 0: none. Of the section: 5
  bool hitless = false;  // their streams go on meanwhile; never without a grace time
};

// IGMP ([igmp]) or MLD ([mld]) on an interface.
template <class Family>
struct MembershipInterface {
  InterfaceId id;
  std::string name;
  bool has_router = true;  // hosts are heard there; else the router is only a host there itself
  // `boundary` is not the configuration's. Of a host alone: the section's, of which some bind it, too.
  membership::RouterSettings<Family> router;
  // Another router forwards where another one asks. Absent: no; downstream of a proxy it is there.
  std::optional<bool> forward_only_as_querier;
  Joins<Family> join;  // the interface's
};

// An instance of the proxy (RFC 4605). Each interface has one part, in one of them, at most.
template <class Family>
struct MembershipProxy {
  InterfaceId upstream;                  // without a router part
  std::vector<InterfaceId> downstream;   // with one
  Prefixes<Family> sources;              // that lie behind the upstream; none of another's
  membership::AccessList<Family> acl{};  // of what is asked for upstream
  bool upstream_sends = true;            // streams from downstream go upstream, too
};

template <class Family>
struct Membership {
  // In order of the section's list; then upstream ones of proxies; then, in order of the file, those that are only
  // joined on.
  std::vector<MembershipInterface<Family>> interfaces;
  std::vector<MembershipProxy<Family>> proxies;
  uint32_t max_memberships = 1048576;  // groups and sources, in all
};
// Nothing: neither is there a section, nor does any interface join.
template <class Family>
using MembershipOf = std::optional<Membership<Family>>;

struct Api {
  std::string socket = "/run/mgmd/mgmd.sock";
  uint32_t mode = 0660;  // permission bits
};

struct Metrics {
  Ipv4Address address;
  uint16_t port = 0;
};

enum class LogLevel : uint8_t { kTrace, kDebug, kInfo, kWarning, kError, kCritical, kOff };

struct Config {
  Dpdk dpdk;
  Limits limits;
  Dataplane dataplane;
  Control control;
  LocalRates punt = kLocalRates;      // of each interface
  std::vector<Interface> interfaces;  // in order of the file
  PerFamily<StaticRoutes> routes;
  Rib rib;
  std::vector<Protocol> protocols;  // in the order of their starts: static, then modules in order of the file
  PerFamily<MembershipOf> membership;
  PerFamily<TakeoverOf> takeover;
  std::optional<Api> api;
  std::optional<Metrics> metrics;
  LogLevel log_level = LogLevel::kInfo;

  // Null if there is none. Cost: linear in the number of interfaces.
  const Interface* Find(InterfaceId id) const;
  const Interface* Find(std::string_view name) const;
  // [protocol.static]; null if there is none.
  const StaticProtocol* static_protocol() const;
};

// One error of a file. Lines and columns count from 1, columns in characters; both are 0 where the file cannot
// be read.
struct Error {
  std::string file;
  int line = 0;
  int column = 0;
  std::string key;      // "interface.mtu"; "TOML" where the file is not TOML at all
  std::string message;  // what is wrong and what is allowed

  // "file:line:column: key: message".
  std::string ToString() const;
};

struct Result {
  Config config;              // to be used only if ok()
  std::vector<Error> errors;  // in order of their places, the first thousand found
  size_t more_errors = 0;
  // What is allowed and is probably not what was meant; their messages begin with "warning: ".
  std::vector<Error> warnings;
  size_t more_warnings = 0;

  bool ok() const { return errors.empty(); }
  // A line for each error, each ended by a newline, and one for the number of those that are left out.
  std::string ErrorText() const;
  std::string WarningText() const;
};

struct Options {
  std::vector<std::string> eal_args;  // of the command line; they follow those of the file
  BuiltRooms rooms = {};
};

// `file` only names the text in errors.
Result Parse(std::string_view text, const std::string& file, const Options& options = {});
Result Load(const std::string& path, const Options& options = {});

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_CONFIG_H_
