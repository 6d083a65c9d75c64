#include "dataplane/replicate/exclusion.h"

#include "common/drop_reason.h"
#include "dataplane/replicate/each.h"
#include "dataplane/replicate/fragment.h"

namespace mgmd::dataplane {
namespace {

// Why one packet gets no ordinary copy for an oif.
enum class Exclusion : uint8_t { kNone, kFragment, kDrop };

// `reason` is written with kDrop.
Exclusion Exclude(const PacketBatch& batch, uint32_t i, Stamp oif, const InterfaceLine& line, DropReason& reason) {
  const Gate gate = line.load_gate();
  if (oif.slot == batch.arrivals[i]) {
    reason = DropReason::kArrivalInterface;
  } else if (gate.stamp() != Word(oif)) {
    reason = DropReason::kStaleOif;
  } else if (gate.Has(Gate::kUnsendable)) {
    reason = DropReason::kOifDown;
  } else if (batch.ttls[i] <= gate.ttl_threshold()) {
    reason = DropReason::kTtlThreshold;
  } else if (batch.boundaries[i] & line.boundary.load(std::memory_order_relaxed)) {
    reason = DropReason::kScopeBoundaryOut;
  } else if (batch.ip_lengths[i] > gate.mtu()) {
    // Don't Fragment is the second bit of IPv4's seventh octet; a router never fragments IPv6.
    if (!IsIpv6(oif.slot) && !(batch.frames[i][kEthernetHeader + 6] & 0x40)) return Exclusion::kFragment;
    reason = DropReason::kFragmentationNeeded;
  } else {
    return Exclusion::kNone;
  }
  return Exclusion::kDrop;
}

}  // namespace

[[gnu::cold]] void SendExcluded(Replicator& with, PacketBatch& batch, uint32_t packet, Stamp oif, size_t claims_left) {
  const InterfaceLine& line = with.interfaces.line(oif.slot);
  DropReason reason{};
  const Exclusion exclusion = Exclude(batch, packet, oif, line, reason);
  if (exclusion == Exclusion::kDrop) {
    if (reason == DropReason::kFragmentationNeeded && IsIpv6(oif.slot))
      with.too_big.Note(batch, packet, line.load_gate().mtu());
    with.accounts.DropCopy(batch.entries[packet], oif.slot, reason);
    batch.claims.Ended(packet, batch.mbufs[packet], claims_left);
    return;
  }
  const Output output(oif.slot, line, with.tx.PortOf(line), claims_left);
  if (exclusion == Exclusion::kNone) {
    EachForm::Send(with, batch, {packet, packet + 1}, output);
  } else {
    SendFragments(with, batch, packet, line.load_gate().mtu(), output);
    batch.claims.Ended(packet, batch.mbufs[packet], claims_left);
  }
}

}  // namespace mgmd::dataplane
