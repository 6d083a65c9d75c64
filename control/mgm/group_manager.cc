#include "control/mgm/group_manager.h"

#include <algorithm>
#include <utility>

namespace mgmd::mgm {
namespace {

// What bounds one turn of Poll().
constexpr size_t kDuePerPoll = 16384;
constexpr size_t kReclaimedPerPoll = 16384;
constexpr size_t kInterfacesPerPoll = 256;
constexpr std::chrono::milliseconds kReclaimLook{1};

}  // namespace

template <class Family>
GroupManager<Family>::GroupManager(Forwarder<Family>& forwarder, const RouteTable<Family>& routes, Clock& clock,
                                   const Options& options, ObserverOf<Family>* observer, CallbackMonitor* monitor)
    : forwarder_(forwarder),
      clock_(clock),
      observer_(observer),
      handles_(options.handles != nullptr ? *options.handles : own_handles_),
      tables_(forwarder, options.clients, options.ssm.of<Family>()),
      limits_(
          {options.max_mfes, options.max_mfes_per_group, options.max_mfes_per_interface, options.max_mfes_per_owner}),
      calls_(tables_.clients, clock, observer_, monitor),
      lifetimes_(tables_.cache, forwarder, clock),
      alerts_(tables_, calls_, lifetimes_),
      mfe_alerts_(tables_, alerts_),
      membership_alerts_(tables_, routes, alerts_),
      news_(tables_, observer_),
      writer_(tables_.cache, forwarder, clock, news_),
      mfes_(tables_, limits_, alerts_, news_, writer_),
      room_(tables_, limits_, options.max_negative_mfes, forwarder, clock, observer_, mfes_),
      effects_(room_, writer_, alerts_),
      queue_(tables_.cache, clock),
      open_(tables_.ssm, options.answer_time, options.max_open_questions),
      ways_(tables_, routes),
      questions_(tables_, clock, calls_, open_, options.creation_alert_to_all),
      decider_(tables_, {forwarder, clock, lifetimes_, alerts_, mfe_alerts_, writer_, mfes_, room_, queue_, open_,
                         ways_, questions_}),
      late_answers_(tables_, clock, observer_, open_, questions_, decider_),
      redecisions_(tables_, mfe_alerts_, mfes_, queue_, ways_, decider_, effects_),
      routes_(tables_, routes, mfes_, queue_),
      lost_(tables_, mfes_, decider_),
      proactive_(tables_, mfes_, queue_, ways_),
      oils_(tables_, mfe_alerts_, writer_, mfes_, questions_),
      memberships_(tables_, {observer_, enumerations_, alerts_, membership_alerts_, oils_, proactive_, open_,
                             questions_, decider_, options.boundaries.of<Family>()}),
      grace_(tables_, clock, options.igmp_takeover.of<Family>(), mfe_alerts_, memberships_),
      traces_(tables_.cache, forwarder, clock, observer_, options.traces),
      ownership_(tables_, {forwarder,  clock, observer_, calls_,        alerts_,      mfe_alerts_, membership_alerts_,
                           grace_,     news_, writer_,   mfes_,         effects_,     queue_,      routes_,
                           proactive_, oils_, open_,     late_answers_, memberships_, traces_}),
      packets_(tables_, forwarder, clock, calls_, writer_, room_, decider_, effects_),
      access_(tables_, clock, mfes_, oils_, decider_),
      registration_(tables_, enumerations_, observer_) {}

template <class Family>
absl::StatusOr<ClientHandle> GroupManager<Family>::Register(ClientId id,
                                                            std::unique_ptr<ClientCallbacksOf<Family>> callbacks) {
  if (absl::Status allowed = calls_.MayChange(); !allowed.ok()) return allowed;
  return registration_.Register(ClientHandle{handles_++}, id, std::move(callbacks));
}

template <class Family>
absl::Status GroupManager<Family>::Deregister(ClientHandle handle) {
  if (absl::Status allowed = calls_.MayChange(); !allowed.ok()) return allowed;
  absl::Status deregistered = registration_.Deregister(handle);
  if (deregistered.ok()) late_answers_.RecheckSoon();
  return deregistered;
}

template <class Family>
absl::Status GroupManager<Family>::NameClient(ClientHandle handle, std::string_view name) {
  const ClientIndex client = tables_.clients.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  tables_.clients.Rename(client, name.substr(0, 31));
  return absl::OkStatus();
}

template <class Family>
absl::Status GroupManager<Family>::TakeInterface(ClientHandle handle, InterfaceIdOf<Family> id) {
  if (absl::Status allowed = calls_.MayChange(); !allowed.ok()) return allowed;
  return ownership_.Take(handle, id);
}

template <class Family>
absl::Status GroupManager<Family>::ReleaseInterface(ClientHandle handle, InterfaceIdOf<Family> id) {
  if (absl::Status allowed = calls_.MayChange(); !allowed.ok()) return allowed;
  return ownership_.Release(handle, id);
}

template <class Family>
absl::StatusOr<ClientId> GroupManager<Family>::ClientOn(InterfaceIdOf<Family> id) {
  const ClientIndex holder = tables_.interfaces.HolderOf(id);
  if (holder == kNoClient) return absl::NotFoundError("nobody's interface");
  return tables_.clients[holder].id;
}

template <class Family>
absl::Status GroupManager<Family>::ChangeMembership(ClientHandle handle, const MembershipChangeOf<Family>& change) {
  if (absl::Status allowed = calls_.MayChange(); !allowed.ok()) return allowed;
  absl::Status changed = memberships_.Change(handle, change);
  if (changed.ok()) effects_.WriteAndAlert();
  return changed;
}

template <class Family>
absl::StatusOr<std::vector<absl::Status>> GroupManager<Family>::ChangeMemberships(
    ClientHandle handle, std::span<const MembershipChangeOf<Family>> changes) {
  if (absl::Status allowed = calls_.MayChange(); !allowed.ok()) return allowed;
  if (tables_.clients.Find(handle) == kNoClient) return absl::InvalidArgumentError("no such client");
  std::vector<absl::Status> results;
  results.reserve(changes.size());
  {
    typename Alerts<Family>::Batch batch(alerts_);
    for (const MembershipChangeOf<Family>& change : changes) {
      results.push_back(memberships_.ChangeOneOfMany(handle, change));
    }
    batch.DropWhatCancelsOut();
  }
  writer_.UniteDeleted();
  effects_.WriteAndAlert();
  return results;
}

template <class Family>
absl::Status GroupManager<Family>::AnswerRpf(ClientHandle handle, QuestionId question,
                                             const RpfChoiceOf<Family>& choice) {
  if (absl::Status allowed = calls_.MayChange(); !allowed.ok()) return allowed;
  absl::Status answered = late_answers_.AnswerRpf(handle, question, choice);
  effects_.WriteAndAlert();
  return answered;
}

template <class Family>
absl::Status GroupManager<Family>::AnswerCreation(ClientHandle handle, QuestionId question,
                                                  std::span<const CreationOifOf<Family>> oifs) {
  if (absl::Status allowed = calls_.MayChange(); !allowed.ok()) return allowed;
  absl::Status answered = late_answers_.AnswerCreation(handle, question, oifs);
  effects_.WriteAndAlert();
  return answered;
}

template <class Family>
absl::Status GroupManager<Family>::NewPacket(FibKey<Family> key, InterfaceIdOf<Family> arrival,
                                             std::span<const uint8_t> header) {
  if (absl::Status allowed = calls_.MayChange(); !allowed.ok()) return allowed;
  absl::Status handled = packets_.Handle(key, arrival, header);
  effects_.WriteAndAlert();
  return handled;
}

template <class Family>
void GroupManager<Family>::HandlePunts(std::span<const Punt<Family>> punts) {
  for (const Punt<Family>& punt : punts) packets_.Handle(punt);
  effects_.WriteAndAlert();
}

template <class Family>
absl::Status GroupManager<Family>::RoutesChanged(const typename Family::Prefix& prefix) {
  if (absl::Status allowed = calls_.MayChange(); !allowed.ok()) return allowed;
  routes_.Add(prefix);
  routes_.Run();
  membership_alerts_.FollowRoutes(prefix);
  late_answers_.RecheckSoon();
  if (!calls_.running()) {
    late_answers_.Recheck();
    redecisions_.Run();
  }
  effects_.WriteAndAlert();
  return absl::OkStatus();
}

template <class Family>
bool GroupManager<Family>::GetMfe(FibKey<Family> key, MfeInfoOf<Family>& info) const {
  const uint32_t mfe = tables_.cache.Find(key);
  if (mfe == kNoMfe) return false;
  access_.Describe(mfe, info);
  return true;
}

template <class Family>
absl::Status GroupManager<Family>::SetMfe(ClientHandle handle, FibKey<Family> key,
                                          typename Family::Address upstream_neighbour, uint32_t iif_index) {
  if (absl::Status allowed = calls_.MayChange(); !allowed.ok()) return allowed;
  absl::Status set = access_.Set(handle, key, upstream_neighbour, iif_index);
  if (set.ok()) effects_.WriteAndAlert();
  return set;
}

template <class Family>
absl::StatusOr<EnumHandle> GroupManager<Family>::StartEnumeration(ClientHandle handle, EnumType type) {
  const ClientIndex client = tables_.clients.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  const EnumHandle number{handles_++};
  enumerations_.Start(number, client, type);
  return number;
}

template <class Family>
absl::StatusOr<EnumerationPiece<Family>> GroupManager<Family>::ReadEnumeration(EnumHandle handle, size_t room) {
  std::optional<EnumerationPiece<Family>> piece = enumerations_.Read(handle, room);
  if (!piece.has_value()) return absl::InvalidArgumentError("no such enumeration");
  return *std::move(piece);
}

template <class Family>
absl::Status GroupManager<Family>::EndEnumeration(EnumHandle handle) {
  if (!enumerations_.End(handle)) return absl::InvalidArgumentError("no such enumeration");
  return absl::OkStatus();
}

template <class Family>
bool GroupManager<Family>::Poll() {
  if (calls_.running()) return false;
  bool any = forwarder_.Poll();
  any |= lifetimes_.Run(kDuePerPoll, [&](uint32_t mfe, bool flows) { redecisions_.EndOfLife(mfe, flows); });
  any |= writer_.RetryRefused();
  any |= queue_.RetryMissingIfDue();
  any |= routes_.Run();
  any |= lost_.Run();
  any |= grace_.EndDue();
  any |= late_answers_.Recheck();
  any |= redecisions_.Run();
  any |= late_answers_.EndOverdue();
  any |= room_.MakeForNegative(kDuePerPoll) != 0 || room_.HasSurplusOfNegative();
  effects_.WriteAndAlert();
  any |= tables_.cache.Reclaim(kReclaimedPerPoll);
  any |= traces_.Finish();
  any |= tables_.interfaces.ForgetIdle(kInterfacesPerPoll) != 0;
  return any;
}

template <class Family>
std::optional<Time> GroupManager<Family>::NextDeadline() const {
  const Time now = clock_.Now();
  if (late_answers_.recheck_due() || !routes_.empty() || !lost_.empty() || tables_.cache.has_dead() ||
      room_.HasSurplusOfNegative()) {
    return now;
  }
  std::optional<Time> next;
  if (!traces_.all_told()) next = now + kReclaimLook;
  for (const std::optional<Time>& due : {lifetimes_.NextDeadline(), grace_.NextDeadline(), writer_.NextDeadline(),
                                         queue_.NextTurn(), queue_.NextRetry(), open_.NextDeadline()}) {
    if (due.has_value()) next = std::min(next.value_or(Time::max()), *due);
  }
  return next;
}

template <class Family>
size_t GroupManager<Family>::Refused(size_t most, std::vector<RefusedOf<Family>>& some) const {
  for (const auto& [key, by] : queue_.missing()) {
    if (some.size() == most) break;
    some.push_back({key, by});
  }
  for (const FibKey<Family> key : writer_.refused()) {
    if (some.size() == most) break;
    some.push_back({key, RefusedBy::kForwarder});
  }
  return queue_.missing().size() + writer_.refused().size();
}

template class GroupManager<Ipv4>;
template class GroupManager<Ipv6>;

}  // namespace mgmd::mgm
