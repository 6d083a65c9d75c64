// Any bytes as a frame: the worker neither reads nor writes outside of the buffers that it was
// given, and decides as the reference router does.
//
// The frame stands in heap memory of exactly its size, where AddressSanitizer sees every octet too
// far; packet pools are one piece of memory to it. Every frame goes the whole way, so that what
// parse lets through is also held against what the later stages expect of it.
//
// Input: four octets that say how the frame arrives, then the frame.
//   0   bits 0-1 port, bit 2 VLAN tag outside the frame, bit 3 make the checksum right, bits 4-7 length of the third
//       segment
//   1   octets of the first segment; 0: all
//   2   octets of the second segment; 0: the rest
//   3   VLAN outside the frame

#include <rte_mbuf.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <vector>

#include "tests/reference/reference_router.h"
#include "tests/support/reference_rig.h"
#include "tests/support/worker_rig.h"

namespace mgmd {
namespace {

using reference::Bytes;
using testing::WorkerRig;

constexpr size_t kControlOctets = 4;
constexpr size_t kLongestFrame = 1600;
constexpr size_t kLongestHeaders = 14 + 4 + 60;  // Ethernet, tag, IPv4 with options
constexpr int kPorts = 4;

reference::Range Range(const char* text) { return reference::Range::Parse(text); }

std::vector<reference::Interface> Interfaces() {
  std::vector<reference::Interface> interfaces(7);
  for (int port = 0; port < kPorts; ++port) interfaces[size_t(port)].port = port;
  interfaces[1].mtu = 68;
  interfaces[2].boundaries = {Range("239.1.0.0/16")};
  interfaces[2].ttl_threshold = 16;
  interfaces[3].enabled = false;
  interfaces[6].scope_boundary = 5;
  interfaces[4].vlan = 7;
  interfaces[5].port = 1;
  interfaces[5].vlan = 7;
  interfaces[5].mtu = 576;
  interfaces[6].port = 2;
  interfaces[6].vlan = 4094;
  interfaces[0].complete_checksums = interfaces[4].complete_checksums = true;
  for (size_t i = 0; i < interfaces.size(); ++i) interfaces[i].mac = testing::MacOf(int(i));
  return interfaces;
}

std::vector<reference::Entry> Entries() {
  const auto source = Range("10.0.0.1").address;
  const auto source6 = Range("2001:db8::1").address;
  return {{.source = {}, .group = Range("224.0.0.0/4"), .accept = 0, .oifs = {1, 2, 4}},
          {.source = {}, .group = Range("239.1.0.0/16"), .accept = 4, .oifs = {0, 5, 6, 1}},
          {.source = source, .group = Range("232.1.1.1/32"), .accept = 0, .oifs = {0, 1, 2, 3, 4, 5, 6}},
          {.source = source, .group = Range("232.1.1.2/32"), .accept = 0, .oifs = {}},
          {.source = {}, .group = Range("ff00::/8"), .accept = 0, .oifs = {1, 2, 4}},
          {.source = {}, .group = Range("ff0e::/16"), .accept = 4, .oifs = {0, 5, 6, 1}},
          {.source = source6, .group = Range("ff3e::1"), .accept = 0, .oifs = {0, 1, 2, 3, 4, 5, 6}}};
}

testing::RigOptions Options() {
  testing::RigOptions options;
  options.frame = kLongestFrame;
  options.header_buffers = 1024;
  options.share_above = 256;
  return options;
}

// A heap block that is one segment of a packet, and what frees it.
struct Segment {
  uint8_t* octets;
  rte_mbuf_ext_shared_info info;

