#ifndef MGMD_TESTS_SUPPORT_PCAP_FILE_H_
#define MGMD_TESTS_SUPPORT_PCAP_FILE_H_

// Captured frames as files have them.

#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mgmd::support {

struct CapturedFrame {
  std::chrono::microseconds at{};  // since the file's first frame
  std::vector<uint8_t> octets{};
};

// The frames of a classic pcap file of this machine's byte order. What is missing or broken throws std::runtime_error
// with the file's name.
inline std::vector<CapturedFrame> ReadTimedPcap(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error(path.string() + ": cannot be read");
  const std::string data{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  uint32_t magic = 0;
  if (data.size() >= 24) std::memcpy(&magic, data.data(), sizeof(magic));
  if (magic != 0xA1B2C3D4) throw std::runtime_error(path.string() + ": no pcap file");
  std::vector<CapturedFrame> frames;
  std::chrono::microseconds first{};
  for (size_t at = 24; at < data.size();) {
    uint32_t header[3] = {};  // seconds, microseconds, octets
    if (at + 16 <= data.size()) std::memcpy(header, data.data() + at, sizeof(header));
    at += 16;
    const size_t length = header[2];
    if (at + length > data.size()) throw std::runtime_error(path.string() + ": ends inside a frame");
    const auto time = std::chrono::seconds(header[0]) + std::chrono::microseconds(header[1]);
    if (frames.empty()) first = time;
    frames.push_back({time - first, {data.begin() + long(at), data.begin() + long(at + length)}});
    at += length;
  }
  return frames;
}

// The same without their times.
inline std::vector<std::vector<uint8_t>> ReadPcap(const std::filesystem::path& path) {
  std::vector<std::vector<uint8_t>> frames;
  for (CapturedFrame& frame : ReadTimedPcap(path)) frames.push_back(std::move(frame.octets));
  return frames;
}

}  // namespace mgmd::support

#endif  // MGMD_TESTS_SUPPORT_PCAP_FILE_H_
