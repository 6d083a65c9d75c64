#include "tests/pipeline/case_files.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/support/pcap_file.h"

namespace mgmd::pipeline {
namespace {

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error(path.string() + ": cannot be read");
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::map<std::string, std::vector<Frame>> ReadPcaps(const std::filesystem::path& folder) {
  std::map<std::string, std::vector<Frame>> frames;
  if (!std::filesystem::exists(folder)) return frames;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    frames[file.path().stem()] = support::ReadPcap(file.path());
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
