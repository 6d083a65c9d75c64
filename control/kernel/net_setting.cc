#include "control/kernel/net_setting.h"

#include <fstream>

#include "absl/strings/str_cat.h"

namespace mgmd {

NetSetting::NetSetting(std::string_view family, std::string_view netdev, std::string_view setting)
    : path_(absl::StrCat("/proc/sys/net/", std::string(family), "/conf/", std::string(netdev), "/",
                         std::string(setting))) {}

std::string NetSetting::Read() const {
  std::string value;
  std::ifstream(path_) >> value;
  return value;
}

bool NetSetting::Write(std::string_view value) const {
  std::ofstream file(path_);
  return static_cast<bool>(file << value << std::flush);
}

}  // namespace mgmd
