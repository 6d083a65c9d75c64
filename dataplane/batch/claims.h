#ifndef MGMD_DATAPLANE_BATCH_CLAIMS_H_
#define MGMD_DATAPLANE_BATCH_CLAIMS_H_

// Who ends a packet's mbuf.
//
// The oifs of a packet come one after the other, and each has a claim on the mbuf. A claim ends once, in one of four
// ways: by a whole copy; by a header mbuf that refers to the mbuf as its payload; by taking the mbuf itself, which is
// what the last claim can do; or with nothing that needs the mbuf any more (no buffer, an oif that gets nothing,
// fragments). Whichever it is, after the last claim the mbuf is on its way out or has been freed.
//
// A shared mbuf is a payload: it counts the references of its header mbufs and of the claims that are left itself.
//
// `left` is the number of a packet's claims that have not ended, the one in question included; callers count it down
// with their oifs. Where NDEBUG is not defined, every claim is checked: none ends twice, or in another's place, and
// none is left. Elsewhere all of it is one word of bits.

#include <rte_mbuf.h>

#include <cassert>
#include <cstddef>
#include <cstdint>

namespace mgmd::dataplane {

class Claims {
 public:
  static constexpr uint32_t kMostPackets = 64;

  // Before the first packet of a batch.
  void Reset() { shared_ = 0; }

  // Each of the packets begin to end - 1 has the claims of `oifs` oifs.
  void Open(uint32_t begin, uint32_t end, size_t oifs) {
    for (uint32_t i = begin; i < end; ++i) Begin(i, oifs);
  }

  bool shared(uint32_t packet) const { return (shared_ >> packet & 1) != 0; }

  // The packet's mbuf is a payload from now on, referred to by the claims left.
  void Share(uint32_t packet, rte_mbuf* mbuf, size_t left) {
    assert(!shared(packet));
    for (rte_mbuf* segment = mbuf; segment != nullptr; segment = segment->next) {
      rte_mbuf_refcnt_set(segment, static_cast<uint16_t>(left));
    }
    shared_ |= uint64_t{1} << packet;
  }

  // A copy was made of an mbuf that is not shared, for other than the last oif.
  void Copied(uint32_t packet, size_t left) {
    assert(!shared(packet) && left > 1);
    Count(packet, left);
  }

  // A header mbuf refers to the mbuf and has the claim's reference now.
  void Referred(uint32_t packet, size_t left) {
    assert(shared(packet));
    Count(packet, left);
  }

  // The mbuf itself is the last oif's copy.
  void Taken(uint32_t packet, size_t left) {
    assert(!shared(packet) && left == 1);
    Count(packet, left);
  }

  // Nothing of the oif's needs the mbuf any more: its reference is given back, and an mbuf without claims freed.
  void Ended(uint32_t packet, rte_mbuf* mbuf, size_t left) {
    Count(packet, left);
    if (shared(packet) || left == 1) rte_pktmbuf_free(mbuf);
  }

#ifdef NDEBUG
  void CheckAllEnded(uint32_t) const {}

 private:
  void Begin(uint32_t, size_t) {}
  void Count(uint32_t, size_t) {}
#else
  // Of the packets 0 to packets - 1.
  void CheckAllEnded(uint32_t packets) const {
    for (uint32_t i = 0; i < packets; ++i) assert(open_[i] == 0);
  }

 private:
  void Begin(uint32_t packet, size_t oifs) {
    assert(open_[packet] == 0 && oifs > 0);
    open_[packet] = oifs;
  }
  void Count(uint32_t packet, size_t left) {
    assert(open_[packet] == left && left > 0);
    --open_[packet];
  }

  size_t open_[kMostPackets] = {};
#endif
  uint64_t shared_ = 0;  // bit i: the mbuf of packet i is a payload
};

}  // namespace mgmd::dataplane

#endif  // MGMD_DATAPLANE_BATCH_CLAIMS_H_
