#include "control/api/summary.h"

#include <array>

#include "control/mgm/host.h"

namespace mgmd::api {
namespace {

using dataplane::Get;
using Json = nlohmann::ordered_json;

std::string SourceText(const Ipv4FibKey& key) { return key.is_wildcard() ? "*" : key.source().ToString(); }

std::string GroupText(const Ipv4FibKey& key) {
  if (key.group_length() == 32) return key.group().ToString();
  return Ipv4Prefix(key.group(), key.group_length()).ToString();
}

Json CountersJson(const EntryCounters& counters, const mgm::MfeView& mfe, Forwarder& forwarder,
                  const InterfaceNames& names) {
  Json oif_packets = Json::object();
  for (const InterfaceId& oif : mfe.oifs) oif_packets[names.NameOf(oif)] = 0;
  for (const OifCounters& oif : counters.oifs) {
    for (const InterfaceId& id : mfe.oifs) {
      if (forwarder.Slot(id) == oif.oif) oif_packets[names.NameOf(id)] = oif.packets;
    }
  }
  Json drops = Json::object();
  for (const DropCount& drop : counters.drops) drops[std::string(Name(drop.reason))] = drop.packets;
  return {{"packets", counters.packets}, {"octets", counters.octets}, {"oif_packets", oif_packets}, {"drops", drops}};
}

struct RouteWalk {
  plane::Plane& plane;
  const InterfaceNames& names;
  size_t skip;
  size_t left;
  Json routes = Json::array();
};

void AddRoute(void* context, const mgm::MfeView& mfe) {
  auto& walk = *static_cast<RouteWalk*>(context);
  if (walk.skip > 0) {
    --walk.skip;
    return;
  }
  if (walk.left == 0) return;
  --walk.left;
  Json oifs = Json::array();
  for (const InterfaceId& oif : mfe.oifs) oifs.push_back(walk.names.NameOf(oif));
  Json route = {{"source", SourceText(mfe.key)},
                {"group", GroupText(mfe.key)},
                {"iif", mfe.has_iif ? walk.names.NameOf(mfe.iif) : ""},
                {"oifs", oifs},
                {"up_seconds", static_cast<uint64_t>(mfe.up_time.count() / 1000)}};
  Forwarder& forwarder = walk.plane.forwarder();
  route.update(CountersJson(forwarder.Read(mfe.key).value_or(EntryCounters{}), mfe, forwarder, walk.names));
  walk.routes.push_back(std::move(route));
}

struct InterfaceWalk {
  const InterfaceNames& names;
  Json interfaces = Json::array();
};

void AddInterface(void* context, const mgm::InterfaceView& interface) {
  auto& walk = *static_cast<InterfaceWalk*>(context);
  walk.interfaces.push_back({{"name", walk.names.NameOf(interface.id)},
                             {"index", interface.id.index},
                             {"owner", interface.has_owner ? std::string(interface.owner.name) : ""},
                             {"igmp", interface.has_igmp},
                             {"mfes_as_iif", interface.mfes_as_iif},
                             {"mfes_as_oif", interface.mfes_as_oif},
                             {"memberships", interface.memberships}});
}

uint64_t CompletedChecksums(const plane::Plane& plane, uint16_t port) {
  uint64_t packets = 0;
  for (size_t i = 0; i < plane.worker_count(); ++i)
    packets += Get(plane.worker(i).stats().completed_checksums[port]);
  return packets;
}

uint64_t SumDrops(const plane::Plane& plane, size_t reason) {
  uint64_t packets = 0;
  for (size_t i = 0; i < plane.worker_count(); ++i) packets += Get(plane.worker(i).stats().drops[reason]);
  return packets;
}

}  // namespace

Json RoutesJson(plane::Plane& plane, const InterfaceNames& names, size_t first, size_t count) {
  RouteWalk walk{.plane = plane, .names = names, .skip = first, .left = count};
  MgmHostWalkMfes(&AddRoute, &walk);
  return std::move(walk.routes);
}

Json InterfacesJson(const InterfaceNames& names) {
  InterfaceWalk walk{.names = names};
  MgmHostWalkInterfaces(&AddInterface, &walk);
  return std::move(walk.interfaces);
}

Json PortsJson(const plane::Plane& plane) {
  Json ports = Json::array();
  for (const plane::Ports::OpenPort& port : plane.ports()) {
    const plane::PortStats stats = plane::Ports::Read(port);
    ports.push_back({{"name", port.name},
                     {"device", port.port.device},
                     {"up", port.link_up},
                     {"rx_packets", stats.rx_packets},
                     {"rx_octets", stats.rx_octets},
                     {"tx_packets", stats.tx_packets},
                     {"tx_octets", stats.tx_octets},
                     {"rx_missed", stats.rx_missed},
                     {"rx_errors", stats.rx_errors},
                     {"rx_nombuf", stats.rx_nombuf},
                     {"tx_errors", stats.tx_errors},
                     {"tx_taken_back", stats.tx_taken_back},
                     {"completed_checksums", CompletedChecksums(plane, port.port.id)}});
  }
  return ports;
}

Json DropsJson(const plane::Plane& plane) {
  plane::PortStats lost;
  for (const plane::Ports::OpenPort& port : plane.ports()) {
    const plane::PortStats stats = plane::Ports::Read(port);
    lost.rx_missed += stats.rx_missed;
    lost.rx_errors += stats.rx_errors;
    lost.rx_nombuf += stats.rx_nombuf;
    lost.tx_lost += stats.tx_lost;
    lost.tx_taken_back += stats.tx_taken_back;
  }
  Json drops = Json::object();
  for (size_t i = 0; i < kDropReasons; ++i) {
    const auto reason = static_cast<DropReason>(i);
    uint64_t packets = SumDrops(plane, i);
    if (reason == DropReason::kDeviceRxMissed) packets += lost.rx_missed;
    if (reason == DropReason::kDeviceRxErrors) packets += lost.rx_errors;
    if (reason == DropReason::kDeviceRxNoBuffers) packets += lost.rx_nombuf;
    if (reason == DropReason::kDeviceTxErrors) packets += lost.tx_lost;
    if (reason == DropReason::kOifDown) packets += lost.tx_taken_back;
    if (packets > 0) drops[std::string(Name(reason))] = packets;
  }
  return drops;
}

Json LimitsJson() {
  Json limits = Json::array();
  MgmHostWalkLimits(
      [](void* context, const mgm::LimitView& limit) {
        static_cast<Json*>(context)->push_back({{"name", limit.name},
                                                {"most", limit.most},
                                                {"refused", limit.refused},
                                                {"made_room", limit.made_room}});
      },
      &limits);
  return limits;
}

Json PuntsJson(const plane::Plane& plane) {
  Json punts = Json::object();
  for (size_t reason = 0; reason < kPuntReasons; ++reason) {
    uint64_t packets = 0;
    for (size_t i = 0; i < plane.worker_count(); ++i) packets += Get(plane.worker(i).stats().punts[reason]);
    if (packets > 0) punts[std::string(kPuntReasonNames[reason])] = packets;
  }
  return punts;
}

Json WorkersJson(const plane::Plane& plane) {
  Json workers = Json::array();
  for (size_t i = 0; i < plane.worker_count(); ++i) {
    const dataplane::WorkerStats& stats = plane.worker(i).stats();
    Json worker = {{"name", plane.worker(i).name()},
                   {"packets", Get(stats.packets)},
                   {"copies", Get(stats.copies)},
                   {"bursts", Get(stats.bursts)},
                   {"turns", Get(stats.turns)},
                   {"idle_turns", Get(stats.idle_turns)},
                   {"held_packets", Get(stats.held)},
                   {"held_streams", Get(stats.held_streams)},
                   {"rereads", Get(stats.rereads)},
                   {"unattributed", Get(stats.unattributed)},
                   {"idle_cycles", Get(stats.idle_cycles)}};
    for (size_t stage = 0; stage < dataplane::kStages; ++stage) {
      worker[std::string(dataplane::kStageNames[stage]) + "_cycles"] = Get(stats.cycles[stage]);
    }
    workers.push_back(std::move(worker));
  }
  return workers;
}

}  // namespace mgmd::api
