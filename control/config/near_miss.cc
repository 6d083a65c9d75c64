#include "control/config/near_miss.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/ascii.h"

namespace mgmd::config {
namespace {

char Fold(char letter) {
  return letter == '-' ? '_' : absl::ascii_tolower(static_cast<unsigned char>(letter));
}

// Restricted Damerau-Levenshtein distance, by rows: `rows[0]` belongs to the letter at hand, `rows[1]` to the one
// before it, `rows[2]` to the one before that.
size_t Slips(std::string_view a, std::string_view b) {
  std::array<std::vector<size_t>, 3> rows;
  rows.fill(std::vector<size_t>(b.size() + 1));
  for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    std::rotate(rows.begin(), rows.end() - 1, rows.end());
    rows[0][0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = Fold(a[i - 1]) == Fold(b[j - 1]);
      rows[0][j] = std::min({rows[1][j] + 1, rows[0][j - 1] + 1, rows[1][j - 1] + (same ? 0 : 1)});
      const bool swapped =
          i > 1 && j > 1 && Fold(a[i - 1]) == Fold(b[j - 2]) && Fold(a[i - 2]) == Fold(b[j - 1]);
      if (swapped) rows[0][j] = std::min(rows[0][j], rows[2][j - 2] + 1);
    }
  }
  return rows[0][b.size()];
}

}  // namespace

std::string_view NearMiss(std::string_view word, std::span<const std::string> known) {
  std::string_view best;
  size_t fewest = SIZE_MAX;
  for (const std::string& candidate : known) {
    const size_t slips = Slips(word, candidate);
    if (slips * 3 <= candidate.size() && slips < fewest) {
      best = candidate;
      fewest = slips;
    }
  }
  return best;
}

}  // namespace mgmd::config
