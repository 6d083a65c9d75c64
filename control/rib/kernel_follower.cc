#include "control/rib/kernel_follower.h"

#include <linux/if.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "control/kernel/netlink_messages.h"

namespace mgmd {
namespace {

constexpr std::chrono::milliseconds kPause{100};
// In one turn: of events, one message each mostly; of pieces of a dump, 32 KB each; of prefixes that may be gone.
constexpr int kMostEvents = 256;
constexpr int kMostPieces = 4;
constexpr size_t kMostLooks = 4096;
constexpr int kMostTorn = 3;

template <class Family>
constexpr bool kIsIpv4 = std::is_same_v<Family, Ipv4>;

}  // namespace

template <class Family>
absl::StatusOr<std::unique_ptr<KernelFollower<Family>>> KernelFollower<Family>::Open(uint32_t table,
                                                                                     InterfaceOfNetdev interface_of,
                                                                                     int receive_buffer) {
  std::unique_ptr<KernelFollower> follower(new KernelFollower(table, std::move(interface_of)));
  constexpr std::array<int, 4> kGroups = {RTNLGRP_LINK, RTNLGRP_NEXTHOP,
                                          kIsIpv4<Family> ? RTNLGRP_IPV4_ROUTE : RTNLGRP_IPV6_ROUTE,
                                          kIsIpv4<Family> ? RTNLGRP_IPV4_IFADDR : RTNLGRP_IPV6_IFADDR};
  auto events = NetlinkSocket::Open(kGroups, receive_buffer);
  if (!events.ok()) return events.status();
  follower->events_ = *std::move(events);
  auto dumps = NetlinkSocket::Open({});
  if (!dumps.ok()) return dumps.status();
  follower->dumps_ = *std::move(dumps);
  // What the kernel is asked it answers at once, with a piece for each read.
  follower->BeginDump();
  while (follower->step_ != Step::kWait) follower->Poll();
  if (!follower->complete_) {
    return absl::UnavailableError(absl::StrCat("the kernel does not tell its routes of ", std::string(Family::kName)));
  }
  follower->changes_.clear();
  return follower;
}

template <class Family>
bool KernelFollower<Family>::Poll() {
  const bool told = ReadEvents();
  switch (step_) {
    case Step::kWait:
      if (!due_ || Clock::now() < *due_) return told;
      due_.reset();
      if (std::exchange(touched_again_, false)) Touch();
      BeginDump();
      return true;
    case Step::kReadNexthops:
    case Step::kReadRoutes:
      return ReadDump() || told;
    case Step::kRemove:
      if (!routes_.RemoveMissing(kMostLooks, [this](const Prefix& prefix) { AddChange(prefix); })) step_ = Step::kWait;
      return true;
  }
  return told;
}

template <class Family>
void KernelFollower<Family>::Touch() {
  torn_ = true;
  if (due_) {
    touched_again_ = true;
  } else {
    due_ = Clock::now() + kPause;
  }
}

template <class Family>
void KernelFollower<Family>::AddChange(const Prefix& prefix) {
  Prefix all = prefix;
  for (const Prefix& other : changes_) {
    if (other.length() <= prefix.length() && other.Contains(prefix.address())) return;
    all = Prefix(all.address(), std::min({all.length(), other.length(), CommonBits(all.address(), other.address())}));
  }
  if (changes_.size() < kMostChanges) {
    changes_.push_back(prefix);
  } else {
    changes_.assign({all});
    many_changes_ = true;
  }
}

template <class Family>
auto KernelFollower<Family>::TakeChanges() -> std::vector<Prefix> {
  if (many_changes_ && step_ != Step::kWait) return {};
  many_changes_ = false;
  return std::exchange(changes_, {});
}

template <class Family>
bool KernelFollower<Family>::ReadEvents() {
  bool told = false;
  for (int reads = 0; reads < kMostEvents; ++reads) {
    const auto got = events_->Receive([this](const nlmsghdr& message) { HandleEvent(message); });
    if (got == NetlinkSocket::Got::kNothing) break;
    told = true;
    if (got == NetlinkSocket::Got::kMessages) continue;
    // Links may have turned, too.
    links_.clear();
    Touch();
  }
  return told;
}

template <class Family>
void KernelFollower<Family>::HandleEvent(const nlmsghdr& message) {
  switch (message.nlmsg_type) {
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      if (Read(message, route_) && routes_.Has(route_)) Touch();
      return;
    case RTM_NEWLINK:
    case RTM_DELLINK:
      if (HasTurned(message)) Touch();
      return;
    case RTM_DELADDR:
    case RTM_NEWNEXTHOP:
    case RTM_DELNEXTHOP:
      return Touch();
    default:
      return;
  }
}

template <class Family>
bool KernelFollower<Family>::HasTurned(const nlmsghdr& message) {
  const auto* const link = HeaderOf<ifinfomsg>(message);
  // A bridge tells of its ports as a bridge sees them.
  if (link == nullptr || link->ifi_family != AF_UNSPEC) return false;
  if (message.nlmsg_type == RTM_DELLINK) {
    links_.erase(link->ifi_index);
    return true;
  }
  const unsigned flags = link->ifi_flags & (IFF_UP | IFF_LOWER_UP);
  const auto [known, added] = links_.try_emplace(link->ifi_index, flags);
  return added || std::exchange(known->second, flags) != flags;
}

template <class Family>
void KernelFollower<Family>::BeginDump() {
  routes_.BeginDump();
  torn_ = false;
  needs_objects_ = false;
  Ask(reads_objects_ ? Step::kReadNexthops : Step::kReadRoutes);
}

template <class Family>
void KernelFollower<Family>::Ask(Step step) {
  step_ = step;
  NetlinkRequest request(step == Step::kReadNexthops ? RTM_GETNEXTHOP : RTM_GETROUTE);
  if (step == Step::kReadNexthops) {
    request.Put<nhmsg>();
  } else {
    request.Put<rtmsg>().rtm_family = kIsIpv4<Family> ? AF_INET : AF_INET6;
    // A kernel before 4.20 tells the routes of other tables, too.
    mnl_attr_put_u32(request.header(), RTA_TABLE, routes_.table());
  }
  request_ = dumps_->AskForAll(request);
  if (request_ != 0) return;
  step_ = Step::kWait;
  Touch();
}

template <class Family>
bool KernelFollower<Family>::ReadDump() {
  bool read = false;
  for (int pieces = 0; pieces < kMostPieces && step_ != Step::kWait && step_ != Step::kRemove; ++pieces) {
    const auto got = dumps_->Receive([this](const nlmsghdr& message) { HandleAnswer(message); });
    if (got == NetlinkSocket::Got::kNothing) break;
    if (got == NetlinkSocket::Got::kLost) torn_ = true;
    read = true;
  }
  return read;
}

template <class Family>
void KernelFollower<Family>::HandleAnswer(const nlmsghdr& message) {
  if (message.nlmsg_seq != request_) return;
  if ((message.nlmsg_flags & NLM_F_DUMP_INTR) != 0) torn_ = true;
  if (const std::optional<int> error = EndOf(message)) return EndPart(*error);
  switch (message.nlmsg_type) {
    case RTM_NEWNEXTHOP:
      if (Read(message, object_)) routes_.Add(object_);
      return;
    case RTM_NEWROUTE:
      if (!Read(message, route_) || !routes_.Has(route_)) return;
      needs_objects_ = needs_objects_ || (route_.next_hops.empty() && route_.nexthop_object != 0);
      if (routes_.Add(route_)) AddChange(route_.prefix);
      return;
    default:
      return;
  }
}

template <class Family>
void KernelFollower<Family>::EndPart(int error) {
  // A kernel before 5.3 has no nexthop objects, and says so by an error.
  if (step_ == Step::kReadNexthops) return Ask(Step::kReadRoutes);
  step_ = Step::kWait;
  // What has changed during the dump has been told by now.
  ReadEvents();
  // A table without routes may not be there.
  if (error == ENOENT) error = 0;
  if (error != 0 || torn_) Touch();
  if (error != 0) return;
  const bool missed_objects = needs_objects_ && !reads_objects_;
  reads_objects_ = needs_objects_;
  if (missed_objects) return BeginDump();
  complete_ = true;
  if (torn_ && ++torn_in_a_row_ < kMostTorn) return;
  torn_in_a_row_ = 0;
  step_ = Step::kRemove;
}

template class KernelFollower<Ipv4>;
template class KernelFollower<Ipv6>;

}  // namespace mgmd
