#include "control/local/dispatcher.h"

#include <algorithm>

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

bool Dispatcher::Take(const LocalPacket& packet) {
  bool taken = false;
  handing_out_ = true;
  const absl::Cleanup done = [this] {
    handing_out_ = false;
    RemoveEmptyRows();
  };
  // Whoever takes it may register and unregister anybody: the rows are looked for each time.
  for (size_t i = 0;; ++i) {
    const auto found = registrations_.find(packet.arrival);
    if (found == registrations_.end() || i >= found->second.size()) return taken;
    const Registration row = found->second[i];
    if (!row.classes.Has(packet.local_class)) continue;
    row.consumer->Take(packet);
    taken = true;
  }
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
