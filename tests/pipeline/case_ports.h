#ifndef MGMD_TESTS_PIPELINE_CASE_PORTS_H_
#define MGMD_TESTS_PIPELINE_CASE_PORTS_H_

// The ports of one pipeline case: rings behind DPDK's ring driver, made for the case and gone with
// it. The port of the interface "up0" is the device "net_ring_up0"; the n-th port of a
// configuration, from 1, has the MAC address 02:4d:47:4d:00:n.

#include <rte_mbuf.h>
#include <rte_ring.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "control/config/config.h"
#include "tests/pipeline/case_files.h"

namespace mgmd::pipeline {

class CasePorts {
 public:
  CasePorts(const config::Config& config, const CaseFiles& files);
  // Everything that uses the ports is gone.
  ~CasePorts();
  CasePorts(const CasePorts&) = delete;
  CasePorts& operator=(const CasePorts&) = delete;

  // Gives the next `count` frames of every port's capture to its device, in buffers of `pool`.
  // Returns whether there was any.
  bool Feed(size_t count, rte_mempool* pool);
  bool finished() const;

  // Takes what the devices have sent; it gathers in sent().
  void Collect();
  const std::map<std::string, std::vector<Frame>>& sent() const { return sent_; }

  // False: no such port.
  bool SetLink(const std::string& port, bool up);

 private:
  struct Port {
    std::string name;
    uint16_t id = 0;
    rte_ring* in = nullptr;
    std::vector<rte_ring*> out;  // one for each worker
    size_t fed = 0;
  };

  void Make(const std::string& name, size_t workers);
  rte_mbuf* MakeMbuf(Frame frame, rte_mempool* pool) const;

  const CaseFiles& files_;
  std::vector<Port> ports_;
  std::map<std::string, std::vector<Frame>> sent_;
};

}  // namespace mgmd::pipeline

#endif  // MGMD_TESTS_PIPELINE_CASE_PORTS_H_
