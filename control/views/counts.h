#ifndef MGMD_CONTROL_VIEWS_COUNTS_H_
#define MGMD_CONTROL_VIEWS_COUNTS_H_

// What the router counts besides its routes, as plain values. Totals since the start.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mgmd::views {

struct NamedCount {
  std::string_view name;  // of a table that is never gone
  uint64_t count = 0;

  bool operator==(const NamedCount&) const = default;
};

struct Port {
  std::string name;    // of the untagged interface on it
  std::string device;  // as in the configuration
  bool up = false;
  std::vector<NamedCount> counts;  // the same ones for every port, in one order
};

// A port that has gone up or down, or of which the netdev takes shorter or longer packets than before, or has another
// MAC address, or of which the device has come or gone.
struct PortChange {
  enum class What : uint8_t { kLink, kMtu, kMac, kDeviceGone, kDeviceOpened, kDeviceRefused };

  What what = What::kLink;
  std::string name;
  bool up = false;
  uint32_t mtu = 0;  // 0: the port does not say
  std::array<uint8_t, 6> mac{};
  std::string why;  // of kDeviceRefused: it cannot be opened
};

// What has befallen an interface's twin.
struct TwinChange {
  enum class What : uint8_t {
    kUp,
    kDown,              // somebody has set it down
    kDeleted,           // somebody has deleted it; it will be made again
    kAddresses,         // the host has these there from now on
    kDuplicateAddress,  // another station on the link has the address: it is not used
  };
  What what{};
  std::string name;
  std::vector<std::string> addresses;  // of the last two
};

// An instance of IGMP's or MLD's proxy is suspended, or goes on.
struct ProxyChange {
  std::string protocol;  // "IGMP", "MLD"
  std::string upstream;  // the interface
  bool suspended = false;
  std::string why;  // empty where it goes on
};

struct Worker {
  std::string name;
  std::vector<NamedCount> counts;  // the same ones for every worker, in one order
};

// A limit of MFEs, which each family has for itself.
struct Limit {
  std::string_view family;  // Family::kWord
  std::string_view name;    // as in [limits]
  uint32_t most = 0;        // 0: none
  // The rows MGMD_LIMIT of common/counter_table.def.
#define MGMD_LIMIT(field, ...) uint64_t field = 0;
#include "common/counter_table.def"
};
// Of both families. Control thread, while the Group Manager runs.
std::vector<Limit> ReadLimits();

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_COUNTS_H_
