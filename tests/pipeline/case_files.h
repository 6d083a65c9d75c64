#ifndef MGMD_TESTS_PIPELINE_CASE_FILES_H_
#define MGMD_TESTS_PIPELINE_CASE_FILES_H_

// A pipeline case as it lies in its folder; tests/pipeline/README.md describes the files. What is
// missing or broken throws std::runtime_error with the file's name.

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mgmd::pipeline {

using Frame = std::vector<uint8_t>;

struct CaseFiles {
  std::filesystem::path folder;
  std::string description;
  std::vector<size_t> bursts;
  std::vector<size_t> segments;             // empty: every frame in one
  bool strip_vlan = false;                  // tags are handed over beside the frame
  std::map<std::string, size_t> tx_places;  // port -> what its device takes until it is emptied
  std::vector<std::string> steps;
  std::map<std::string, std::vector<Frame>> in;        // by port
  std::map<std::string, std::vector<Frame>> expected;  // by port
  nlohmann::json summary;
};

CaseFiles ReadCase(const std::filesystem::path& folder);

// The names of all folders under `cases`, sorted.
std::vector<std::string> CaseNames(const std::filesystem::path& cases);

}  // namespace mgmd::pipeline

#endif  // MGMD_TESTS_PIPELINE_CASE_FILES_H_
