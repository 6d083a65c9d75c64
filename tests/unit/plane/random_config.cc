#include "tests/unit/plane/random_config.h"

#include <algorithm>
#include <set>
#include <utility>

namespace mgmd::testing {
namespace {

constexpr int kMostMroutes = 40;  // each has an entry, which the limits have to let in

std::string Key(const std::string& key, const std::string& value) { return key + " = " + value; }
std::string Key(const std::string& key, int64_t value) { return Key(key, std::to_string(value)); }
std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

std::string List(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return "[" + text + "]";
}

}  // namespace

int RandomConfig::Between(int least, int most) {
  if (OneIn(4)) return least;
  if (OneIn(4)) return most;
  return least + Below(most - least + 1);
}

std::string RandomConfig::Lines(const std::string& table, const std::vector<std::string>& keys) {
  std::string text = table + "\n";
  for (const std::string& key : keys) text += key + "\n";
  return text;
}

std::string RandomConfig::Make() {
  // One after the other: each needs what the ones before it have chosen.
  std::string text = Dpdk();
  text += Limits();
  text += Dataplane();
  text += Ports();
  text += Vlans();
  text += Routes();
  text += StaticProtocol();
  text += Log();
  return text;
}

std::string RandomConfig::Dpdk() {
  for (int lcore = 1; lcore < lcores_; ++lcore) workers_.push_back(lcore);
  std::shuffle(workers_.begin(), workers_.end(), random_);
  workers_.resize(static_cast<size_t>(OneIn(2) ? 1 : Between(1, lcores_ - 1)));
  std::vector<std::string> words;
  for (const int worker : workers_) words.push_back(std::to_string(worker));
  std::vector<std::string> keys = {Key("workers", List(words))};
  if (OneIn(2)) keys.push_back(Key("memory", Quoted("auto")));
  return Lines("[dpdk]", keys);
}

std::string RandomConfig::Limits() {
  const int mfes = Between(kMostMroutes, 1 << 26);
  std::vector<std::string> keys = {Key("pending_packets", Between(1, 4096))};
  if (OneIn(2)) keys.push_back(Key("mfes", mfes));
  if (OneIn(2)) keys.push_back(Key("negative_mfes", Between(1, std::min(mfes, 1048576))));
  for (const char* key : {"mfes_per_group", "mfes_per_interface", "mfes_per_owner"}) {
    if (OneIn(3)) keys.push_back(Key(key, OneIn(3) ? 0 : Between(kMostMroutes, 1 << 26)));
  }
  if (OneIn(2)) keys.push_back(Key("pending", Between(1, 1 << 24)));
  if (OneIn(2)) keys.push_back(Key("pending_depth", Between(1, 1 << 24)));
  if (OneIn(2)) keys.push_back(Key("pending_timeout", Between(1, 3600)));
  if (OneIn(2)) keys.push_back(Key("retired", Between(1, 1 << 26)));
  if (OneIn(2)) keys.push_back(Key("mbufs", Between(0, 20000)));
  // negative_mfes is at most mfes, which is 1,048,576 where it is not said.
  const bool has_mfes =
      std::any_of(keys.begin(), keys.end(), [](const auto& key) { return key.starts_with("mfes ="); });
  if (!has_mfes) std::erase_if(keys, [](const auto& key) { return key.starts_with("negative"); });
  return Lines("[limits]", keys);
}

std::string RandomConfig::Dataplane() {
  if (OneIn(2)) return "";
  return Lines("[dataplane]",
               {Key("share_above", OneIn(2) ? Quoted("auto") : std::to_string(Between(0, 65535))),
                Key("idle", OneIn(2) ? Quoted("poll") : Quoted("sleep")), Key("release_wait", Between(1, 60000))});
}

std::string RandomConfig::Ports() {
  const int ports = OneIn(8) ? 0 : OneIn(4) ? 32 : 1 + Below(6);
  std::string text;
  for (int port = 0; port < ports; ++port) text += Port(port);
  return text;
}

std::string RandomConfig::Port(int number) {
  Interface port{.name = "p" + std::to_string(number), .number = number, .is_port = true, .mtu = 1500, .boundary = {}};
  // Long frames only on few ports: there are buffers for every one of them.
  if (OneIn(3)) port.mtu = OneIn(20) ? 65000 : Between(68, 9000);
  const std::string digits = std::to_string(number);
  std::string device;
  int queues = 1;
  switch (Below(4)) {
    case 0:
      device = "net_ring" + digits;
      if (workers_.size() > 1) device = "net_null" + digits;  // a ring has as many queues as lcores
      break;
    case 1:
    case 2: {
      const bool endless = OneIn(2);
      device = "net_pcap" + digits + ",rx_pcap=" + captures_ + (OneIn(2) ? "/short.pcap" : "/long.pcap");
      if (endless) device += ",infinite_rx=1";
      for (size_t worker = 0; worker < workers_.size(); ++worker)
        device += ",tx_pcap=" + captures_ + "/out" + digits + "_" + std::to_string(worker) + ".pcap";
      break;
    }
    default:
      device = "net_null" + digits + (OneIn(2) ? ",size=128" : "");
      queues = OneIn(3) ? Between(1, 8) : 1;
  }
  std::vector<std::string> keys = {Key("device", Quoted(device))};
  if (queues > 1) keys.push_back(Key("rx_queues", queues));
  if (OneIn(3)) keys.push_back(Key("worker", workers_[static_cast<size_t>(Below(static_cast<int>(workers_.size())))]));
  const std::string common = Common(port);
  interfaces_.push_back(port);
  return Lines("[[interface]]", keys) + common;
}

std::string RandomConfig::Vlans() {
  const size_t ports = interfaces_.size();
  if (ports == 0) return "";
  std::set<std::pair<size_t, int>> taken;
  std::string text;
  for (int vlans = OneIn(10) ? 1500 : Below(8); vlans > 0; --vlans) {
    const auto parent = static_cast<size_t>(Below(static_cast<int>(ports)));
    const int vlan = Between(1, 4094);
    if (!taken.emplace(parent, vlan).second) continue;
    const std::string name = interfaces_[parent].name + "v" + std::to_string(vlan);
    Interface interface {
      .name = name, .number = static_cast<int>(interfaces_.size()), .is_port = false, .mtu = interfaces_[parent].mtu,
      .boundary = {}
    };
    if (OneIn(3)) interface.mtu = Between(68, interfaces_[parent].mtu);
    std::vector<std::string> keys = {Key("parent", Quoted(interfaces_[parent].name)), Key("vlan", vlan)};
    if (OneIn(3)) keys.push_back(Key("pcp", OneIn(2) ? Quoted("keep") : std::to_string(Below(8))));
    text += Lines("[[interface]]", keys) + Common(interface);
    interfaces_.push_back(interface);
  }
  return text;
}

std::string RandomConfig::Common(Interface& interface) {
  std::vector<std::string> keys = {Key("name", Quoted(interface.name)), Key("mtu", interface.mtu)};
  // Each has a /24 of its own.
  const std::string link =
      "10." + std::to_string(interface.number / 256) + "." + std::to_string(interface.number % 256);
  if (!OneIn(4)) keys.push_back(Key("addresses", List({Quoted(link + ".254/24")})));
  // Without an index of its own an interface has its place in the file.
  if (interface.number >= 999 || OneIn(3)) keys.push_back(Key("index", 1000 + interface.number));
  if (OneIn(3)) keys.push_back(Key("ttl_threshold", Between(0, 255)));
  if (OneIn(8)) keys.push_back(Key("tap", "false"));
  std::vector<std::string> boundary;
  // 63 in all besides 239.255.0.0/16, which is there with any.
  for (int more = OneIn(3) ? Between(1, 63) : 0; more > 0 && boundaries_ < 63; --more, ++boundaries_) {
    interface.boundary.push_back("239." + std::to_string(100 + boundaries_));
    boundary.push_back(Quoted(interface.boundary.back() + ".0.0/16"));
  }
  if (!boundary.empty()) keys.push_back(Key("boundary", List(boundary)));
  return Lines("", keys);
}

std::string RandomConfig::Routes() {
  std::string text;
  if (interfaces_.empty()) return text;
  for (int route = 0, routes = Below(20); route < routes; ++route) {
    const Interface& interface = interfaces_[static_cast<size_t>(Below(static_cast<int>(interfaces_.size())))];
    text += Lines("[[route]]", {Key("prefix", Quoted("172.16." + std::to_string(route) + ".0/24")),
                                Key("interface", Quoted(interface.name))});
  }
  return text;
}

bool RandomConfig::MayCarry(const Interface& interface, const std::string& group) const {
  return std::none_of(interface.boundary.begin(), interface.boundary.end(),
                      [&](const std::string& prefix) { return group.starts_with(prefix + "."); });
}

std::string RandomConfig::StaticProtocol() {
  if (interfaces_.size() < 2 || OneIn(5)) return "";
  std::vector<std::string> names;
  for (const Interface& interface : interfaces_) names.push_back(Quoted(interface.name));
  std::string text = Lines("[protocol.static]", {Key("interfaces", List(names))});
  for (int mroute = 0, mroutes = Between(0, kMostMroutes); mroute < mroutes; ++mroute) text += Mroute(mroute);
  return text;
}

std::string RandomConfig::Mroute(int number) {
  // A group or range of its own for each, some inside others and across boundaries' edges.
  const std::string digits = std::to_string(number);
  const bool has_source = OneIn(2);
  std::string group =
      has_source ? (OneIn(2) ? "232.1.1." : "239.120.1.") + digits : "239." + std::to_string(100 + number) + ".1.1";
  if (!has_source && OneIn(2)) group = "225." + digits + ".0.0/" + std::to_string(16 + Below(9));
  std::vector<const Interface*> able;
  for (const Interface& interface : interfaces_) {
    if (MayCarry(interface, group)) able.push_back(&interface);
  }
  if (able.size() < 2) return "";
  std::shuffle(able.begin(), able.end(), random_);
  able.resize(static_cast<size_t>(Between(2, static_cast<int>(able.size()))));
  std::vector<std::string> to;
  for (size_t i = 1; i < able.size(); ++i) to.push_back(Quoted(able[i]->name));
  std::vector<std::string> keys = {Key("from", Quoted(able[0]->name)), Key("group", Quoted(group)),
                                   Key("to", List(to))};
  if (has_source) keys.push_back(Key("source", Quoted("10.0." + digits + ".1")));
  return Lines("[[protocol.static.mroute]]", keys);
}

std::string RandomConfig::Log() {
  static const std::vector<std::string> levels = {"trace", "debug", "info", "warning", "error", "critical", "off"};
  return OneIn(2) ? "" : Lines("[log]", {Key("level", Quoted(levels[static_cast<size_t>(Below(7))]))});
}

}  // namespace mgmd::testing
