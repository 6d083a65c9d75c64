#ifndef MGMD_TESTS_SUPPORT_PCAP_FILE_H_
#define MGMD_TESTS_SUPPORT_PCAP_FILE_H_

// Captured frames as files have them.

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace mgmd::support {

// The frames of a classic pcap file of this machine's byte order. What is missing or broken throws std::runtime_error
// with the file's name.
inline std::vector<std::vector<uint8_t>> ReadPcap(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error(path.string() + ": cannot be read");
  const std::string data{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  uint32_t magic = 0;
  if (data.size() >= 24) std::memcpy(&magic, data.data(), sizeof(magic));
  if (magic != 0xA1B2C3D4) throw std::runtime_error(path.string() + ": no pcap file");
  std::vector<std::vector<uint8_t>> frames;
  for (size_t at = 24; at < data.size();) {
    uint32_t length = 0;
    if (at + 16 <= data.size()) std::memcpy(&length, data.data() + at + 8, sizeof(length));
    at += 16;
    if (at + length > data.size()) throw std::runtime_error(path.string() + ": ends inside a frame");
    frames.emplace_back(data.begin() + long(at), data.begin() + long(at + length));
    at += length;
  }
  return frames;
}

}  // namespace mgmd::support

#endif  // MGMD_TESTS_SUPPORT_PCAP_FILE_H_
