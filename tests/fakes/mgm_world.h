#ifndef MGMD_TESTS_FAKES_MGM_WORLD_H_
#define MGMD_TESTS_FAKES_MGM_WORLD_H_

// A Group Manager behind its C interface, with clients, a forwarder, routes and a clock that a test
// commands. Everything that a client is called with becomes a line of text, so that a test reads as
// docs/decisions.md writes its sequences:
//
//   world.Take("P1", 1);
//   world.Add("P1", "*", "G", 1);
//   EXPECT_EQ(world.TakeEvents(), (Lines{"J P2 (*,G) T", "J P3 (*,G) T"}));
//
// Clients are P1 to P8 and I (IGMP, of IPv6 MLD), interface n is (n, 0). Addresses have names
// (address_names.h). MgmWorldOf<Ipv6> is the same behind mgm6.h. Lines:
//
//   J client entry T|F                  JOIN alert; T: a membership came, F: an MFE got its first oif
//   U client entry T|F                  PRUNE alert, likewise
//   LJ client entry iN, LL ...          LOCAL_JOIN, LOCAL_LEAVE
//   D iN, E iN                          DISABLE_IGMP, ENABLE_IGMP
//   WRONG client entry iN               WRONG_IF
//   RPF client entry iN                 with the iif that the route names
//   CREATION client entry iN {iN iN}    with the iif; in braces the client's oifs
//
// One world at a time: the process has one manager. The world's thread is the control thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/mgm/c_values.h"
#include "tests/fakes/address_names.h"
#include "tests/fakes/c_functions.h"

namespace mgmd::fakes {

// Flags of memberships.
constexpr DWORD kJoin = MGM_JOIN_STATE_FLAG;
constexpr DWORD kForward = MGM_FORWARD_STATE_FLAG;
constexpr DWORD kProactive = MGM_JOIN_STATE_FLAG | MGM_EXT_PROACTIVE_FLAG;

using Lines = std::vector<std::string>;

struct ForwardingEntry {
  uint32_t iif = 0;  // 0: accepts nothing
  std::set<uint32_t> oifs;
  bool no_route = false;
};

template <class Family>
class MgmWorldOf {
 public:
  using Values = mgm::CValues<Family>;
  using C = CFunctions<Family>;
  using Address = AddressOf<Family>;
  using CAddress = typename Values::Address;
  static constexpr int kClients = 9;

  // `tune` may change what the manager is started with.
  explicit MgmWorldOf(DWORD flags = 0, DWORD max_mfes = 0, DWORD max_negative = 0, DWORD igmp_grace_ms = 0,
                      const std::function<void(MGM_EXT_CONFIG&)>& tune = nullptr);
  ~MgmWorldOf();
  MgmWorldOf(const MgmWorldOf&) = delete;
  MgmWorldOf& operator=(const MgmWorldOf&) = delete;

  // --- Calls; `client` "P1".."P8" or "I". Each returns the code.
  DWORD Register(const std::string& client);
  DWORD DeRegister(const std::string& client);
  DWORD Take(const std::string& client, DWORD interface, const CAddress& next_hop = {});
  DWORD Release(const std::string& client, DWORD interface, const CAddress& next_hop = {});
  static DWORD GetProtocol(DWORD interface, const CAddress& next_hop, PDWORD protocol, PDWORD component) {
    return C::GetProtocol(interface, Values::Pass(next_hop), protocol, component);
  }
  DWORD Add(const std::string& client, const std::string& source, const std::string& group, DWORD interface,
            DWORD flags = MGM_JOIN_STATE_FLAG);
  DWORD Delete(const std::string& client, const std::string& source, const std::string& group, DWORD interface,
               DWORD flags = MGM_JOIN_STATE_FLAG);
  DWORD SetMfe(const std::string& client, const std::string& source, const std::string& group, DWORD iif);
  DWORD Packet(const std::string& source, const std::string& group, DWORD interface);
  HANDLE handle(const std::string& client) const;

  // --- The world around
  // A route towards one source by way of an interface; 0: none.
  void SetRoute(const std::string& source, DWORD interface);
  DWORD RoutesChanged(const std::string& source);
  void Advance(double seconds);                                                    // and polls
  void SkipTime(double seconds) { now_ += static_cast<uint64_t>(seconds * 1e6); }  // without polling
  void Poll() { MgmExtPoll(nullptr); }
  // The stream's packet counter moves by one.
  void CountPacket(const std::string& source, const std::string& group) {
    ++activity_[Address::Entry(Address::Of(source), Address::Of(group))];
  }
  // The stream's packet counter moves from now on at every look.
  void SetFlowing(const std::string& source, const std::string& group, bool flowing);

