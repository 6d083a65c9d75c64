#include "control/membership/report_packer.h"

#include <algorithm>
#include <cstdint>

#include "common/ip_family.h"

namespace mgmd::membership {

template <class Family>
void ReportPacker<Family>::Add(RecordType type, const Address& group, std::span<const Address> sources) {
  const bool can_split = type != RecordType::kIsExclude && type != RecordType::kToExclude;
  const size_t most = (room() - kRecordHeader<Family>) / Protocol<Family>::kAddress;
  for (;;) {
    const auto piece = sources.first(std::min(sources.size(), most));
    if (octets_ + Octets(piece.size()) > room()) Flush();
    records_.push_back({type, group, piece.size()});
    sources_.insert(sources_.end(), piece.begin(), piece.end());
    octets_ += Octets(piece.size());
    sources = sources.subspan(piece.size());
    if (sources.empty()) return;
    if (!can_split) {
      counters_.Add(Counter::kExcludeCut, sources.size());
      return;
    }
  }
}

template <class Family>
void ReportPacker<Family>::Flush() {
  if (records_.empty()) return;
  std::vector<Record<Family>> records;
  records.reserve(records_.size());
  std::span<const Address> sources = sources_;
  for (const Packed& packed : records_) {
    records.push_back({packed.type, packed.group, sources.first(packed.sources)});
    sources = sources.subspan(packed.sources);
  }
  const std::vector<uint8_t> message = WriteReport<Family>(records);
  constexpr MessageKind kReport{MessageType::kReport, Version::kV3};
  if (out_.Send(kReport, link_.address, Protocol<Family>::kAllReports, message)) {
    counters_.Sent(kReport, message.size());
  }
  records_.clear();
  sources_.clear();
  octets_ = 0;
}

template class ReportPacker<Ipv4>;
template class ReportPacker<Ipv6>;

}  // namespace mgmd::membership
