#include "tests/fakes/address_names.h"

#include <array>
#include <cstdlib>
#include <string_view>
#include <type_traits>

namespace mgmd::fakes {
namespace {

// What a named address begins with; its last octet, or 16 bits, is its number.
struct Names {
  char letter;
  std::string_view ipv4;
  std::string_view ipv6;
};
constexpr std::array<Names, 3> kNames = {
    {{'S', "10.0.0.", "2001:db8::"}, {'G', "239.1.1.", "ff0e::"}, {'N', "10.9.0.", "fe80::"}}};

template <class Family>
std::string_view BeginOf(const Names& names) {
  return std::is_same_v<Family, Ipv4> ? names.ipv4 : names.ipv6;
}

}  // namespace

template <class Family>
auto AddressOf<Family>::Of(const std::string& name) -> CAddress {
  if (name == "*") return CAddress{};
  std::string text = name;
  for (const Names& names : kNames) {
    if (name[0] != names.letter) continue;
    text = std::string(BeginOf<Family>(names)) + (name.size() > 1 ? name.substr(1) : "1");
  }
  const auto parsed = Family::Address::Parse(text);
  if (!parsed.has_value()) std::abort();
  return mgm::CValues<Family>::ToC(*parsed);
}

template <class Family>
std::string AddressOf<Family>::Name(const CAddress& address) {
  const typename Family::Address value = mgm::CValues<Family>::FromC(address);
  if (value.is_zero()) return "*";
  std::string text = value.ToString();
  for (const Names& names : kNames) {
    const std::string_view begin = BeginOf<Family>(names);
    if (!text.starts_with(begin)) continue;
    const std::string number = text.substr(begin.size());
    if (number.find_first_not_of("0123456789") != std::string::npos) continue;
    return names.letter + (number == "1" ? "" : number);
  }
  return text;
}

template <class Family>
std::string AddressOf<Family>::Entry(const CAddress& source, const CAddress& group, DWORD group_mask) {
  using Values = mgm::CValues<Family>;
  const int length = Values::LengthOf(group_mask);
  const bool whole = length == Family::kAddressBits || Values::FromC(group).is_zero();
  return "(" + Name(source) + "," + Name(group) + (whole ? "" : "/" + std::to_string(length)) + ")";
}

template struct AddressOf<Ipv4>;
template struct AddressOf<Ipv6>;

}  // namespace mgmd::fakes