  // --- What a client does in its callbacks; runs after the line is recorded.
  struct Hooks {
    std::function<void(PDWORD iif, typename Values::Route* route)> rpf;
    std::function<void(DWORD count, typename Values::IfEntry* list)> creation;
    std::function<void(PDWORD timeout, BOOL membership)> prune;
    std::function<void(BOOL membership)> join;
    std::function<void()> local;
    std::function<void()> disable;
    std::function<void()> enable;
    bool wants_wrong_interface = false;  // before Register
  };
  Hooks& hooks(const std::string& client);
  // What a function of MGM_EXT_CONFIG does first, by its name ("Apply", "Clock", ...).
  std::function<void(const std::string& which)> on_outside;

  // --- What was seen. Takes what has been recorded so far.
  Lines TakeEvents();
  const std::string& LastEvent() const { return events_.back(); }
  // The PRUNE alerts alone, each with the interface that it names: "U P1 (S,G) T i1".
  Lines TakePrunes() { return std::exchange(prunes_, {}); }
  // Only those that begin so.
  Lines TakeEvents(const std::string& prefix);
  // The forwarding table, by Address::Entry().
  const std::map<std::string, ForwardingEntry>& table() const { return table_; }
  // "i1 -> {i2 i3}", "i1 -> {}", "no route", "none".
  std::string Entry(const std::string& source, const std::string& group) const;
  // Interfaces that packets are forwarded from at all.
  const std::set<uint32_t>& enabled() const { return enabled_; }
  uint64_t applied() const { return applied_; }
  uint64_t settled() const { return settled_; }
  void RefuseEntries(bool refuse) { refuse_ = refuse; }
  const Lines& logged() const { return logged_; }

  // The octets of an MFE with so many oifs.
  static constexpr ULONG MfeSize(ULONG oifs) {
    return offsetof(typename Values::Mfe, rgmioOutInfo) + oifs * sizeof(typename Values::Oif);
  }
  // All MFEs through GetFirst/GetNext with a buffer of `room` bytes: entry -> {header, oif
  // indices}.
  struct Shown {
    typename Values::Mfe mfe;
    std::vector<DWORD> oifs;
  };
  std::vector<std::pair<std::string, Shown>> Walk(DWORD room = 65536) const;
  std::optional<Shown> GetMfe(const std::string& source, const std::string& group) const;
  // All records of an enumeration.
  std::multiset<std::string> Enumerate(const std::string& client, MGM_ENUM_TYPES type, DWORD room = 4096) const;

  // For the callbacks.
  void Record(const std::string& line) { events_.push_back(line); }
  void RecordPrune(const std::string& line) { prunes_.push_back(line); }
  static MgmWorldOf& Current() { return *current_; }

 private:
  static inline MgmWorldOf* current_ = nullptr;
  static int Number(const std::string& client);
  static DWORD AllBits() { return Values::MaskOf(Family::kAddressBits); }
  static DWORD HostMask(const CAddress& address) { return Values::FromC(address).is_zero() ? 0 : AllBits(); }
  // Sets the forwarder and the routes of MGM_EXT_CONFIG or MGM6_EXT_CONFIG.
  template <class Config>
  void Surround(Config& config);
  void Outside(const char* which) {
    if (on_outside) on_outside(which);
  }

  std::array<HANDLE, kClients> handles_{};
  std::array<Hooks, kClients> hooks_;
  Lines events_;
  Lines prunes_;
  Lines logged_;
  std::map<std::string, ForwardingEntry> table_;
  std::set<uint32_t> enabled_;
  std::map<typename Family::Address, DWORD> routes_;
  std::map<std::string, uint64_t> activity_;
  std::set<std::string> flowing_;
  uint64_t now_ = 1'000'000'000;  // microseconds
  uint64_t applied_ = 0;
  uint64_t settled_ = 0;
  bool refuse_ = false;
};

using MgmWorld = MgmWorldOf<Ipv4>;

}  // namespace mgmd::fakes

#endif  // MGMD_TESTS_FAKES_MGM_WORLD_H_
