#ifndef MGMD_CONTROL_PLANE_PLANE_H_
#define MGMD_CONTROL_PLANE_PLANE_H_

// The dataplane of one router, assembled from its configuration: ports, packet memory, interface table, workers, and
// for each address family a FIB and the Forwarder in front of it. Every configured interface has a slot in both. EAL is
// up. Control thread, where nothing else is said.
//
// Cost of the second family: a FIB and counters of its own, whose memory is used as entries are made, and as many
// buffers again for held packets; the interface table and all other pools are for both families together.
//
// Whoever includes this sees neither DPDK nor the dataplane: what can be read is plain values (control/views).

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/forwarder.h"
#include "common/local_packets.h"
#include "control/config/config.h"
#include "control/views/counts.h"

namespace mgmd {
namespace dataplane {
class Worker;
}

namespace plane {

struct PlaneOptions {
  bool stepped = false;  // workers are turned by StepWorkers(), not on lcores
};

class Plane {
 public:
  // Everything is made and the ports are started; no worker runs yet.
  static absl::StatusOr<std::unique_ptr<Plane>> Create(const config::Config& config, const PlaneOptions& options);
  // Stops the workers, then the ports.
  ~Plane();
  Plane(const Plane&) = delete;
  Plane& operator=(const Plane&) = delete;

  template <class Family>
  mgmd::Forwarder<Family>& forwarder();
  LocalPackets& local_packets();
  // The interface that the kernel's network device of that index is the port of; nothing: it is none of ours.
  std::optional<InterfaceId> InterfaceOfNetdev(unsigned index) const;

  // Launches every worker on its lcore. FAILED_PRECONDITION: EAL does not have the lcore.
  absl::Status StartWorkers();
  // Ends forwarding: workers finish their turn, send what they have, and stop. Returns the names of those that have not
  // within the limit; nothing that they use may go then. Without a limit it waits for all. Any thread, again and again.
  std::vector<std::string> StopWorkers(std::optional<std::chrono::milliseconds> limit = std::nullopt);
  // Stops the devices, so that what they have buffered is written, where nothing else of the plane is to go. No worker
  // runs.
  void StopPorts();
  // One turn of every worker, where they are stepped. Returns the packets received.
  size_t StepWorkers();

  // Ports follow their devices, which come and go (device_follower.h), and interfaces the links of their ports; calls
  // `changed` for each port that views::PortChange is about. Netdevs are heard at once, other devices are looked at ten
  // times a second, or always where workers are stepped.
  //
  // A port that goes down takes nothing any more: what workers have collected for it and what waits in the ring of its
  // driver is dropped as oif_down. It is up again when that has been done, or after release_wait where a worker stands
  // still.
  using PortChanged = std::function<void(const views::PortChange&)>;
  void PollPorts(const PortChanged& changed);
  // The interfaces on ports that have been without a device for [dataplane] vanish_linger, since the last call; each
  // once.
  std::vector<InterfaceId> TakeLost();
  // How the interface's port is now, as if it had just become so.
  views::PortChange PortNow(const config::Interface& interface) const;

  // What devices and workers have counted since the start. Any thread.
  std::vector<views::Port> ReadPorts() const;
  std::vector<views::Worker> ReadWorkers() const;
  // By reason; reasons that never happened are left out. `inject_queue_full`: of packets that control keeps itself for
  // workers.
  std::vector<views::NamedCount> ReadDrops(uint64_t inject_queue_full) const;
  std::vector<views::NamedCount> ReadPunts() const;
  uint64_t packets_received() const;

  const dataplane::Worker& worker(size_t index) const;

 private:
  struct Parts;
  explicit Plane(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace plane
}  // namespace mgmd

#endif  // MGMD_CONTROL_PLANE_PLANE_H_
