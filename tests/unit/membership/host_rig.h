#ifndef MGMD_TESTS_UNIT_MEMBERSHIP_HOST_RIG_H_
#define MGMD_TESTS_UNIT_MEMBERSHIP_HOST_RIG_H_

// A host part on a link of its own, on a virtual clock, and what it says as text: "TO_EX(a)", "ALLOW(b) BLOCK#2(a)" of
// version 3, "report", "leave#2" of older ones. Messages are parted by "; ". Sources are letters, and a number tells
// other groups than the first.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/ip_family.h"
#include "control/local/ip_packet.h"
#include "control/membership/host_part.h"
#include "tests/support/families.h"
#include "tests/unit/membership/golden.h"

namespace mgmd::membership {

using namespace std::chrono_literals;  // NOLINT(google-global-names-in-headers)

// The group of that number, from 1 on; a source-specific one; the source of that letter, and of that number.
template <class Family>
typename Family::Address TestGroup(int number) {
  const auto low = static_cast<uint8_t>(number);
  const auto high = static_cast<uint8_t>(number >> 8);
  if constexpr (Family::kAddressBits == 32) {
    return Ipv4Address(239, 1, high, low);
  } else {
    return Ipv6Address({0xFF, 0x0E, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, high, low});
  }
}
template <class Family>
typename Family::Address SsmGroup() {
  if constexpr (Family::kAddressBits == 32) {
    return Ipv4Address(232, 1, 1, 99);
  } else {
    return Six("ff3e::63");
  }
}
template <class Family>
typename Family::Address SourceNumber(int number) {
  const auto low = static_cast<uint8_t>(number);
  const auto high = static_cast<uint8_t>(number >> 8);
  if constexpr (Family::kAddressBits == 32) {
    return Ipv4Address(10, 9, high, low);
  } else {
    return Ipv6Address({0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, high, low});
  }
}
template <class Family>
typename Family::Address SourceLetter(char letter) {
  return SourceNumber<Family>(letter);
}
inline int LowestOctets(Ipv4Address address) { return static_cast<int>(address.host_order() & 0xFFFF); }
inline int LowestOctets(const Ipv6Address& address) { return address.bytes()[14] << 8 | address.bytes()[15]; }

template <class Family>
Filter<Family> Including(std::string_view letters) {
  Filter<Family> filter;
  for (const char letter : letters) filter.sources.push_back(SourceLetter<Family>(letter));
  return filter;
}
template <class Family>
Filter<Family> Excluding(std::string_view letters) {
  Filter<Family> filter = Including<Family>(letters);
  filter.mode = FilterMode::kExclude;
  return filter;
}
// "I:ab", "E:"; "I:" is nothing.
template <class Family>
Filter<Family> FilterOf(std::string_view text) {
  return text[0] == 'I' ? Including<Family>(text.substr(2)) : Excluding<Family>(text.substr(2));
}
template <class Family>
std::string Letters(std::span<const typename Family::Address> sources) {
  std::string text;
  for (const auto& source : sources) text += static_cast<char>(LowestOctets(source));
  return text;
}

template <class Family>
struct SaidMessage {
  Duration at{};  // since the rig began
  MessageKind kind;
  typename Family::Address source, destination;
  std::vector<uint8_t> message;

  std::string Text() const;
  size_t records() const { return local::LoadBig2(message.data() + 6); }  // of a report of version 3
};

template <class Family>
class HostRig : public MessageOut<Family>, public HostObserver<Family> {
 public:
  using Address = typename Family::Address;

  static constexpr Time kBegin = Time() + std::chrono::hours(1000);

  static Address Own() {
    if constexpr (Family::kAddressBits == 32) {
      return Ipv4Address(10, 0, 0, 10);
    } else {
      return Six("fe80::10");
    }
  }
  static Link<Family> Up(const Address& address = Own()) { return {.up = true, .address = address}; }

  explicit HostRig(HostSettings<Family> settings = {}, Link<Family> link = Up())
      : host(settings, *this, *this, counters) {
    host.SetLink(link, now);
  }

  // One control turn.
  void Want(Filter<Family> filter, const Address& group = TestGroup<Family>(1), WanterId wanter = 0) {
    ASSERT_TRUE(host.SetWant(wanter, group, std::move(filter), now));
    host.Tick(now);
  }
  // Until there is nothing more to say about it.
  void WantAndSettle(Filter<Family> filter, const Address& group = TestGroup<Family>(1)) {
    Want(std::move(filter), group);
    RunFor(30s);
    said.clear();
  }
  void SetLink(const Link<Family>& link) {
    host.SetLink(link, now);
    host.Tick(now);
  }
  void Hear(const Query<Family>& query) {
    host.HearQuery(query, now);
    host.Tick(now);
  }
  void HearGeneral(std::chrono::milliseconds max_response = 10s, Version version = Version::kV3) {
    Hear({.version = version, .max_response = max_response, .robustness = 2});
  }
  // About the first group, and of these sources if there are any.
  void Ask(std::string_view letters, std::chrono::milliseconds max_response = 1s) {
    Hear({.group = TestGroup<Family>(1),
          .max_response = max_response,
          .robustness = 2,
          .sources = Including<Family>(letters).sources});
  }
  // To that much later, stopping at each deadline.
  void RunFor(Duration duration) {
    const Time end = now + duration;
    while (host.NextDeadline() <= end) {
      ASSERT_GE(host.NextDeadline(), now) << "a deadline was not met";
      now = host.NextDeadline();
      host.Tick(now);
    }
    now = end;
  }

  // What was said since the last call.
  std::string Said() {
    std::string text;
    for (const auto& message : std::exchange(said, {})) text += (text.empty() ? "" : "; ") + message.Text();
    return text;
  }

  bool Send(MessageKind kind, const Address& source, const Address& destination,
            std::span<const uint8_t> message) override {
    if (refuses) return false;
    said.push_back({now - kBegin, kind, source, destination, {message.begin(), message.end()}});
    return true;
  }
  void VersionChanged(Version version) override { versions.push_back(version); }
  void SourcesUnsaid(const Address& group) override { unsaid.push_back(group); }

  Time now = kBegin;
  bool refuses = false;
  std::vector<SaidMessage<Family>> said;
  std::vector<Version> versions;
  std::vector<Address> unsaid;
  Counters counters;
  HostPart<Family> host;
};

template <class Family>
std::string SaidMessage<Family>::Text() const {
  const auto number = [](const typename Family::Address& group) {
    const int low = LowestOctets(group) & 0xFF;
    return low == 1 ? "" : "#" + std::to_string(low);
  };
  if (kind.version != Version::kV3) {
    return (kind.type == MessageType::kLeave ? "leave"
            : kind.version == Version::kV1   ? "report1"
                                             : "report") +
           number(GroupOf<Family>(message));
  }
  constexpr const char* kNames[] = {"", "IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW", "BLOCK"};
  std::string text;
  std::vector<typename Family::Address> buffer;
  ForEachRecord<Family>(message, buffer, [&](const Record<Family>& record) {
    text += (text.empty() ? "" : " ") + std::string(kNames[static_cast<size_t>(record.type)]) + number(record.group) +
            "(" + Letters<Family>(record.sources) + ")";
  });
  return text;
}

}  // namespace mgmd::membership

#endif  // MGMD_TESTS_UNIT_MEMBERSHIP_HOST_RIG_H_
