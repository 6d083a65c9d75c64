#ifndef MGMD_TESTS_PIPELINE_MEMBER_H_
#define MGMD_TESTS_PIPELINE_MEMBER_H_

// A routing protocol of the test's own in one family, for streams whose entries are made by their first
// packets: it takes interfaces and joins groups there as an ordinary client of mgm.h or mgm6.h, without
// asking for entries beforehand. Interfaces are named by their indices.

#include <cstdint>
#include <vector>

#include "common/ip_address.h"
#include "control/mgm/mgm.h"

namespace mgmd::pipeline {

template <class Family>
class Member {
 public:
  // The Group Manager runs, and runs still when the member goes.
  Member();
  ~Member();
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  void Take(uint32_t interface);
  // `code`: what the call has to return.
  void Join(const typename Family::Address& group, uint32_t interface, DWORD code = NO_ERROR);

 private:
  HANDLE handle_ = nullptr;
  std::vector<uint32_t> owned_;
};

}  // namespace mgmd::pipeline

#endif  // MGMD_TESTS_PIPELINE_MEMBER_H_
