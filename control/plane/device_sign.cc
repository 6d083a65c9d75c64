#include "control/plane/device_sign.h"

#include <net/if.h>
#include <rte_pci.h>

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "control/plane/netdev.h"

namespace mgmd::plane {
namespace {

constexpr const char* kThere = "there";

std::string SignOfNetdev(const std::string& name) {
  const unsigned index = if_nametoindex(name.c_str());
  if (index == 0) return {};
  const auto settings = ReadSettings(name);
  return absl::StrCat(index, settings.ok() && settings->up ? " up" : " down");
}

std::string SignOfPci(const rte_pci_addr& address) {
  char name[PCI_PRI_STR_SIZE];
  rte_pci_device_name(&address, name, sizeof(name));
  std::error_code error;
  return std::filesystem::read_symlink(absl::StrCat("/sys/bus/pci/devices/", name, "/driver"), error)
      .filename()
      .string();
}

}  // namespace

std::string DeviceSign(const std::string& device) {
  switch (DriverOf(device)) {
    case WireDriver::kAfPacket:
    case WireDriver::kAfXdp:
      return SignOfNetdev(NetdevNameIn(device));
    case WireDriver::kTap:
      return if_nametoindex(NetdevNameIn(device).c_str()) == 0 ? std::string(kThere) : std::string();
    case WireDriver::kOther:
      break;
  }
  rte_pci_addr address;
  const std::string name = device.substr(0, device.find(','));
  return rte_pci_addr_parse(name.c_str(), &address) == 0 ? SignOfPci(address) : std::string(kThere);
}

}  // namespace mgmd::plane
