#include "control/plane/packet_ring.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mgmd::plane {
namespace {

// Where the kernel puts a received Ethernet frame into a ring frame: the network header stands aligned after header,
// address and at least sixteen octets.
constexpr uint32_t kReceiveOffset =
    ((TPACKET2_HDRLEN + 16 + TPACKET_ALIGNMENT - 1) & ~(TPACKET_ALIGNMENT - 1)) - ETH_HLEN;
// Where a frame that is to be sent begins.
constexpr uint32_t kSendOffset = TPACKET2_HDRLEN - sizeof(sockaddr_ll);
// A packet buffer is no larger than 64 KB with everything in front.
constexpr uint32_t kLargestFrame = 32768;

// The number that an argument gives, as the driver reads it: of the last key in which the name stands.
std::optional<uint32_t> Argument(const std::string& device, std::string_view name) {
  std::optional<uint32_t> value;
  for (const absl::string_view argument : absl::StrSplit(device, ',')) {
    const size_t equals = argument.find('=');
    uint32_t number;
    if (equals != argument.npos && argument.substr(0, equals) == absl::string_view(name.data(), name.size()) &&
        absl::SimpleAtoi(argument.substr(equals + 1), &number)) {
      value = number;
    }
  }
  return value;
}

uint32_t FrameFor(uint32_t mtu) { return std::max(2048u, std::bit_ceil(mtu + kReceiveOffset + ETH_HLEN)); }

absl::Status Wrong(const std::string& device, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("device \"", device, "\": ", what));
}

}  // namespace

uint32_t PacketRing::longest_packet() const { return frame_size - kReceiveOffset - ETH_HLEN; }
uint32_t PacketRing::buffer_room() const { return frame_size - kSendOffset; }

absl::StatusOr<PacketRing> RingOf(const std::string& device, uint32_t mtu) {
  const auto page = static_cast<uint32_t>(sysconf(_SC_PAGESIZE));
  const std::optional<uint32_t> frame_size = Argument(device, "framesz");
  const std::optional<uint32_t> block_size = Argument(device, "blocksz");
  PacketRing ring;
  ring.frame_size = frame_size.value_or(FrameFor(mtu));
  if (ring.frame_size > kLargestFrame || ring.frame_size <= kReceiveOffset + ETH_HLEN ||
      ring.frame_size % TPACKET_ALIGNMENT != 0) {
    return Wrong(
        device,
        absl::StrCat("framesz = ", ring.frame_size, frame_size ? "" : absl::StrCat(", for MTU ", mtu, ","),
                     " cannot be; allowed: multiples of ", TPACKET_ALIGNMENT, " up to ", kLargestFrame,
                     ", which carries packets of ", PacketRing{kLargestFrame, 0, 0}.longest_packet(), " octets"));
  }
  ring.block_size = block_size.value_or(std::lcm(ring.frame_size, page));
  // The driver takes the frames for one array, the kernel begins anew in each block.
  if (ring.block_size == 0 || ring.block_size % page != 0 || ring.block_size % ring.frame_size != 0) {
    return Wrong(device,
                 absl::StrCat("blocksz = ", ring.block_size, " cannot be; it has to be a multiple of the page (", page,
                              ") and of framesz (", ring.frame_size, ")"));
  }
  const uint32_t in_block = ring.block_size / ring.frame_size;
  ring.frames = Argument(device, "framecnt").value_or(std::max(PacketRing{}.frames / in_block, 1u) * in_block);
  if (ring.frames == 0 || ring.frames % in_block != 0) {
    return Wrong(device, absl::StrCat("framecnt = ", ring.frames, " cannot be; allowed: multiples of ", in_block,
                                      ", the frames of a block"));
  }
  if (ring.longest_packet() < mtu) {
    const uint32_t wanted = FrameFor(mtu);
    return Wrong(device, absl::StrCat("framesz = ", ring.frame_size, " holds packets of ", ring.longest_packet(),
                                      " octets, and the interface's MTU is ", mtu, "; it takes framesz=", wanted,
                                      ",blocksz=", std::max(wanted, page)));
  }
  return ring;
}

uint32_t QueuePairsOf(const std::string& device) { return Argument(device, "qpairs").value_or(1); }

std::string WithRing(const std::string& device, const PacketRing& ring) {
  std::string result = device;
  const std::pair<const char*, uint32_t> arguments[] = {
      {"framesz", ring.frame_size}, {"blocksz", ring.block_size}, {"framecnt", ring.frames}};
  for (const auto& [name, value] : arguments) {
    if (!Argument(device, name)) absl::StrAppend(&result, ",", name, "=", value);
  }
  return result;
}

absl::StatusOr<size_t> TakeBackUnsent(int socket, const PacketRing& ring) {
  const size_t half = size_t{ring.frame_size} * ring.frames;
  // The driver's mapping once more: what is received, then what is to be sent.
  void* const map = mmap(nullptr, 2 * half, PROT_READ | PROT_WRITE, MAP_SHARED, socket, 0);
  if (map == MAP_FAILED) return absl::UnavailableError(absl::StrCat("the driver's ring: ", std::strerror(errno)));
  size_t taken = 0;
  for (uint32_t i = 0; i < ring.frames; ++i) {
    auto* const frame =
        reinterpret_cast<tpacket2_hdr*>(static_cast<uint8_t*>(map) + half + size_t{i} * ring.frame_size);
    if ((std::atomic_ref(frame->tp_status).load(std::memory_order_acquire) & TP_STATUS_SEND_REQUEST) == 0) continue;
    // Its place in the ring has to be passed in order, so it stays, as a frame that is too short to be sent: the driver
    // has told the kernel to skip those (PACKET_LOSS).
    if (frame->tp_len == 0) continue;
    frame->tp_len = 0;
    ++taken;
  }
  std::atomic_thread_fence(std::memory_order_release);
  munmap(map, 2 * half);
  return taken;
}

}  // namespace mgmd::plane
