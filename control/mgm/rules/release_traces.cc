#include "control/mgm/rules/release_traces.h"

#include <utility>
#include <variant>

namespace mgmd::mgm {

ReleaseTracer::ReleaseTracer(Clock& clock, const ClientName& client, const AnyInterfaceId& interface, bool take)
    : clock_(clock), step_start_(clock.Now()) {
  trace->client = {client.protocol, client.component};
  trace->client_name = client.name;
  trace->interface = interface;
  trace->take = take;
}

void ReleaseTracer::Step(std::string_view name, uint64_t count) {
  const Time now = clock_.Now();
  trace->steps.push_back({name, now - step_start_, count});
  step_start_ = now;
}

size_t ReleaseTracer::StepWithoutTime(std::string_view name) {
  trace->steps.push_back({name, Time(0), 0});
  return trace->steps.size() - 1;
}

template <class Family>
ReleaseTraces<Family>::~ReleaseTraces() {
  for (const Unreclaimed& unreclaimed : unreclaimed_) Tell(*unreclaimed.trace);
}

template <class Family>
void ReleaseTraces<Family>::Add(std::shared_ptr<const StoredTrace> trace) {
  kept_.push_front(std::move(trace));
  if (kept_.size() > kKept) kept_.pop_back();
}

template <class Family>
void ReleaseTraces<Family>::AwaitReclaim(BatchId batch, const ReleaseTracer& tracer) {
  unreclaimed_.push_back({batch, tracer.step_start(), tracer.trace});
}

template <class Family>
bool ReleaseTraces<Family>::Finish() {
  bool any = false;
  while (!unreclaimed_.empty() && !cache_.has_dead() && forwarder_.Reclaimed(unreclaimed_.front().batch)) {
    const Unreclaimed done = std::move(unreclaimed_.front());
    unreclaimed_.pop_front();
    done.trace->reclaimed = true;
    done.trace->steps.push_back({"reclaimed", clock_.Now() - done.since, 0});
    Tell(*done.trace);
    any = true;
  }
  return any;
}

template <class Family>
void ReleaseTraces<Family>::Tell(const StoredTrace& trace) {
  observer_.InterfaceReleased({.client = {trace.client.protocol, trace.client.component, trace.client_name},
                               .interface = std::get<InterfaceIdOf<Family>>(trace.interface),
                               .take = trace.take,
                               .settled = trace.settled,
                               .reclaimed = trace.reclaimed,
                               .steps = trace.steps});
}

template class ReleaseTraces<Ipv4>;
template class ReleaseTraces<Ipv6>;

}  // namespace mgmd::mgm
