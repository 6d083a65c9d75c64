#ifndef MGMD_COMMON_DROP_REASON_H_
#define MGMD_COMMON_DROP_REASON_H_

// Why a packet, or one copy of it, was not forwarded: the one table. Enumerator, name (in summaries, telemetry and
// logs), what is counted, the rule behind it, and a sentence for people. docs/dataplane-rules.md is checked against it.
//
// What is counted:
//   kPacket  an input packet ended here, all of it
//   kCopy    one copy for one oif was not made or not sent; other copies of the packet may have been
//   kDevice  lost by a device before or behind the workers, as the device itself reports

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mgmd {

// X(enumerator, name, scope, rule, description)
#define MGMD_DROP_REASONS(X)                                                                                         \
  X(kOwnFrame, "own_frame", kPacket, "-", "sent by the host itself on the netdev behind the port")                   \
  X(kFrameTruncated, "frame_truncated", kPacket, "RFC 1812 5.2.2", "shorter than its Ethernet or IP header")         \
  X(kUnsupportedEthertype, "unsupported_ethertype", kPacket, "-", "neither IPv4 nor one VLAN tag before IPv4")       \
  X(kUnknownVlan, "unknown_vlan", kPacket, "-", "no interface for the port and VLAN")                                \
  X(kInterfaceDown, "interface_down", kPacket, "-", "the arrival interface is down")                                 \
  X(kIpVersion, "ip_version", kPacket, "RFC 1812 5.2.2", "IP version is not 4")                                      \
  X(kIpHeaderLength, "ip_header_length", kPacket, "RFC 1812 5.2.2", "IP header length below 20")                     \
  X(kIpTotalLength, "ip_total_length", kPacket, "RFC 1812 5.2.2",                                                    \
    "IP total length below the header, above the frame, or ending behind the largest datagram")                      \
  X(kNotForUs, "not_for_us", kPacket, "-", "for the router by its kind, in a frame for another station")             \
  X(kLocalRate, "local_rate", kPacket, "-", "more of its class of local traffic on the interface than its rate")     \
  X(kLocalRingFull, "local_ring_full", kPacket, "-", "control did not keep up with local packets")                   \
  X(kNoConsumer, "no_consumer", kPacket, "RFC 3376 4", "for the router itself, as IGMP is, and nothing takes it")    \
  X(kIpChecksum, "ip_checksum", kPacket, "RFC 1812 5.2.2", "IP header checksum is wrong")                            \
  X(kUnicastInMulticastFrame, "unicast_in_multicast_frame", kPacket, "RFC 1812 5.3.4",                               \
    "link-layer multicast or broadcast that carries unicast IP")                                                     \
  X(kNotMulticast, "not_multicast", kPacket, "-", "destination is not a multicast group")                            \
  X(kSourceInvalid, "source_invalid", kPacket, "RFC 1812 5.3.7", "source can be no host's address")                  \
  X(kLinkLocalGroup, "link_local_group", kPacket, "RFC 5771 4", "224.0.0.0/24 is never forwarded")                   \
  X(kInterfaceDisabled, "interface_disabled", kPacket, "-", "arrived on an interface with neither owner nor IGMP")   \
  X(kScopeBoundaryIn, "scope_boundary_in", kPacket, "RFC 2365 5", "arrived across an administrative boundary")       \
  X(kSourceSpecificUnwanted, "source_specific_unwanted", kPacket, "RFC 4607 5.2", "232/8 without (S,G) state")       \
  X(kReleased, "released", kPacket, "-", "the entry's accept interface, or the held packet's, has been released")    \
  X(kWrongInterface, "wrong_interface", kPacket, "RFC 1812 5.2.1.3", "not the entry's accept interface")             \
  X(kTtlExpired, "ttl_expired", kPacket, "RFC 1812 5.3.1", "TTL would become 0")                                     \
  X(kNoReceivers, "no_receivers", kPacket, "RFC 2715 rule 4", "the entry is negative: nobody wants the stream")      \
  X(kNoRoute, "no_route", kPacket, "RFC 2715 rule 1",                                                                \
    "the entry is negative: no route or no owner towards the source")                                                \
  X(kPuntRingFull, "punt_ring_full", kPacket, "-", "control did not keep up with punts")                             \
  X(kPendingStreams, "pending_streams", kPacket, "RFC 2715 rule 3", "too many streams wait for a decision")          \
  X(kPendingDepth, "pending_depth", kPacket, "-", "too many packets of one stream are held")                         \
  X(kPendingPackets, "pending_packets", kPacket, "-", "too many packets are held in all")                            \
  X(kPendingTimeout, "pending_timeout", kPacket, "-", "no decision within pending_timeout")                          \
  X(kPendingDiscarded, "pending_discarded", kPacket, "-", "control could make no entry for the stream")              \
  X(kStopped, "stopped", kPacket, "-", "still held when the worker stopped")                                         \
  X(kArrivalInterface, "arrival_interface", kCopy, "RFC 7761 4.2", "never sent back to the arrival interface")       \
  X(kStaleOif, "stale_oif", kCopy, "-", "the oif has been released since the entry was built")                       \
  X(kOifDown, "oif_down", kCopy, "-", "the oif has no port, or is down")                                             \
  X(kTtlThreshold, "ttl_threshold", kCopy, "RFC 1812 5.2.1.3", "TTL as received is not above the oif's threshold")   \
  X(kScopeBoundaryOut, "scope_boundary_out", kCopy, "RFC 2365 5", "would leave across an administrative boundary")   \
  X(kFragmentationNeeded, "fragmentation_needed", kCopy, "RFC 1812 4.2.2.7", "larger than the oif's MTU, DF set")    \
  X(kFrameTooLong, "frame_too_long", kCopy, "-", "no buffer holds the frame in one piece, as the port needs it")     \
  X(kNoBuffers, "no_buffers", kCopy, "-", "the mempool was empty")                                                   \
  X(kInjectQueueFull, "inject_queue_full", kCopy, "-", "the router's own packets waited too long for a worker")      \
  X(kTxFull, "tx_full", kCopy, "-", "the device took no more packets")                                               \
  X(kDeviceRxMissed, "device_rx_missed", kDevice, "-", "no free descriptor, or no room in the kernel's ring for it") \
  X(kDeviceRxNoBuffers, "device_rx_no_buffers", kDevice, "-", "the device had no buffer (rx_nombuf)")                \
  X(kDeviceRxErrors, "device_rx_errors", kDevice, "-", "the device found the frame broken (ierrors)")                \
  X(kDeviceTxErrors, "device_tx_errors", kDevice, "-", "the device took the frame and failed to send it")

enum class DropReason : uint8_t {
#define MGMD_X(enumerator, name, scope, rule, description) enumerator,
  MGMD_DROP_REASONS(MGMD_X)
#undef MGMD_X
};

#define MGMD_X(enumerator, name, scope, rule, description) +1
inline constexpr size_t kDropReasons = 0 MGMD_DROP_REASONS(MGMD_X);
#undef MGMD_X

enum class DropScope : uint8_t { kPacket, kCopy, kDevice };

struct DropReasonInfo {
  DropReason reason;
  std::string_view name;
  DropScope scope;
  std::string_view rule;
  std::string_view description;
};

const DropReasonInfo& Info(DropReason reason);
inline std::string_view Name(DropReason reason) { return Info(reason).name; }

}  // namespace mgmd

#endif  // MGMD_COMMON_DROP_REASON_H_
