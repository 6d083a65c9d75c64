#include "control/config/config.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <type_traits>

#include "common/ipv6_header.h"
#include "control/config/document.h"
#include "control/config/names.h"
#include "control/config/sections.h"
#include "control/config/table.h"

namespace mgmd::config {
namespace {

// A million routes take about 150 MB.
constexpr size_t kMostBytes = size_t{1} << 29;

template <class Prefix>
bool Covers(const Prefix& outer, const Prefix& inner) {
  return outer.length() <= inner.length() && outer.Contains(inner.address());
}

template <class Prefix>
bool AnyCovers(const std::vector<Prefix>& outer, const Prefix& inner) {
  return std::any_of(outer.begin(), outer.end(), [&](const Prefix& prefix) { return Covers(prefix, inner); });
}

std::string TextOf(const std::vector<Error>& list, size_t more, const std::string& what) {
  std::string text;
  for (const Error& error : list) text += error.ToString() + "\n";
  if (more > 0) text += list.front().file + ": " + std::to_string(more) + " more " + what + "\n";
  return text;
}

// The file, as far as it is no longer than a configuration may be: kMostBytes + 1 bytes of a longer
// one.
std::optional<std::string> Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) return std::nullopt;
  std::string text;
  while (file && text.size() <= kMostBytes) {
    constexpr size_t kStep = 1 << 20;
    const size_t size = text.size();
    text.resize(size + std::min(kStep, kMostBytes + 1 - size));
    file.read(text.data() + size, static_cast<std::streamsize>(text.size() - size));
    text.resize(size + static_cast<size_t>(file.gcount()));
  }
  if (file.bad()) return std::nullopt;
  return text;
}

}  // namespace

uint16_t Interface::UsableMtu(uint32_t port_mtu) const {
  if (port_mtu == 0) return mtu;
  const uint32_t front = encapsulation ? encapsulation->front() : 0;
  const uint32_t room = std::max<uint32_t>(port_mtu, front + kLowestMtu) - front;
  return static_cast<uint16_t>(std::min<uint32_t>(mtu, room));
}

template <class Family>
bool Interface::HasFamily() const {
  if (std::is_same_v<Family, Ipv6> && mtu < kLowestIpv6Mtu) return false;
  return !addresses.of<Family>().empty() || (addresses.of<Ipv4>().empty() && addresses.of<Ipv6>().empty());
}
template bool Interface::HasFamily<Ipv4>() const;
template bool Interface::HasFamily<Ipv6>() const;

bool Interface::IsBoundaryFor(const Ipv4Prefix& groups) const {
  static constexpr Ipv4Prefix kLocalScope(Ipv4Address(239, 255, 0, 0), 16);
  const std::vector<Ipv4Prefix>& own = boundary.of<Ipv4>();
  return !own.empty() && (Covers(kLocalScope, groups) || AnyCovers(own, groups));
}

bool Interface::IsBoundaryFor(const Ipv6Prefix& groups) const {
  return groups.highest_scope() <= scope_boundary || AnyCovers(boundary.of<Ipv6>(), groups);
}

const Interface* Config::Find(InterfaceId id) const {
  const auto found =
      std::find_if(interfaces.begin(), interfaces.end(), [&](const Interface& each) { return each.id == id; });
  return found == interfaces.end() ? nullptr : &*found;
}

const Interface* Config::Find(std::string_view name) const {
  const auto found =
      std::find_if(interfaces.begin(), interfaces.end(), [&](const Interface& each) { return each.name == name; });
  return found == interfaces.end() ? nullptr : &*found;
}

const StaticProtocol* Config::static_protocol() const {
  for (const Protocol& protocol : protocols) {
    if (const auto* found = std::get_if<StaticProtocol>(&protocol.kind)) return found;
  }
  return nullptr;
}

std::string Error::ToString() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + key + ": " + message;
}

std::string Result::ErrorText() const { return TextOf(errors, more_errors, "errors"); }

std::string Result::WarningText() const { return TextOf(warnings, more_warnings, "warnings"); }

Result Parse(std::string_view text, const std::string& file, const Options& options) {
  Errors errors(file);
  Config config;
  const auto document = ParseDocument(text);
  if (const auto* syntax = std::get_if<SyntaxError>(&document)) {
    errors.Add(syntax->position, "TOML", syntax->message);
    return errors.Take(std::move(config));
  }
  Table root(&errors, "", &std::get<MemberList>(document), {1, 1});
  ReadDpdk(root, options, &config.dpdk);
  ReadLimits(root, &config.limits);
  ReadDataplane(root, &config.dataplane);
  ReadControl(root, &config.control);
  ReadPunt(root, &config.punt);
  ReadInterfaces(root, config.dpdk, config.control.ssm, &config.interfaces);
  const InterfaceNames names(config.interfaces);
  ReadRoutes(root, names, &config.routes);
  ReadRib(root, &config.rib);
  ReadProtocols(root, names, options.rooms, &config);
  ForEachFamily([&]<class Family>() {
    ReadMembership<Family>(root, names, config.control.ssm, &config.membership.of<Family>(),
                           &config.takeover.of<Family>());
  });
  ReadApi(root, options.rooms, &config.api);
  ReadMetrics(root, options.rooms, &config.metrics);
  ReadLog(root, &config.log_level);
  root.Finish();
  return errors.Take(std::move(config));
}

Result Load(const std::string& path, const Options& options) {
  const auto refused = [&path](const std::string& why) {
    Errors errors(path);
    errors.Add({}, "file", why + "; allowed: a readable TOML file");
    return errors.Take({});
  };
  errno = 0;
  const std::optional<std::string> text = Read(path);
  if (!text) return refused(std::string("cannot be read (") + std::strerror(errno) + ")");
  if (text->size() > kMostBytes) return refused("is longer than " + std::to_string(kMostBytes) + " bytes");
  return Parse(*text, path, options);
}

}  // namespace mgmd::config
