#ifndef MGMD_TESTS_BENCH_SCALE_CASES_H_
#define MGMD_TESTS_BENCH_SCALE_CASES_H_

// What scale_bench measures: the whole router, on devices that take everything, stepped in one thread, with `size` of
// one thing in it. Each case runs in a process of its own.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mgmd::bench {

class Figures {
 public:
  // How long something took, and how long each turn of control was within it.
  struct Time {
    std::string name;
    double seconds = 0;
    std::vector<double> turns;  // seconds; empty: it is one turn
  };
  struct Amount {
    std::string name;
    double value = 0;
  };

  // Runs `work` once.
  template <class Work>
  void Measure(const std::string& name, Work work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    times_.push_back({name, Since(begin), {}});
  }
  // Runs `turn` until it returns false.
  template <class Turn>
  void MeasureTurns(const std::string& name, Turn turn) {
    Time time{name, 0, {}};
    for (bool more = true; more;) {
      const auto begin = std::chrono::steady_clock::now();
      more = turn();
      time.turns.push_back(Since(begin));
      time.seconds += time.turns.back();
    }
    times_.push_back(std::move(time));
  }
  void Note(const std::string& name, double value) { amounts_.push_back({name, value}); }

  const std::vector<Time>& times() const { return times_; }
  const std::vector<Amount>& amounts() const { return amounts_; }

 private:
  static double Since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  std::vector<Time> times_;
  std::vector<Amount> amounts_;
};

struct ScaleCase {
  const char* name;
  const char* of;  // what there are `size` of
  std::vector<uint32_t> sizes;
  void (*run)(uint32_t size, Figures& figures);
};
std::span<const ScaleCase> ScaleCases();

}  // namespace mgmd::bench

#endif  // MGMD_TESTS_BENCH_SCALE_CASES_H_
