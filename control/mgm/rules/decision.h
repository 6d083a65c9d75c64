#ifndef MGMD_CONTROL_MGM_RULES_DECISION_H_
#define MGMD_CONTROL_MGM_RULES_DECISION_H_

// One decision about a stream on its way: what is asked, what has been found so far, and which answers are still to
// come. It lives on the stack while everybody answers in place, and among the open decisions (open_decisions.h) while
// it waits.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "control/mgm/rules/ways.h"
#include "control/mgm/state/client_registry.h"
#include "control/mgm/state/mfe_cache.h"

namespace mgmd::mgm {

// Why an MFE is decided.
enum class Why : uint8_t {
  kFirstPacket,
  kMembership,  // a proactive one, or under a wildcard MFE one that differs from it
  kEdit,        // under a wildcard MFE a FORWARD edit, which needs the MFE in the same call: nobody is waited for
  kAgain,
};

// A question that a client has put off.
template <class Family>
struct OpenQuestion {
  QuestionId id{};
  ClientHandle client{};
  bool creation = false;                    // else RPF
  std::vector<InterfaceIdOf<Family>> oifs;  // with `creation`: that the client was asked about
};

// An oif that its client does not want.
template <class Family>
struct Veto {
  InterfaceIdOf<Family> oif;
  uint16_t mark = 0;  // OilElement::kSuppressed or kIgmpSuppressed
};

// Where a stream goes: an element of its OIL to be.
struct OifPlan {
  InterfaceSlot slot = kNoSlot;
  uint16_t flags = 0;  // OilElement
};

template <class Family>
struct Decision {
  FibKey<Family> key;
  Why why = Why::kFirstPacket;
  bool drain = false;                 // the forwarder holds packets of the stream
  MfeRef mfe{};                       // what is decided again; index kNoMfe: there was none
  std::span<const uint8_t> header{};  // of the first packet

  Way<Family> first{};                          // of a single source, before its owner was asked
  Way<Family> way{};                            // as found
  InterfaceIdOf<Family> iif{};                  // of the way, when that was found
  ClientHandle holder{};                        // of the way's iif, when that was found
  std::vector<ClientHandle> passed{};           // who have been asked for a wildcard's iif, and name none
  std::vector<Veto<Family>> vetoes{};           // so far
  std::vector<OpenQuestion<Family>> waiting{};  // one RPF, or any number of CREATION

  std::optional<Time> deadline{};     // nothing: it has never waited
  std::vector<uint8_t> own_header{};  // what `header` shows while it waits
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_DECISION_H_
