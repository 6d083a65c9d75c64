#include "control/local/dispatcher.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"

namespace mgmd::local {

Dispatcher::~Dispatcher() {
  for (const auto& [interface, rows] : registrations_) packets_.SetWanted(interface, {});
}

void Dispatcher::Register(InterfaceSlot interface, LocalClasses classes, Consumer& consumer) {
  std::vector<Registration>& rows = registrations_[interface];
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const Registration& row) { return row.consumer == &consumer; });
  if (found != rows.end()) {
    found->classes = classes;
  } else {
    rows.push_back({&consumer, classes});
  }
  Publish(interface);
}

void Dispatcher::Unregister(Consumer& consumer) {
  for (auto& [interface, rows] : registrations_) {
    for (Registration& row : rows) {
      if (row.consumer != &consumer) continue;
      row = {};
      empty_rows_ = true;
      Publish(interface);
    }
  }
  if (!handing_out_) RemoveEmptyRows();
}

bool Dispatcher::HandOut(const LocalPacket& packet, const Consumer* but) {
  bool taken = false;
  const bool within = std::exchange(handing_out_, true);
  const absl::Cleanup done = [&] {
    handing_out_ = within;
    if (!within) RemoveEmptyRows();
  };
  const auto present = registrations_.find(packet.arrival);
  const size_t rows = present == registrations_.end() ? 0 : present->second.size();
  for (size_t i = 0; i < rows; ++i) {
    // Whoever takes it may register and unregister anybody: the row is looked for each time. Rows that come meanwhile
    // are for the next packet.
    const Registration row = registrations_.find(packet.arrival)->second[i];
    if (row.consumer == but || !row.classes.Has(packet.local_class)) continue;
    row.consumer->Take(packet);
    taken = true;
  }
  return taken;
}

bool Dispatcher::IsSpoken(InterfaceSlot interface, LocalClass local_class) const {
  const auto found = registrations_.find(interface);
  if (found == registrations_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(), [&](const Registration& row) {
    return row.classes.Has(local_class) && row.classes.drops_fragment(local_class);
  });
}

bool Dispatcher::HasOthers(InterfaceSlot interface, LocalClass local_class, const Consumer& but) const {
  const auto found = registrations_.find(interface);
  if (found == registrations_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](const Registration& row) { return row.consumer != &but && row.classes.Has(local_class); });
}

void Dispatcher::RemoveEmptyRows() {
  if (!empty_rows_) return;
  for (auto& [interface, rows] : registrations_) {
    std::erase_if(rows, [](const Registration& row) { return row.consumer == nullptr; });
  }
  empty_rows_ = false;
}

void Dispatcher::Publish(InterfaceSlot interface) {
  LocalClasses wanted;
  for (const Registration& row : registrations_[interface]) wanted = wanted | row.classes;
  packets_.SetWanted(interface, wanted);
}

}  // namespace mgmd::local
