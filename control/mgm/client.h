#ifndef MGMD_CONTROL_MGM_CLIENT_H_
#define MGMD_CONTROL_MGM_CLIENT_H_

// A client of the Group Manager as the manager sees it: the nine callbacks of mgm.h, in
// this code's types. The C interface wraps a ROUTING_PROTOCOL_CONFIG in one; a test implements it
// directly.
//
// Threads: the control thread, inside the call that caused the callback. What a callback may call:
// group_manager.h. A function that a client does not override is a callback it is not interested
// in.

#include <compare>
#include <cstdint>
#include <span>

#include "common/fib_key.h"
#include "common/interface.h"
#include "common/route_table.h"

namespace mgmd::mgm {

// Identity of a client instance (mgm.h: dwProtocolId, dwComponentId).
struct ClientId {
  uint32_t protocol = 0;
  uint32_t component = 0;

  constexpr auto operator<=>(const ClientId&) const = default;

  // Type multicast, protocol 10, any vendor (A2).
  constexpr bool is_igmp() const { return protocol >> 30 == 1 && (protocol & 0xFFFF) == 10; }
};

// What the RPF callback is shown and may change.
template <class Family>
struct RpfChoiceOf {
  InterfaceIdOf<Family> iif;  // of a wildcard MFE: zeros, for the client to fill in
  typename Family::Address upstream_neighbour{};
  Route<Family> route{};  // prefix and protocol are read back, as what the MFE reports
};

// One oif in a creation alert.
template <class Family>
struct CreationOifOf {
  InterfaceIdOf<Family> interface;
  bool has_igmp = false;
  bool enabled = true;  // the client clears it to stop forwarding there
};

// Names one question, RPF or CREATION, that a client is asked. A manager never uses one twice.
enum class QuestionId : uint64_t {};

// What a client says when it is asked.
enum class Reply : uint8_t {
  kNow,    // its answer stands in what the callback was given
  kLater,  // it comes by Ipv4GroupManager::AnswerRpf() or AnswerCreation()
};

template <class Family>
class ClientCallbacksOf {
 public:
  virtual ~ClientCallbacksOf() = default;

  // May be answered later. Until all answers are in, at most for Options::answer_time, a stream without an MFE waits in
  // the forwarder, or goes on by the wildcard MFE that covers it, and an MFE that is decided again stays as it is.
  // After that, or where Options::max_open_questions wait already, the default holds: RPF leaves the way as it was
  // shown (of a wildcard MFE: the client names no interface), and CREATION vetoes nothing. A question is asked anew,
  // with another id, if what it was about changes. Who adds a proactive wildcard membership is asked twice, and the
  // first id is never open: it is asked only so that the call can fail where the client names no interface in place.
  // Nor is the id of a CREATION by which IGMP is asked about what it joins (A26), inside that call.
  virtual Reply Rpf(QuestionId /*question*/, const FibKey<Family>& /*key*/, RpfChoiceOf<Family>& /*choice*/,
                    std::span<const uint8_t> /*header*/) {
    return Reply::kNow;
  }
  virtual Reply Creation(QuestionId /*question*/, const FibKey<Family>& /*key*/, InterfaceIdOf<Family> /*iif*/,
                         std::span<CreationOifOf<Family>> /*oifs*/) {
    return Reply::kNow;
  }
  // `timeout`: seconds, read back if !membership.
  virtual void Prune(const FibKey<Family>& /*key*/, InterfaceIdOf<Family> /*interface*/, bool /*membership*/,
                     uint32_t& /*timeout*/) {}
  virtual void Join(const FibKey<Family>& /*key*/, bool /*membership*/) {}
  virtual void WrongInterface(const FibKey<Family>& /*key*/, InterfaceIdOf<Family> /*arrival*/,
                              std::span<const uint8_t> /*header*/) {}
  virtual void LocalJoin(const FibKey<Family>& /*key*/, InterfaceIdOf<Family> /*interface*/) {}
  virtual void LocalLeave(const FibKey<Family>& /*key*/, InterfaceIdOf<Family> /*interface*/) {}
  virtual void DisableIgmp(InterfaceIdOf<Family> /*interface*/) {}
  virtual void EnableIgmp(InterfaceIdOf<Family> /*interface*/) {}

  // Whether wrong-interface packets on the client's interfaces are punted at all.
  virtual bool wants_wrong_interface() const { return false; }
};

using RpfChoice = RpfChoiceOf<Ipv4>;
using CreationOif = CreationOifOf<Ipv4>;
using ClientCallbacks = ClientCallbacksOf<Ipv4>;

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_CLIENT_H_
