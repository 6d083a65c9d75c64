// Invariant: whoever wants an IP protocol asks for the classes that workers give its packets, and for no class that
// they never give it.

#include "control/local/wanted_classes.h"

#include <gtest/gtest.h>

#include "common/ipv6_header.h"
#include "dataplane/stages/local.h"

namespace mgmd {
namespace {

constexpr const char* kGroups[] = {"224.0.0.1", "224.0.0.2", "224.0.0.5", "224.0.0.13", "224.0.0.22", "224.0.0.254"};
constexpr const char* kGroups6[] = {"ff02::1", "ff02::5", "ff02::d", "ff02::1a", "ff02::1b", "ff02::114", "ff12::5"};

// The class of a packet of the protocol, where the router has no addresses.
LocalClasses ClassOf(uint8_t protocol, Ipv4Address to) {
  const dataplane::OwnAddresses none;
  return {*dataplane::LocalClassOf({none, 0}, protocol, to, to.is_multicast())};
}
LocalClasses ClassOf(uint8_t protocol, const Ipv6Address& to, bool fragment = false) {
  const dataplane::OwnAddresses none;
  return {*dataplane::LocalClassOf({none, 1}, nullptr, {.protocol = protocol, .at = 40, .fragment = fragment}, to,
                                   to.is_multicast())};
}

TEST(WantedClasses, AreThoseOfThePacketsInIpv4) {
  for (int protocol = 0; protocol < 256; ++protocol) {
    const auto number = static_cast<uint8_t>(protocol);
    LocalClasses given;
    for (const char* const text : kGroups) {
      const Ipv4Address group = *Ipv4Address::Parse(text);
      const LocalClasses of_group = ClassOf(number, group);
      EXPECT_EQ(local::ClassesTo<Ipv4>(group, number), of_group) << protocol << " to " << text;
      given = given | of_group;
    }
    given = given | ClassOf(number, Ipv4Address(10, 0, 0, 254));
    EXPECT_EQ(local::ClassesOf<Ipv4>(number), given) << protocol;
  }
}

TEST(WantedClasses, AreThoseOfThePacketsInIpv6) {
  for (int protocol = 0; protocol < 256; ++protocol) {
    if (protocol == kIcmpv6) continue;  // the next test's
    const auto number = static_cast<uint8_t>(protocol);
    LocalClasses given;
    for (const char* const text : kGroups6) {
      const Ipv6Address group = *Ipv6Address::Parse(text);
      EXPECT_EQ(local::ClassesTo<Ipv6>(group, number), ClassOf(number, group) | ClassOf(number, group, true))
          << protocol << " to " << text;
      given = given | ClassOf(number, group);
    }
    EXPECT_EQ(local::ClassesOf<Ipv6>(number), given | ClassOf(number, *Ipv6Address::Parse("fe80::1"))) << protocol;
  }
}

TEST(WantedClasses, OfIcmpv6AreAllThatDependOnItsTypeAndOnOwnAddresses) {
  const LocalClasses to_groups = {LocalClass::kMld, LocalClass::kNeighbour, LocalClass::kNeighbourOther};
  EXPECT_EQ(local::ClassesTo<Ipv6>(*Ipv6Address::Parse("ff02::16"), kIcmpv6), to_groups);
  EXPECT_EQ(local::ClassesOf<Ipv6>(kIcmpv6), to_groups | LocalClasses{LocalClass::kHost});
}

}  // namespace
}  // namespace mgmd
