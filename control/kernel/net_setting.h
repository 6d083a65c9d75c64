#ifndef MGMD_CONTROL_KERNEL_NET_SETTING_H_
#define MGMD_CONTROL_KERNEL_NET_SETTING_H_

// A setting of a netdev's in the kernel, in a family ("ipv4", "ipv6"): a file of /proc/sys/net. Any thread.

#include <string>
#include <string_view>

namespace mgmd {

class NetSetting {
 public:
  // Of the netdev of that name; "all": of all netdevs.
  NetSetting(std::string_view family, std::string_view netdev, std::string_view setting);

  // Empty: there is no such setting, as where a family is not in the kernel.
  std::string Read() const;
  // False: the kernel does not take it.
  bool Write(std::string_view value) const;

 private:
  std::string path_;
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_KERNEL_NET_SETTING_H_
