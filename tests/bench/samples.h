#ifndef MGMD_TESTS_BENCH_SAMPLES_H_
#define MGMD_TESTS_BENCH_SAMPLES_H_

// Figures of several rounds: their median and their range, as JSON.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace mgmd::bench {

class Samples {
 public:
  void Add(double value) { values_.push_back(value); }
  bool empty() const { return values_.empty(); }

  double median() const {
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    const size_t middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  nlohmann::ordered_json Json() const {
    const auto [low, high] = std::minmax_element(values_.begin(), values_.end());
    return {{"median", median()}, {"min", *low}, {"max", *high}, {"rounds", values_.size()}};
  }

 private:
  std::vector<double> values_;
};

}  // namespace mgmd::bench

#endif  // MGMD_TESTS_BENCH_SAMPLES_H_
