#include "control/api/events.h"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "control/json_text.h"

namespace mgmd::api {
namespace {

using Json = nlohmann::ordered_json;

double SecondsSince1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string NameOf(const mgm::ClientName& client) { return std::string(client.name); }

}  // namespace

Json StepsOf(const mgm::ReleaseTrace& trace) {
  Json steps = Json::array();
  for (const mgm::ReleaseStep& step : trace.steps) {
    steps.push_back({{"step", step.name}, {"us", step.duration.count()}, {"count", step.count}});
  }
  return steps;
}

absl::StatusOr<std::unique_ptr<Events>> Events::Open(const std::string& path, const config::Config& config) {
  std::FILE* file = nullptr;
  if (!path.empty()) {
    file = std::fopen(path.c_str(), "we");
    if (file == nullptr) return absl::NotFoundError(absl::StrCat("--events ", path, ": ", std::strerror(errno)));
  }
  return std::unique_ptr<Events>(new Events(file, config));
}

Events::~Events() {
  if (file_ != nullptr) std::fclose(file_);
}

void Events::Write(std::string_view event, const Json& members) {
  if (file_ == nullptr) return;
  Json line = {{"event", event}, {"time", SecondsSince1970()}};
  line.update(members);
  std::fputs((JsonText(line) + "\n").c_str(), file_);
  std::fflush(file_);
}

void Events::WriteMfe(std::string_view event, const mgm::MfeEvent& mfe) {
  if (file_ == nullptr) return;
  Json oifs = Json::array();
  for (const InterfaceId& oif : mfe.oifs) oifs.push_back(names_.NameOf(oif));
  Write(event, {{"mfe", mfe.key.ToString()}, {"iif", mfe.has_iif ? names_.NameOf(mfe.iif) : ""}, {"oifs", oifs}});
}

void Events::MfeAdded(const mgm::MfeEvent& mfe) { WriteMfe("mfe_added", mfe); }
void Events::MfeChanged(const mgm::MfeEvent& mfe) { WriteMfe("mfe_changed", mfe); }
void Events::MfeDeleted(const Ipv4FibKey& key) {
  if (file_ != nullptr) Write("mfe_deleted", {{"mfe", key.ToString()}});
}

void Events::WriteMembership(std::string_view event, const mgm::ClientName& client, const Ipv4FibKey& key,
                             InterfaceId interface) {
  if (file_ == nullptr) return;
  Write(event, {{"client", NameOf(client)}, {"entry", key.ToString()}, {"interface", names_.NameOf(interface)}});
}

void Events::MembershipAdded(const mgm::ClientName& client, const Ipv4FibKey& key, InterfaceId interface) {
  WriteMembership("membership_added", client, key, interface);
}
void Events::MembershipDeleted(const mgm::ClientName& client, const Ipv4FibKey& key, InterfaceId interface) {
  WriteMembership("membership_deleted", client, key, interface);
}

void Events::ClientRegistered(const mgm::ClientName& client) { Write("registered", {{"client", NameOf(client)}}); }
void Events::ClientDeregistered(const mgm::ClientName& client) { Write("deregistered", {{"client", NameOf(client)}}); }

void Events::InterfaceTaken(const mgm::ClientName& client, InterfaceId interface) {
  Write("taken", {{"client", NameOf(client)}, {"interface", names_.NameOf(interface)}});
}

void Events::InterfaceReleased(const mgm::ReleaseTrace& trace) {
  Write(trace.take ? "take" : "release", {{"client", NameOf(trace.client)},
                                          {"interface", names_.NameOf(trace.interface)},
                                          {"settled", trace.settled},
                                          {"reclaimed", trace.reclaimed},
                                          {"steps", StepsOf(trace)}});
}

void Events::BlockingCallback(const mgm::ClientName& client, std::string_view callback,
                              std::chrono::milliseconds duration) {
  spdlog::warn("the {} callback of {} held control up for {} ms", callback, client.name, duration.count());
  Write("blocking_callback",
        {{"client", NameOf(client)}, {"callback", callback}, {"ms", duration.count()}});
}

void Events::CallWaits(std::string_view who, std::string_view function, std::chrono::milliseconds duration) {
  spdlog::warn("a call waits for {} ms, since {} of {} has not returned", duration.count(), function, who);
}

void Events::Threw(std::string_view event, std::string_view what) {
  ++lost_;
  spdlog::error("an event ({}) could not be told: {}; {} so far", event, what, lost_.load());
}

void Events::EntryRefused(const Ipv4FibKey& key) {
  spdlog::debug("the FIB refused {}; it will be tried again", key.ToString());
  if (file_ != nullptr) Write("entry_refused", {{"mfe", key.ToString()}});
}

void Events::LimitMet(std::string_view limit, const Ipv4FibKey& key, uint64_t refused) {
  spdlog::warn("[limits] {} is met: no entry for {}; {} refused so far", limit, key.ToString(), refused);
  if (file_ != nullptr) Write("limit_met", {{"limit", limit}, {"mfe", key.ToString()}, {"refused", refused}});
}

}  // namespace mgmd::api
