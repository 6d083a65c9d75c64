#include "control/local/icmpv6/error_sender.h"

#include <atomic>
#include <optional>

#include "control/local/icmpv6/answerable.h"
#include "control/local/icmpv6/message.h"

namespace mgmd::icmpv6 {
namespace {

void Count(std::atomic<uint64_t>& counter) {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

void ErrorSender::Take(const Icmpv6Error& error) {
  if (!IsAnswerable(error, addresses_)) return Count(stats_.icmpv6_errors_suppressed);
  const std::optional<Ipv6Address> source = addresses_.SourceFor(error.arrival);
  if (!source) return Count(stats_.icmpv6_errors_no_source);
  const auto now = static_cast<uint64_t>(now_().time_since_epoch().count());
  uint64_t& bucket = buckets_[error.arrival];
  if (!rate_.Has(bucket, now) || !injector_.Send(error.arrival, InjectForm::kFrame, MakeFrame(error, *source)))
    return Count(stats_.icmpv6_errors_suppressed);
  rate_.Take(bucket, now);
  Count(stats_.icmpv6_errors_sent);
}

}  // namespace mgmd::icmpv6
