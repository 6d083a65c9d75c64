#include "control/config/near_miss.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"

namespace mgmd::config {
namespace {

// Longer words are not compared: nobody names anything so.
constexpr size_t kLongestWord = 64;
using Row = std::array<uint8_t, kLongestWord + 1>;

char Fold(char letter) { return letter == '-' ? '_' : absl::ascii_tolower(static_cast<unsigned char>(letter)); }

// Restricted Damerau-Levenshtein distance of words of at most kLongestWord letters, by rows: `row`
// belongs to the letter at hand, `above` to the one before it, `higher` to the one before that.
size_t Slips(std::string_view a, std::string_view b) {
  // What both begin or end with adds none.
  while (!a.empty() && !b.empty() && Fold(a.back()) == Fold(b.back())) a.remove_suffix(1), b.remove_suffix(1);
  while (!a.empty() && !b.empty() && Fold(a.front()) == Fold(b.front())) a.remove_prefix(1), b.remove_prefix(1);
  std::array<Row, 3> rows;
  Row* row = &rows[0];
  Row* above = &rows[1];
  Row* higher = &rows[2];
  for (size_t j = 0; j <= b.size(); ++j) (*row)[j] = static_cast<uint8_t>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    Row* const free = std::exchange(higher, std::exchange(above, row));
    row = free;
    (*row)[0] = static_cast<uint8_t>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = Fold(a[i - 1]) == Fold(b[j - 1]);
      int slips = std::min({(*above)[j] + 1, (*row)[j - 1] + 1, (*above)[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && Fold(a[i - 1]) == Fold(b[j - 2]) && Fold(a[i - 2]) == Fold(b[j - 1]);
      if (swapped) slips = std::min(slips, (*higher)[j - 2] + 1);
      (*row)[j] = static_cast<uint8_t>(slips);
    }
  }
  return (*row)[b.size()];
}

}  // namespace

std::string_view NearMiss(std::string_view word, std::span<const std::string> known) {
  std::string_view best;
  size_t fewest = SIZE_MAX;
  if (word.size() > kLongestWord) return best;
  for (const std::string& candidate : known.first(std::min(known.size(), kMostCompared))) {
    const size_t longer = std::max(word.size(), candidate.size());
    const size_t shorter = std::min(word.size(), candidate.size());
    // Every letter that one has more is a slip.
    if (longer > kLongestWord || (longer - shorter) * 3 > candidate.size()) continue;
    const size_t slips = Slips(word, candidate);
    if (slips * 3 <= candidate.size() && slips < fewest) {
      best = candidate;
      fewest = slips;
    }
  }
  return best;
}

}  // namespace mgmd::config