  static void Free(void*, void* self) {
    auto* const segment = static_cast<Segment*>(self);
    delete[] segment->octets;
    delete segment;
  }
};

rte_mbuf* MakeSegment(WorkerRig& rig, const uint8_t* data, size_t size, size_t room) {
  auto* const segment = new Segment{new uint8_t[room], {}};
  std::copy_n(data, size, segment->octets);
  segment->info.free_cb = Segment::Free;
  segment->info.fcb_opaque = segment;
  rte_mbuf_ext_refcnt_set(&segment->info, 1);
  rte_mbuf* const mbuf = rte_pktmbuf_alloc(rig.rx_pool());
  rte_pktmbuf_attach_extbuf(mbuf, segment->octets, RTE_BAD_IOVA, uint16_t(room), &segment->info);
  mbuf->data_off = 0;
  mbuf->data_len = uint16_t(size);
  mbuf->pkt_len = uint32_t(size);
  return mbuf;
}

rte_mbuf* MakePacket(WorkerRig& rig, const Bytes& frame, const std::vector<size_t>& sizes) {
  rte_mbuf* first = nullptr;
  for (size_t done = 0, i = 0; done < frame.size(); ++i) {
    const size_t left = frame.size() - done;
    const size_t size = i < sizes.size() && sizes[i] > 0 ? std::min(left, sizes[i]) : left;
    // No device has buffers that are too small for the headers.
    const size_t room = i == 0 && size < left ? std::max(size, kLongestHeaders) : size;
    rte_mbuf* const mbuf = MakeSegment(rig, frame.data() + done, size, room);
    done += size;
    if (first == nullptr) {
      first = mbuf;
    } else {
      rte_pktmbuf_chain(first, mbuf);
    }
  }
  return first;
}

// Without it hardly any input would get past the check of the checksum.
void MakeChecksumRight(Bytes& frame) {
  const size_t ip = frame.size() > 14 && frame[12] == 0x81 && frame[13] == 0 ? 18 : 14;
  if (frame.size() < ip + 20) return;
  Bytes packet(frame.begin() + long(ip), frame.end());
  if (size_t(packet[0] & 15) * 4 > packet.size()) return;
  const uint16_t checksum = reference::HeaderChecksum(packet);
  frame[ip + 10] = uint8_t(checksum >> 8);
  frame[ip + 11] = uint8_t(checksum);
}

class Fuzzed {
 public:
  Fuzzed() : reference_(Interfaces()), rig_(Options()) {
    const std::vector<reference::Interface> interfaces = Interfaces();
    for (size_t i = 0; i < interfaces.size(); ++i) {
      testing::AddInterface(rig_, int(i), interfaces[i]);
    }
    for (const reference::Entry& entry : Entries()) {
      reference_.Set(entry);
      testing::AddEntry(rig_, entry);
    }
  }

  void Try(const uint8_t* control, Bytes frame) {
    const int port = control[0] & 3;
    std::optional<int> stripped;
    if (control[0] & 4) stripped = control[3];
    if (control[0] & 8) MakeChecksumRight(frame);
    rte_mbuf* const packet = MakePacket(rig_, frame, {control[1], control[2], size_t(control[0] >> 4)});
    if (stripped) {
      packet->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
      packet->vlan_tci = uint16_t(*stripped);
    }
    rig_.ReceiveMbuf(port, packet);
    rig_.Turn();
    std::map<int, std::vector<Bytes>> sent;
    for (int out = 0; out < testing::kRigPorts; ++out) {
      for (Bytes& one : rig_.Sent(out)) sent[out].push_back(std::move(one));
    }
    // Unknown streams end here.
    testing::DiscardUnknown(rig_);

    std::map<int, std::vector<Bytes>> expected;
    for (reference::Frame& one : reference_.Receive({port, frame}, stripped)) {
      expected[one.port].push_back(std::move(one.bytes));
    }
    // Among the interfaces of a port no order is promised.
    for (auto* all : {&sent, &expected}) {
      for (auto& [out, frames] : *all) {
        std::stable_sort(frames.begin(), frames.end(), [](const Bytes& a, const Bytes& b) { return Tag(a) < Tag(b); });
      }
    }
    if (sent != expected) Fail("it sends something else than the reference");
    reference::Drops drops = rig_.drops();
    const uint64_t unknown = drops[DropReason::kPendingDiscarded];
    drops.erase(DropReason::kPendingDiscarded);
    if (drops != reference_.drops() || unknown != reference_.unknown_streams()) {
      for (const auto& [reason, count] : drops) std::fprintf(stderr, "is     %s %lu\n", Name(reason).data(), count);
      for (const auto& [reason, count] : reference_.drops()) {
        std::fprintf(stderr, "should %s %lu\n", Name(reason).data(), count);
      }
      Fail("it counts something else than the reference");
    }
    if (rig_.available(rig_.rx_pool()) != Options().rx_buffers) Fail("it loses a buffer");
  }

 private:
  static int Tag(const Bytes& frame) { return frame[12] == 0x81 && frame[13] == 0 ? frame[14] << 8 | frame[15] : -1; }
  [[noreturn]] static void Fail(const char* why) {
    std::fprintf(stderr, "parser_fuzz: %s\n", why);
    std::abort();
  }

  reference::ReferenceRouter reference_;
  WorkerRig rig_;
};

}  // namespace
}  // namespace mgmd

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Never taken down: the ports of a rig live as long as the process.
  static auto* const fuzzed = new mgmd::Fuzzed;
  if (size <= mgmd::kControlOctets || size > mgmd::kControlOctets + mgmd::kLongestFrame) return 0;
  fuzzed->Try(data, mgmd::reference::Bytes(data + mgmd::kControlOctets, data + size));
  return 0;
}
