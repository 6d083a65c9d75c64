#include "control/membership/host_group.h"

#include <iterator>
#include <utility>

#include "common/ip_family.h"

namespace mgmd::membership {
namespace {

// Questions about more sources are answered as one about the group, so that nobody can make a host remember more.
constexpr size_t kMostAsked = 1024;

}  // namespace

template <class Family>
bool HostGroup<Family>::Change(Filter<Family> to, Version mode, int robustness) {
  std::swap(state_, to);
  const Filter<Family>& from = to;
  if (mode != Version::kV3) {
    if (joined() == !from.is_none()) return false;
    // A leave is said once (RFC 2236 section 3), and version 1 has none.
    mode_left_ = joined() ? robustness : mode == Version::kV2 ? 1 : 0;
    return mode_left_ > 0;
  }
  if (state_.mode != from.mode) {
    mode_left_ = robustness;
    return true;
  }
  std::vector<Address> differing;
  std::set_symmetric_difference(from.sources.begin(), from.sources.end(), state_.sources.begin(), state_.sources.end(),
                                std::back_inserter(differing));
  for (const Address& source : differing) left_[source] = robustness;
  return true;
}

template <class Family>
bool HostGroup<Family>::Renew(Version mode, int robustness) {
  return Change(std::exchange(state_, {}), mode, robustness);
}

template <class Family>
void HostGroup<Family>::AddChange(const Address& group, ReportPacker<Family>& packer) const {
  if (mode_left_ > 0) {
    const bool excludes = state_.mode == FilterMode::kExclude;
    packer.Add(excludes ? RecordType::kToExclude : RecordType::kToInclude, group, state_.sources);
    return;
  }
  std::vector<Address> allow;
  std::vector<Address> block;
  for (const auto& [source, left] : left_) (state_.Passes(source) ? allow : block).push_back(source);
  if (!allow.empty()) packer.Add(RecordType::kAllow, group, allow);
  if (!block.empty()) packer.Add(RecordType::kBlock, group, block);
}

template <class Family>
void HostGroup<Family>::CountDown() {
  if (mode_left_ > 0) --mode_left_;
  absl::erase_if(left_, [](auto& source) { return --source.second == 0; });
}

template <class Family>
void HostGroup<Family>::DropChange() {
  mode_left_ = 0;
  left_.clear();
}

template <class Family>
void HostGroup<Family>::Ask(std::span<const Address> sources, bool pending) {
  if (pending && (asked_.empty() || sources.empty())) {
    asked_.clear();
    return;
  }
  if (!pending) asked_.clear();
  asked_.insert(asked_.end(), sources.begin(), sources.end());
  std::sort(asked_.begin(), asked_.end());
  asked_.erase(std::unique(asked_.begin(), asked_.end()), asked_.end());
  if (asked_.size() > kMostAsked) asked_.clear();
}

template <class Family>
void HostGroup<Family>::AddAnswer(const Address& group, ReportPacker<Family>& packer) const {
  if (asked_.empty()) {
    const bool excludes = state_.mode == FilterMode::kExclude;
    packer.Add(excludes ? RecordType::kIsExclude : RecordType::kIsInclude, group, state_.sources);
    return;
  }
  std::vector<Address> wanted;
  std::copy_if(asked_.begin(), asked_.end(), std::back_inserter(wanted),
               [this](const Address& source) { return state_.Passes(source); });
  if (!wanted.empty()) packer.Add(RecordType::kIsInclude, group, wanted);
}

template class HostGroup<Ipv4>;
template class HostGroup<Ipv6>;

}  // namespace mgmd::membership
