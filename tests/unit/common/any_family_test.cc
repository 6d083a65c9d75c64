// Invariant: a text is an address or a prefix of one family at most, and what is kept for each family is found by it.

#include "common/any_family.h"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>
#include <vector>

namespace mgmd {
namespace {

// "IPv4 10.0.0.1", "-" for nothing.
template <class Any>
std::string Told(const std::optional<Any>& any) {
  if (!any) return "-";
  return std::visit(
      []<class Value>(const Value& value) { return std::string(Value::Family::kName) + " " + value.ToString(); }, *any);
}

TEST(AnyFamily, IsToldByTheText) {
  const struct {
    const char* text;
    const char* address;
    const char* prefix;
  } rows[] = {
      {"10.0.0.1", "IPv4 10.0.0.1", "IPv4 10.0.0.1/32"},
      {"10.0.0.0/8", "-", "IPv4 10.0.0.0/8"},
      {"2001:DB8::1", "IPv6 2001:db8::1", "IPv6 2001:db8::1/128"},
      {"ff0e::/16", "-", "IPv6 ff0e::/16"},
      {"::ffff:10.0.0.1", "IPv6 ::ffff:10.0.0.1", "IPv6 ::ffff:10.0.0.1/128"},
      {"::", "IPv6 ::", "IPv6 ::/128"},
      {"10.0.0.1/8", "-", "-"},
      {"ff0e::1/16", "-", "-"},
      {"10.0.0.0/64", "-", "-"},
      {"", "-", "-"},
      {"router", "-", "-"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Told(ParseAddress(row.text)), row.address) << row.text;
    EXPECT_EQ(Told(ParsePrefix(row.text)), row.prefix) << row.text;
  }
}

TEST(AnyFamily, AnAddressMayComeWithTheLengthOfAPrefix) {
  const struct {
    const char* text;
    const char* address;
    int length;
  } rows[] = {
      {"10.0.0.254/24", "IPv4 10.0.0.254", 24},
      {"10.0.0.0/0", "IPv4 10.0.0.0", 0},
      {"2001:db8::fe/64", "IPv6 2001:db8::fe", 64},
      {"10.0.0.254", "-", 0},
      {"10.0.0.254/33", "-", 0},
      {"2001:db8::fe/129", "-", 0},
      {"10.0.0.254/", "-", 0},
      {"10.0.0.254/8/8", "-", 0},
      {"/24", "-", 0},
      {"", "-", 0},
  };
  for (const auto& row : rows) {
    const auto parsed = ParseAddressAndLength(row.text);
    EXPECT_EQ(Told(parsed ? std::optional(parsed->address) : std::nullopt), row.address) << row.text;
    EXPECT_EQ(parsed ? parsed->length : 0, row.length) << row.text;
  }
}

template <class Family>
using Addresses = std::vector<typename Family::Address>;

TEST(PerFamily, KeepsOneOfEach) {
  PerFamily<Addresses> addresses;
  std::string order;
  ForEachFamily([&]<class Family>() {
    order += std::string(Family::kName) + " ";
    addresses.of<Family>().push_back(typename Family::Address());
  });
  EXPECT_EQ(order, "IPv4 IPv6 ");
  const auto& kept = addresses;
  static_assert(std::is_same_v<decltype(kept.of<Ipv6>()), const std::vector<Ipv6Address>&>);
  EXPECT_EQ(kept.of<Ipv4>().size(), 1U);
  EXPECT_EQ(kept.of<Ipv6>().size(), 1U);
  EXPECT_EQ(kept, addresses);
  const PerFamily<Addresses> before = kept;
  addresses.of<Ipv6>().clear();
  EXPECT_NE(before, addresses);
}

}  // namespace
}  // namespace mgmd
