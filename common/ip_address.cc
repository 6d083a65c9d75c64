#include "common/ip_address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <system_error>

#include "common/ip_family.h"

namespace mgmd {
namespace {

template <size_t kSize>
bool CopyTerminated(std::string_view text, char (&buffer)[kSize]) {
  if (text.size() >= kSize || text.find('\0') != std::string_view::npos) return false;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  return true;
}

// "ADDRESS/LENGTH" with zero host bits, or a bare address.
template <class Family>
std::optional<typename Family::Prefix> ParsePrefix(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = Family::Address::Parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  unsigned length = Family::kAddressBits;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc() || end != digits.data() + digits.size() || length > Family::kAddressBits) {
      return std::nullopt;
    }
  }
  const typename Family::Prefix prefix(*address, static_cast<int>(length));
  if (prefix.address() != *address) return std::nullopt;
  return prefix;
}

template <class Prefix>
std::string ShortText(const Prefix& prefix) {
  return prefix.length() == Prefix::Family::kAddressBits ? prefix.address().ToString() : prefix.ToString();
}

}  // namespace

std::optional<Ipv4Address> Ipv4Address::Parse(std::string_view text) {
  char buffer[INET_ADDRSTRLEN];
  in_addr address;
  if (!CopyTerminated(text, buffer) || inet_pton(AF_INET, buffer, &address) != 1) return std::nullopt;
  return FromNetwork(address.s_addr);
}

std::string Ipv4Address::ToString() const {
  char buffer[INET_ADDRSTRLEN];
  const in_addr address{ToNetwork()};
  return inet_ntop(AF_INET, &address, buffer, sizeof(buffer));
}

std::optional<Ipv6Address> Ipv6Address::Parse(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN];
  std::array<uint8_t, 16> bytes;
  if (!CopyTerminated(text, buffer) || inet_pton(AF_INET6, buffer, bytes.data()) != 1) return std::nullopt;
  return Ipv6Address(bytes);
}

std::string Ipv6Address::ToString() const {
  char buffer[INET6_ADDRSTRLEN];
  return inet_ntop(AF_INET6, bytes_.data(), buffer, sizeof(buffer));
}

std::optional<Ipv4Prefix> Ipv4Prefix::Parse(std::string_view text) { return ParsePrefix<Ipv4>(text); }

std::optional<Ipv6Prefix> Ipv6Prefix::Parse(std::string_view text) { return ParsePrefix<Ipv6>(text); }

std::string Ipv4Prefix::ToShortString() const { return ShortText(*this); }

std::string Ipv6Prefix::ToShortString() const { return ShortText(*this); }

std::string Ipv6Prefix::ToString() const { return address_.ToString() + "/" + std::to_string(length_); }

std::string Ipv4Prefix::ToString() const { return address_.ToString() + "/" + std::to_string(length_); }

}  // namespace mgmd
