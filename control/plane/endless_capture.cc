#include "control/plane/endless_capture.h"

#include <pcap/pcap.h>
#include <rte_kvargs.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace mgmd::plane {
namespace {

struct Free {
  void operator()(rte_kvargs* arguments) const { rte_kvargs_free(arguments); }
  void operator()(pcap_t* capture) const { pcap_close(capture); }
};

int ReadFlag(const char*, const char* value, void* flag) {
  *static_cast<bool*>(flag) = std::atoi(value) > 0;  // as the driver
  return 0;
}

int AddCapture(const char*, const char* path, void* sum) {
  auto& all = *static_cast<EndlessCapture*>(sum);
  char error[PCAP_ERRBUF_SIZE];
  const std::unique_ptr<pcap_t, Free> capture(pcap_open_offline(path, error));
  if (capture == nullptr) return 0;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  while (pcap_next_ex(capture.get(), &header, &data) == 1) {
    ++all.packets;
    all.longest = std::max<uint32_t>(all.longest, header->caplen);
  }
  return 0;
}

}  // namespace

EndlessCapture EndlessCaptureOf(const std::string& device) {
  EndlessCapture all;
  const size_t comma = device.find(',');
  const std::string_view name = std::string_view(device).substr(0, comma);
  if (comma == std::string::npos || !(name.starts_with("net_pcap") || name.starts_with("eth_pcap"))) return all;
  const std::unique_ptr<rte_kvargs, Free> arguments(rte_kvargs_parse(device.c_str() + comma + 1, nullptr));
  bool endless = false;
  if (arguments == nullptr || rte_kvargs_count(arguments.get(), "infinite_rx") != 1) return all;
  rte_kvargs_process(arguments.get(), "infinite_rx", &ReadFlag, &endless);
  if (endless) rte_kvargs_process(arguments.get(), "rx_pcap", &AddCapture, &all);
  return all;
}

}  // namespace mgmd::plane
