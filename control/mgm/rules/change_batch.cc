#include "control/mgm/rules/change_batch.h"

#include <tuple>

namespace mgmd::mgm {
namespace {

// The alerts of one kind about one entry for one client.
struct Told {
  size_t first_prune = 0;  // places
  size_t last = 0;
  bool began_with_gain = false;  // JOIN, LOCAL_JOIN
  bool has_gain = false;
  bool has_loss = false;
};

template <class Family>
bool IsGain(const Alert<Family>& alert) {
  return alert.kind == AlertKind::kJoin || alert.kind == AlertKind::kLocalJoin;
}
template <class Family>
bool IsLocal(const Alert<Family>& alert) {
  return alert.kind == AlertKind::kLocalJoin || alert.kind == AlertKind::kLocalLeave;
}

// Whether the last alert about an MFE's OIL tells its client something.
bool IsNews(const Told& told, bool gain, ClientIndex client, const MfeState& before, const MfeState& now) {
  if (!before.IsKnownTo(client)) return now.IsKnownTo(client);
  if (gain) return now.IsKnownTo(client) && (before.empty || !told.has_loss);
  return !before.empty || (now.IsKnownTo(client) && !told.has_gain);
}

}  // namespace

template <class Family>
std::vector<Alert<Family>> NetAlerts(const ChangeBatch<Family>& batch, const std::vector<Alert<Family>>& alerts,
                                     const std::function<MfeState(FibKey<Family>)>& now) {
  // Local alerts are about one interface of the entry.
  using Subject = std::tuple<FibKey<Family>, ClientIndex, bool, bool, InterfaceIdOf<Family>>;
  absl::flat_hash_map<Subject, Told> subjects;
  const auto subject_of = [](const Alert<Family>& alert) {
    return Subject(alert.key, alert.client, alert.membership, IsLocal(alert),
                   IsLocal(alert) ? alert.interface : InterfaceIdOf<Family>{});
  };
  for (size_t place = 0; place < alerts.size(); ++place) {
    const auto [told, first] = subjects.try_emplace(subject_of(alerts[place]));
    const bool gain = IsGain(alerts[place]);
    if (first) told->second.began_with_gain = gain;
    if (!gain && !told->second.has_loss) told->second.first_prune = place;
    (gain ? told->second.has_gain : told->second.has_loss) = true;
    told->second.last = place;
  }
  std::vector<size_t> places(alerts.size(), alerts.size());  // the alert that comes at each place
  for (const auto& [subject, told] : subjects) {
    const Alert<Family>& last = alerts[told.last];
    const bool gain = IsGain(last);
    if (last.membership) {
      // They take turns.
      if (told.began_with_gain != gain) continue;
      // PRUNE of (*,*) comes before JOIN of the groups that it leaves wanted.
      places[gain || IsLocal(last) ? told.last : told.first_prune] = told.last;
    } else {
      const auto known = batch.before.find(last.key);
      const MfeState before = known == batch.before.end() ? MfeState() : known->second;
      if (IsNews(told, gain, last.client, before, now(last.key))) {
        places[told.last] = told.last;
      }
    }
  }
  std::vector<Alert<Family>> net;
  for (const size_t place : places) {
    if (place != alerts.size()) net.push_back(alerts[place]);
  }
  return net;
}

template std::vector<Alert<Ipv4>> NetAlerts(const ChangeBatch<Ipv4>&, const std::vector<Alert<Ipv4>>&,
                                            const std::function<MfeState(FibKey<Ipv4>)>&);
template std::vector<Alert<Ipv6>> NetAlerts(const ChangeBatch<Ipv6>&, const std::vector<Alert<Ipv6>>&,
                                            const std::function<MfeState(FibKey<Ipv6>)>&);

}  // namespace mgmd::mgm
