#include "common/ip_address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <system_error>

namespace mgmd {
namespace {

template <size_t kSize>
bool CopyTerminated(std::string_view text, char (&buffer)[kSize]) {
  if (text.size() >= kSize || text.find('\0') != std::string_view::npos) return false;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  return true;
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

std::optional<Ipv4Prefix> Ipv4Prefix::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = Ipv4Address::Parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  unsigned length = 32;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc() || end != digits.data() + digits.size() || length > 32) {
      return std::nullopt;
    }
  }
  const Ipv4Prefix prefix(*address, static_cast<int>(length));
  if (prefix.address() != *address) return std::nullopt;
  return prefix;
}

std::string Ipv6Prefix::ToString() const { return address_.ToString() + "/" + std::to_string(length_); }

std::string Ipv4Prefix::ToString() const { return address_.ToString() + "/" + std::to_string(length_); }

}  // namespace mgmd
