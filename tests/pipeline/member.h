#ifndef MGMD_TESTS_PIPELINE_MEMBER_H_
#define MGMD_TESTS_PIPELINE_MEMBER_H_

// A routing protocol of the test's own, for streams whose entries are made by their first packets:
// it takes interfaces and joins groups there as an ordinary client of mgm.h, without asking for
// entries beforehand.

#include <vector>

#include "common/interface.h"
#include "common/ip_address.h"
#include "control/mgm/mgm.h"

namespace mgmd::pipeline {

class Member {
 public:
  // The Group Manager runs, and runs still when the member goes.
  Member();
  ~Member();
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  void Take(InterfaceId interface);
  void Join(Ipv4Address group, InterfaceId interface);

 private:
  HANDLE handle_ = nullptr;
  std::vector<InterfaceId> owned_;
};

}  // namespace mgmd::pipeline

#endif  // MGMD_TESTS_PIPELINE_MEMBER_H_
