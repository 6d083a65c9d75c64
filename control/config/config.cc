#include "control/config/config.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "control/config/document.h"
#include "control/config/names.h"
#include "control/config/sections.h"
#include "control/config/table.h"

namespace mgmd::config {
namespace {

bool Covers(const Ipv4Prefix& outer, const Ipv4Prefix& inner) {
  return outer.length() <= inner.length() && outer.Contains(inner.address());
}

}  // namespace

bool Interface::IsBoundaryFor(const Ipv4Prefix& groups) const {
  static constexpr Ipv4Prefix kLocalScope(Ipv4Address(239, 255, 0, 0), 16);
  if (boundary.empty()) return false;
  return Covers(kLocalScope, groups) ||
         std::any_of(boundary.begin(), boundary.end(),
                     [&](const Ipv4Prefix& prefix) { return Covers(prefix, groups); });
}

Ipv4FibKey StaticMroute::key() const {
  return source ? Ipv4FibKey::SourceGroupUnchecked(*source, group.address())
                : Ipv4FibKey::AnySource(group.address(), group.length());
}

const Interface* Config::Find(InterfaceId id) const {
  const auto found = std::find_if(interfaces.begin(), interfaces.end(),
                                  [&](const Interface& each) { return each.id == id; });
  return found == interfaces.end() ? nullptr : &*found;
}

const Interface* Config::Find(std::string_view name) const {
  const auto found = std::find_if(interfaces.begin(), interfaces.end(),
                                  [&](const Interface& each) { return each.name == name; });
  return found == interfaces.end() ? nullptr : &*found;
}

std::string Error::ToString() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + key + ": " +
         message;
}

std::string Result::ErrorText() const {
  std::string text;
  for (const Error& error : errors) text += error.ToString() + "\n";
  return text;
}

Result Parse(std::string_view text, const std::string& file, const Options& options) {
  Errors errors(file);
  Config config;
  const auto document = ParseDocument(text);
  if (const auto* syntax = std::get_if<SyntaxError>(&document)) {
    errors.Add(syntax->position, "TOML", syntax->message);
    return {std::move(config), errors.Take()};
  }
  Table root(&errors, "", &std::get<MemberList>(document), {1, 1});
  ReadDpdk(root, options, &config.dpdk);
  ReadLimits(root, &config.limits);
  ReadDataplane(root, &config.dataplane);
  ReadControl(root, &config.control);
  ReadInterfaces(root, config.dpdk, options.rooms, &config.interfaces);
  const InterfaceNames names(config.interfaces);
  ReadRoutes(root, names, &config.routes);
  ReadProtocols(root, names, options.rooms, &config);
  ReadIgmp(root, names, options.rooms, &config.igmp);
  ReadApi(root, options.rooms, &config.api);
  ReadMetrics(root, options.rooms, &config.metrics);
  ReadLog(root, &config.log_level);
  root.Finish();
  return {std::move(config), errors.Take()};
}

Result Load(const std::string& path, const Options& options) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file.is_open()) text << file.rdbuf();
  // Nothing to read fails too: a folder, with its errno, or an empty file, with none.
  if (!file.is_open() || (text.fail() && errno != 0)) {
    const std::string why = std::strerror(errno);
    return {{},
            {{path, 0, 0, "file", "cannot be read (" + why + "); allowed: a readable TOML file"}}};
  }
  return Parse(text.view(), path, options);
}

}  // namespace mgmd::config
