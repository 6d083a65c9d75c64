#include "control/api/manager_events.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/api/event_record.h"
#include "control/api/event_text.h"
#include "control/api/events.h"
#include "control/api/json_text.h"

namespace mgmd::api {
namespace {

// MFEs of one record at most, so that neither a record nor its lines get long.
constexpr size_t kMfesOfRecord = 512;

std::string NameOf(const mgm::ClientName& client) { return std::string(client.name); }

// [{"step": "grace period", "us": 12, "count": 0}, ...]
nlohmann::ordered_json StepsOf(std::span<const mgm::ReleaseStep> trace) {
  auto steps = nlohmann::ordered_json::array();
  for (const mgm::ReleaseStep& step : trace) {
    steps.push_back({{"step", step.name}, {"us", step.duration.count()}, {"count", step.count}});
  }
  return steps;
}

}  // namespace

template <class Family>
void ManagerEvents<Family>::Begin(RecordKind kind, int64_t time) {
  record_.clear();
  Put(record_, kind);
  Put(record_, RecordHead{.time = time, .family = Family::kSlotBit});
}

template <class Family>
bool ManagerEvents<Family>::WantsMfes() const {
  return events_.writes();
}

template <class Family>
void ManagerEvents<Family>::MfesDeleted(std::span<const Key> keys) {
  if (!events_.writes()) return;
  const int64_t time = TimeNow();
  while (!keys.empty()) {
    const size_t count = std::min(keys.size(), kMfesOfRecord);
    Begin(RecordKind::kDeleted, time);
    record_.append(reinterpret_cast<const char*>(keys.data()), count * sizeof(Key));
    events_.Push(record_, count, false);
    keys = keys.subspan(count);
  }
}

template <class Family>
void ManagerEvents<Family>::MfesWritten(std::span<const mgm::MfeEventOf<Family>> mfes) {
  if (!events_.writes()) return;
  constexpr size_t kOctetsOfRecord = 16384;
  const int64_t time = TimeNow();
  size_t count = 0;
  for (const mgm::MfeEventOf<Family>& mfe : mfes) {
    if (count == 0) Begin(RecordKind::kWritten, time);
    const auto has_next_hop = [](const Interface& interface) { return !interface.next_hop.is_zero(); };
    const bool next_hops =
        (mfe.has_iif && has_next_hop(mfe.iif)) || std::any_of(mfe.oifs.begin(), mfe.oifs.end(), has_next_hop);
    const auto put_interface = [&](const Interface& interface) {
      if (next_hops) {
        Put(record_, interface);
      } else {
        Put(record_, interface.index);
      }
    };
    Put(record_, mfe.key);
    Put(record_, WrittenMfe{static_cast<uint32_t>(mfe.oifs.size()), mfe.added, mfe.has_iif, next_hops});
    if (mfe.has_iif) put_interface(mfe.iif);
    for (const Interface& oif : mfe.oifs) put_interface(oif);
    if (++count < kMfesOfRecord && record_.size() < kOctetsOfRecord && &mfe != &mfes.back()) continue;
    events_.Push(record_, count, false);
    count = 0;
  }
}

template <class Family>
void ManagerEvents<Family>::PushMembership(bool added, const mgm::ClientName& client, const Key& key,
                                           const Interface& interface) {
  if (!events_.writes()) return;
  Begin(RecordKind::kMembership, TimeNow());
  Put(record_, MembershipRecord<Family>{key, interface, added});
  record_.append(client.name);
  events_.Push(record_, 1, false);
}

template <class Family>
void ManagerEvents<Family>::MembershipAdded(const mgm::ClientName& client, const Key& key, Interface interface) {
  PushMembership(true, client, key, interface);
}
template <class Family>
void ManagerEvents<Family>::MembershipDeleted(const mgm::ClientName& client, const Key& key, Interface interface) {
  PushMembership(false, client, key, interface);
}

template <class Family>
void ManagerEvents<Family>::ClientRegistered(const mgm::ClientName& client) {
  events_.Write("registered", JsonText({{"client", NameOf(client)}, {"family", Family::kWord}}));
}
template <class Family>
void ManagerEvents<Family>::ClientDeregistered(const mgm::ClientName& client) {
  events_.Write("deregistered", JsonText({{"client", NameOf(client)}, {"family", Family::kWord}}));
}

template <class Family>
void ManagerEvents<Family>::InterfaceTaken(const mgm::ClientName& client, Interface interface) {
  events_.Write("taken", JsonText({{"client", NameOf(client)},
                                   {"interface", events_.names().NameOf(interface)},
                                   {"family", Family::kWord}}));
}

template <class Family>
void ManagerEvents<Family>::InterfaceReleased(const mgm::ReleaseTraceOf<Family>& trace) {
  events_.Write(trace.take ? "take" : "release", JsonText({{"client", NameOf(trace.client)},
                                                           {"interface", events_.names().NameOf(trace.interface)},
                                                           {"family", Family::kWord},
                                                           {"settled", trace.settled},
                                                           {"reclaimed", trace.reclaimed},
                                                           {"steps", StepsOf(trace.steps)}}));
}

template <class Family>
void ManagerEvents<Family>::BlockingCallback(const mgm::ClientName& client, std::string_view callback,
                                             std::chrono::milliseconds duration) {
  spdlog::warn("the {} callback of {} held control up for {} ms", callback, client.name, duration.count());
  events_.Write("blocking_callback",
                JsonText({{"client", NameOf(client)}, {"callback", callback}, {"ms", duration.count()}}));
}

template <class Family>
void ManagerEvents<Family>::AnswerOverdue(const mgm::ClientName& client, std::string_view callback, const Key& key) {
  events_.Write(
      "answer_overdue",
      JsonText(
          {{"client", NameOf(client)}, {"callback", callback}, {"mfe", key.ToString()}, {"family", Family::kWord}}));
}

template <class Family>
void ManagerEvents<Family>::CallWaits(std::string_view who, std::string_view function,
                                      std::chrono::milliseconds duration) {
  spdlog::warn("a call waits for {} ms, since {} of {} has not returned", duration.count(), function, who);
}

template <class Family>
void ManagerEvents<Family>::Threw(std::string_view event, std::string_view what) {
  ++lost_;
  spdlog::error("an event ({}) could not be told: {}; {} so far", event, what, lost_.load());
}

template <class Family>
void ManagerEvents<Family>::EntryRefused(const Key& key) {
  spdlog::debug("the FIB refused {}; it will be tried again", key.ToString());
  if (!events_.writes()) return;
  Begin(RecordKind::kRefused, TimeNow());
  Put(record_, key);
  events_.Push(record_, 1, false);
}

template <class Family>
void ManagerEvents<Family>::LimitMet(std::string_view limit, const Key& key, uint64_t refused) {
  spdlog::warn("[limits] {} is met: no entry for {}; {} refused so far", limit, key.ToString(), refused);
  events_.Write("limit_met",
                JsonText({{"limit", limit}, {"mfe", key.ToString()}, {"family", Family::kWord}, {"refused", refused}}));
}

template class ManagerEvents<Ipv4>;
template class ManagerEvents<Ipv6>;

}  // namespace mgmd::api
