#ifndef MGMD_CONTROL_KERNEL_NETLINK_MESSAGES_H_
#define MGMD_CONTROL_KERNEL_NETLINK_MESSAGES_H_

// What the kernel's messages (rtnetlink(7)) are made of: a header of their type's and attributes, with values.
//
// Pure: octets in, values out; nothing is read beyond the message. Any thread.

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "common/ip_address.h"

namespace mgmd {

// The header that a message begins with; null: it is shorter.
template <class Header>
const Header* HeaderOf(const nlmsghdr& message) {
  if (message.nlmsg_len < MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(Header))) return nullptr;
  return static_cast<const Header*>(mnl_nlmsg_get_payload(&message));
}

// The error number, or 0, of a message that ends an answer; nothing: it does not end one.
inline std::optional<int> EndOf(const nlmsghdr& message) {
  if (message.nlmsg_type != NLMSG_DONE && message.nlmsg_type != NLMSG_ERROR) return std::nullopt;
  int error = 0;  // both begin with it
  if (mnl_nlmsg_get_payload_len(&message) >= sizeof(error)) {
    std::memcpy(&error, mnl_nlmsg_get_payload(&message), sizeof(error));
  }
  return -error;
}

// Calls visit(attribute) for each attribute in the octets; those of a message or of what is nested in it.
template <class Visitor>
void ForEachAttribute(const void* octets, size_t size, Visitor&& visit) {
  auto left = static_cast<int>(size);
  const auto* attribute = static_cast<const nlattr*>(octets);
  while (mnl_attr_ok(attribute, left)) {
    visit(*attribute);
    left -= MNL_ALIGN(attribute->nla_len);
    attribute = mnl_attr_next(attribute);
  }
}

// Of a message, after its header of that size.
template <class Visitor>
void ForEachAttribute(const nlmsghdr& message, size_t header, Visitor&& visit) {
  ForEachAttribute(mnl_nlmsg_get_payload_offset(&message, header), mnl_nlmsg_get_payload_len(&message) - header, visit);
}

// Take an attribute's value; `value` stays as it is where the attribute has not its size.
inline void Take(const nlattr& attribute, uint32_t& value) {
  if (mnl_attr_get_payload_len(&attribute) == sizeof(value)) value = mnl_attr_get_u32(&attribute);
}
template <size_t kOctets>
void Take(const nlattr& attribute, std::array<uint8_t, kOctets>& value) {
  if (mnl_attr_get_payload_len(&attribute) == kOctets)
    std::memcpy(value.data(), mnl_attr_get_payload(&attribute), kOctets);
}
inline void Take(const nlattr& attribute, Ipv4Address& value) {
  uint32_t octets = 0;
  if (mnl_attr_get_payload_len(&attribute) != sizeof(octets)) return;
  std::memcpy(&octets, mnl_attr_get_payload(&attribute), sizeof(octets));
  value = Ipv4Address::FromNetwork(octets);
}
inline void Take(const nlattr& attribute, Ipv6Address& value) {
  if (mnl_attr_get_payload_len(&attribute) != sizeof(value.bytes())) return;
  value = Ipv6Address::FromNetwork(static_cast<const uint8_t*>(mnl_attr_get_payload(&attribute)));
}

}  // namespace mgmd

#endif  // MGMD_CONTROL_KERNEL_NETLINK_MESSAGES_H_
