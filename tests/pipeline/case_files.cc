#include "tests/pipeline/case_files.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace mgmd::pipeline {
namespace {

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error(path.string() + ": cannot be read");
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// The frames of a classic pcap file of this machine's byte order.
std::vector<Frame> ReadPcap(const std::filesystem::path& path) {
  const std::string data = ReadFile(path);
  uint32_t magic = 0;
  if (data.size() >= 24) std::memcpy(&magic, data.data(), sizeof(magic));
  if (magic != 0xA1B2C3D4) throw std::runtime_error(path.string() + ": no pcap file");
  std::vector<Frame> frames;
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

std::map<std::string, std::vector<Frame>> ReadPcaps(const std::filesystem::path& folder) {
  std::map<std::string, std::vector<Frame>> frames;
  if (!std::filesystem::exists(folder)) return frames;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    frames[file.path().stem()] = ReadPcap(file.path());
  }
  return frames;
}

}  // namespace

CaseFiles ReadCase(const std::filesystem::path& folder) {
  CaseFiles files;
  files.folder = folder;
  const auto about = nlohmann::json::parse(ReadFile(folder / "case.json"));
  files.description = about.at("description");
  files.bursts = about.at("bursts").get<std::vector<size_t>>();
  files.segments = about.value("segments", std::vector<size_t>());
  files.strip_vlan = about.value("strip_vlan", false);
  files.tx_places = about.value("tx_places", std::map<std::string, size_t>());
  files.steps = about.value("steps", std::vector<std::string>{"send"});
  files.in = ReadPcaps(folder / "in");
  files.expected = ReadPcaps(folder / "expect");
  files.summary = nlohmann::json::parse(ReadFile(folder / "expect.json"));
  return files;
}

std::vector<std::string> CaseNames(const std::filesystem::path& cases) {
  std::vector<std::string> names;
  for (const auto& folder : std::filesystem::directory_iterator(cases)) {
    if (folder.is_directory()) names.push_back(folder.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace mgmd::pipeline
