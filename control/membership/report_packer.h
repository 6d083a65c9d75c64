#ifndef MGMD_CONTROL_MEMBERSHIP_REPORT_PACKER_H_
#define MGMD_CONTROL_MEMBERSHIP_REPORT_PACKER_H_

// Puts the records that a host has to send into as few reports of version 3 as the link's MTU allows (RFC 9776 section
// 4.2.16).
//
// A record is in one message if it fits into any. Else its sources are split over several of them; but what excludes
// cannot be split, since the last message would undo the others: the lowest sources that fit are said, and the others
// are counted as `exclude_cut`. Packets from there come though nobody wants them, which does no harm.
//
// Control thread. Cost: a copy of each source; a message allocates.

#include <span>
#include <vector>

#include "control/membership/counters.h"
#include "control/membership/link.h"
#include "control/membership/message.h"
#include "control/membership/message_out.h"

namespace mgmd::membership {

template <class Family>
class ReportPacker {
 public:
  using Address = typename Family::Address;

  // All three are used as long as it lives: the link as it is when a message is packed and sent.
  ReportPacker(const Link<Family>& link, MessageOut<Family>& out, Counters& counters)
      : link_(link), out_(out), counters_(counters) {}

  // Sends a message first if it does not fit in with the others.
  void Add(RecordType type, const Address& group, std::span<const Address> sources);
  // Sends what has been added and not sent.
  void Flush();

  // Of a message: the octets that there are for records; and those of a record.
  size_t room() const { return MessageRoom<Family>(link_.mtu) - kReportHeader; }
  static size_t Octets(size_t sources) { return kRecordHeader<Family> + sources * Protocol<Family>::kAddress; }

 private:
  struct Packed {
    RecordType type;
    Address group;
    size_t sources;
  };

  const Link<Family>& link_;
  MessageOut<Family>& out_;
  Counters& counters_;
  std::vector<Packed> records_;
  std::vector<Address> sources_;  // of all of them, one after another
  size_t octets_ = 0;
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_REPORT_PACKER_H_
